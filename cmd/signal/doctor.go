package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/cmd/signal/internal/checkup"
	"github.com/agora-signal-go/signal/cmd/signal/internal/figures"
)

// findingRecord is what --json writes of what a check found, summaryRecord of all together.
type findingRecord struct {
	Event  string         `json:"event"` // "check"
	Check  string         `json:"check"`
	Target string         `json:"target,omitempty"`
	Status checkup.Status `json:"status"`
	Detail string         `json:"detail"`
	Advice string         `json:"advice,omitempty"`
	MS     float64        `json:"ms"`
}

type summaryRecord struct {
	Event string `json:"event"` // "summary"
	OK    int    `json:"ok"`
	Warn  int    `json:"warn"`
	Fail  int    `json:"fail"`
}

func (p *program) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Find out what is wrong on the way to a server",
		Long: `Goes the way that a client goes, step by step, and says of each whether it is well, what is wrong and what to do:
the settings, the token, the addresses, DNS, TCP, TLS (chain, name, expiry), the discovery service's answer, the
websocket, the clocks, the login, how long the server takes to answer, and a message to oneself.
It fails when one of them does. Logging in ends another session of the same account: say --account to use another.

JSON: {"event":"check","check","target","status","detail","advice","ms"} for each, where status is ok, warn or fail;
at the end {"event":"summary","ok","warn","fail"}`,
		Example: `  signal doctor
  signal doctor --discovery https://sig.example.com --app my-app --certificate-file app.cert`,
		Args: arguments(0, 0, "nothing but flags"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := p.settings()
			if err != nil {
				return err
			}
			d := &doctor{p: p, s: s}
			d.examine(cmd.Context())
			if err := cmd.Context().Err(); err != nil {
				return context.Cause(cmd.Context())
			}
			return d.conclude()
		},
	}
}

// A doctor goes the way that a client goes.
type doctor struct {
	p     *program
	s     settings
	sum   summaryRecord
	wrote error // what kept a finding from being shown
}

// report shows a finding.
func (d *doctor) report(f checkup.Finding) {
	out := d.p.out
	mark := ""
	switch f.Status {
	case checkup.OK:
		d.sum.OK++
		mark = out.in(green, "ok  ")
	case checkup.Warn:
		d.sum.Warn++
		mark = out.in(yellow, "warn")
	case checkup.Fail:
		d.sum.Fail++
		mark = out.in(red, "FAIL")
	}
	ms := float64(f.Took.Microseconds()) / 1000
	text := fmt.Sprintf("%s  %-9s  ", mark, f.Check)
	if f.Target != "" {
		text += clean(f.Target) + "  "
	}
	text += clean(f.Detail)
	if f.Took > 0 {
		text += out.in(dim, fmt.Sprintf(" (%.1f ms)", ms))
	}
	if f.Advice != "" {
		text += "\n      → " + out.in(bold, clean(f.Advice))
	}
	err := out.result(findingRecord{"check", f.Check, f.Target, f.Status, f.Detail, f.Advice, ms}, "%s", text)
	if d.wrote == nil {
		d.wrote = err
	}
}

// conclude says how it went.
func (d *doctor) conclude() error {
	if d.wrote != nil {
		return d.wrote
	}
	d.sum.Event = "summary"
	verdict := "all is well"
	switch {
	case d.sum.Fail > 0:
		verdict = "something is wrong"
	case d.sum.Warn > 0:
		verdict = "it works, with reservations"
	}
	if err := d.p.out.result(d.sum, "%d ok, %d warn, %d fail: %s", d.sum.OK, d.sum.Warn, d.sum.Fail, verdict); err != nil {
		return err
	}
	if d.sum.Fail > 0 {
		return failedError{}
	}
	return nil
}

