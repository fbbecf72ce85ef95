package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	signal "github.com/agora-signal-go/signal"
)

// onlineRecord is what --json writes of an account.
type onlineRecord struct {
	Account string `json:"account"`
	Online  bool   `json:"online"`
}

// membersRecord is what --json writes of a channel.
type membersRecord struct {
	Channel string   `json:"channel"`
	Count   int      `json:"count"`
	Members []string `json:"members"`
}

// selfRecord is what --json writes of oneself.
type selfRecord struct {
	Account   string  `json:"account"`
	App       string  `json:"app"`
	Context   string  `json:"context,omitempty"`
	LatencyMS float64 `json:"latency_ms"`
}

func (p *program) whoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "who [ACCOUNT | #CHANNEL]…",
		Short: "Say who is online, who is in a channel, or who one is",
		Long: `Says of each ACCOUNT whether it is online, of each #CHANNEL who is in it (a shell takes that for a comment: quote
it), the newest first. Without either it says as whom the settings log in, where, and how long the server takes
to answer.

JSON: {"account","online"}, {"channel","count","members"}, or {"account","app","context","latency_ms"}`,
		Example: `  signal who bob carol
  signal who '#lobby'
  signal who`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var about []target
			for _, arg := range args {
				t, err := parseTarget(arg)
				if err != nil {
					return err
				}
				about = append(about, t)
			}
			return p.session(cmd, func(ctx context.Context, c *signal.Client, s settings) error {
				if len(about) == 0 {
					return p.whoAmI(ctx, c, s)
				}
				for _, t := range about {
					if err := s.within(ctx, func(ctx context.Context) error { return p.who(ctx, c, t) }); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
}

// who says whether an account is online, or who is in a channel.
func (p *program) who(ctx context.Context, c *signal.Client, about target) error {
	if about.channel {
		members, err := c.Members(ctx, about.name)
		if err != nil {
			return err
		}
		return p.showMembers(about.name, members)
	}
	online, err := c.Online(ctx, about.name)
	if err != nil {
		return err
	}
	state := p.out.in(dim, "offline")
	if online {
		state = p.out.in(green, "online")
	}
	return p.out.result(onlineRecord{about.name, online}, "%s %s", clean(about.name), state)
}

func (p *program) showMembers(channel string, members []string) error {
	if p.out.json {
		return p.out.result(membersRecord{channel, len(members), append([]string{}, members...)}, "")
	}
	if err := p.out.print("%s %d", p.out.in(cyan, "#"+clean(channel)), len(members)); err != nil {
		return err
	}
	for _, m := range members {
		if err := p.out.print("  %s", clean(m)); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) whoAmI(ctx context.Context, c *signal.Client, s settings) error {
	began := time.Now()
	err := s.within(ctx, func(ctx context.Context) error {
		_, err := c.Online(ctx, c.Account())
		return err
	})
	if err != nil {
		return err
	}
	took := time.Since(began)
	r := selfRecord{Account: c.Account(), App: c.AppID(), Context: s.context, LatencyMS: float64(took.Microseconds()) / 1000}
	where := ""
	if s.context != "" {
		where = ", context " + s.context
	}
	return p.out.result(r, "%s of app %s%s, %s there and back", p.out.in(bold, clean(r.Account)), clean(r.App), where, fmt.Sprintf("%.1f ms", r.LatencyMS))
}