// examine goes step by step, as far as it gets.
func (d *doctor) examine(ctx context.Context) {
	trust, ok := d.settings(ctx)
	if !ok {
		return
	}
	way := &checkup.Way{
		Servers: d.s.Servers, Discovery: d.s.Discovery, AppID: d.s.App, TLS: trust, Timeout: d.s.timeout, Report: d.report, Now: time.Now,
	}
	if len(way.Walk(ctx)) == 0 || ctx.Err() != nil {
		return
	}
	c := d.login(ctx)
	if c == nil {
		return
	}
	d.latency(ctx, c)
	d.message(ctx, c)
	if err := closeClient(ctx, c); err != nil {
		d.report(checkup.Finding{Check: "logout", Status: checkup.Fail, Detail: plain(err), Advice: "look at the server's log"})
	}
}

// login logs in.
func (d *doctor) login(ctx context.Context) *signal.Client {
	f := checkup.Finding{Check: "login", Status: checkup.Fail}
	dial, err := d.p.dialer(ctx, d.s)
	var c *signal.Client
	began := time.Now()
	if err == nil {
		c, err = dial(ctx, d.s.Account)
	}
	f.Took = time.Since(began)
	if ctx.Err() != nil {
		return c
	}
	if err != nil {
		f.Detail, f.Advice = plain(err), or(hint(err), "look at the server's log")
		d.report(f)
		return nil
	}
	f.Status, f.Detail = checkup.OK, fmt.Sprintf("logged in to %s as %s", d.s.App, d.s.Account)
	d.report(f)
	return c
}

// Round trips that are made, below the server's limit of requests, and when they are too slow for a talk.
const (
	roundTrips = 20
	slowTrip   = 500 * time.Millisecond
)

// latency asks the server some times.
func (d *doctor) latency(ctx context.Context, c *signal.Client) {
	trips := figures.New()
	f := checkup.Finding{Check: "latency", Status: checkup.OK}
	for range roundTrips {
		began := time.Now()
		err := d.s.within(ctx, func(ctx context.Context) error {
			_, err := c.Online(ctx, c.Account())
			return err
		})
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			f.Status, f.Detail, f.Advice = checkup.Fail, plain(err), or(hint(err), "look at the server's log")
			d.report(f)
			return
		}
		trips.Record(time.Since(began))
	}
	s := trips.Summary()
	f.Detail = fmt.Sprintf("there and back: min %s, p50 %s, p90 %s, p99 %s, max %s", figures.Short(s.Min), figures.Short(s.P50), figures.Short(s.P90),
		figures.Short(s.P99), figures.Short(s.Max))
	if s.P90 > slowTrip {
		f.Status, f.Advice = checkup.Warn, "use a server that is nearer, or look for what is slow on the way"
	}
	d.report(f)
}

// message sends a message to the account itself, and waits for it. What others have sent meanwhile, or before, counts as
// read by that and is shown.
func (d *doctor) message(ctx context.Context, c *signal.Client) {
	text := "signal doctor " + rand.Text()
	f := checkup.Finding{Check: "message", Status: checkup.Fail, Advice: "look at the server's log"}
	began := time.Now()
	err := d.s.within(ctx, func(ctx context.Context) error {
		if err := c.Send(ctx, c.Account(), text); err != nil {
			return err
		}
		for m, err := range c.Messages(ctx) {
			if err != nil {
				return err
			}
			if m.Text == text {
				return nil
			}
			d.report(checkup.Finding{
				Check: "message", Status: checkup.Warn, Detail: fmt.Sprintf("this one waited for the account, from %s: %s", m.From, m.Text),
				Advice: "it counts as read now: use another --account for this",
			})
		}
		return c.Err()
	})
	if ctx.Err() != nil {
		return
	}
	f.Took = time.Since(began)
	if err != nil {
		f.Detail = "a message to oneself: " + plain(err)
		d.report(f)
		return
	}
	f.Status, f.Detail, f.Advice = checkup.OK, "a message to oneself came back", ""
	d.report(f)
}
