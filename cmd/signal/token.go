package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/cmd/signal/internal/contexts"
)

// madeTokenLife is how long a token is good that is made for one login, with room for clocks that differ.
const madeTokenLife = time.Hour

// credentials are what logs an account in: a token, or the certificate that makes one for any account.
type credentials struct{ token, certificate string }

// readCredentials reads what the settings name.
func (p *program) readCredentials(ctx context.Context, s settings) (c credentials, err error) {
	c.token, c.certificate = s.Token, s.Certificate
	switch {
	case s.TokenFile != "":
		c.token, err = p.readSecret(ctx, "token file", s.TokenFile)
	case s.CertificateFile != "":
		c.certificate, err = p.readSecret(ctx, "certificate file", s.CertificateFile)
	}
	return c, err
}

// tokenFor returns what an account logs in with.
func (c credentials) tokenFor(app, account string) string {
	switch {
	case c.certificate != "":
		return signal.NewToken(app, c.certificate, account, time.Now().Add(madeTokenLife))
	case c.token != "":
		return c.token
	}
	return signal.NoToken
}

func (p *program) tokenCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Make and inspect tokens",
		Long:  "Makes tokens from an app's certificate, and says what is in one.",
	}
	cmd.AddCommand(p.tokenMake(), p.tokenInspect())
	return cmd
}

// tokenRecord is what --json writes of a token that was made.
type tokenRecord struct {
	Token   string    `json:"token"`
	App     string    `json:"app"`
	Account string    `json:"account"`
	Expires time.Time `json:"expires"`
}

func (p *program) tokenMake() *cobra.Command {
	var life time.Duration
	cmd := &cobra.Command{
		Use:   "make ACCOUNT",
		Short: "Make the token with which an account logs in",
		Long: `Makes the token with which ACCOUNT logs in to the app (--app), for as long as --for says.

The certificate is read from the file that --certificate-file or SIGNAL_CERTIFICATE_FILE names ("-": the
input), or is what SIGNAL_CERTIFICATE holds; else it is asked for, without showing what is typed.

JSON: {"token","app","account","expires"}`,
		Example: `  signal token make alice --app my-app --certificate-file app.cert --for 12h
  SIGNAL_TOKEN=$(signal token make alice) signal watch --account alice`,
		Args: arguments(1, 1, "an ACCOUNT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if life < time.Second {
				return usagef("want a life of a second or more, got %v", life)
			}
			s, err := p.settings()
			if err != nil {
				return err
			}
			if err := checkAccount(args[0]); err != nil {
				return err
			}
			certificate, err := p.certificate(cmd.Context(), s)
			if err != nil {
				return err
			}
			expires := time.Now().Add(life).Truncate(time.Second)
			r := tokenRecord{Token: signal.NewToken(s.App, certificate, args[0], expires), App: s.App, Account: args[0], Expires: expires.UTC()}
			return p.out.result(r, "%s", r.Token)
		},
	}
	cmd.Flags().DurationVar(&life, "for", 24*time.Hour, "how long it is good")
	return cmd
}

// certificate returns the app's certificate, and asks for it when nobody says where it is.
func (p *program) certificate(ctx context.Context, s settings) (string, error) {
	c, err := p.readCredentials(ctx, s)
	if err != nil || c.certificate != "" {
		return c.certificate, err
	}
	if p.isTyped() {
		return p.askSecret(ctx, "certificate of "+clean(s.App))
	}
	return "", usagef("want the app's certificate: --certificate-file, SIGNAL_CERTIFICATE_FILE or SIGNAL_CERTIFICATE says it")
}

// inspection is what --json writes of a token that was looked at.
type inspection struct {
	App     string    `json:"app"`
	Expires time.Time `json:"expires"`
	Expired bool      `json:"expired"`
	Account string    `json:"account,omitempty"` // that the signature was checked for
	Valid   *bool     `json:"valid,omitempty"`   // when it was
}

func (p *program) tokenInspect() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "inspect [TOKEN|-]",
		Short: "Say what is in a token, and whether it is good",
		Long: `Says of which app a token is and when it expires. The token is the argument, or the input ("-"), or what
--token, --token-file or SIGNAL_TOKEN say. A token does not name its account: with --account and the app's
certificate (--certificate-file, SIGNAL_CERTIFICATE) the signature is checked as a server does it.
It fails when the token is expired or its signature is wrong.

JSON: {"app","expires","expired","account","valid"}, the last two when the signature was checked.`,
		Example: `  signal token inspect - < token
  signal token inspect - --account alice --certificate-file app.cert < token`,
		Args: arguments(0, 1, "at most a TOKEN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			// Both a token and a certificate may be said here.
			s, err := p.settingsWithout(func(c *contexts.Context) { c.CertificateFile, c.Certificate = "", "" })
			if err != nil {
				return err
			}
			token, err := p.tokenToInspect(cmd.Context(), s, args)
			if err != nil {
				return err
			}
			if s, err = p.settingsWithout(func(c *contexts.Context) { c.Token, c.TokenFile = "", "" }); err != nil {
				return err
			}
			c, err := p.readCredentials(cmd.Context(), s)
			if err != nil {
				return err
			}
			return p.inspect(token, s, c.certificate)
		},
	}
	return cmd
}

// tokenToInspect returns the argument, or what the settings say.
func (p *program) tokenToInspect(ctx context.Context, s settings, args []string) (string, error) {
	switch {
	case len(args) > 0 && args[0] != "-":
		return args[0], nil
	case len(args) > 0:
		return p.readSecret(ctx, "token", "-")
	}
	c, err := p.readCredentials(ctx, s)
	if err == nil && c.token == "" {
		err = usagef("want a TOKEN: an argument, the input (-), or one that --token-file or SIGNAL_TOKEN says")
	}
	return c.token, err
}

// inspect says what is in a token.
func (p *program) inspect(token string, s settings, certificate string) error {
	app, expires, err := parseToken(token)
	if err != nil {
		return err
	}
	r := inspection{App: app, Expires: expires.UTC(), Expired: time.Now().Unix() > expires.Unix()}
	lines := []string{fmt.Sprintf("app        %s", clean(app)), fmt.Sprintf("expires    %s (%s)", expires.Format(time.RFC3339), fromNow(expires))}
	if certificate != "" && s.chosen {
		good := token == signal.NewToken(app, certificate, s.Account, expires)
		r.Account, r.Valid = s.Account, &good
		verdict := p.out.in(green, "right")
		if !good {
			verdict = p.out.in(red, "wrong")
		}
		lines = append(lines, fmt.Sprintf("account    %s\nsignature  %s", clean(s.Account), verdict))
	}
	if err := p.out.result(r, "%s", strings.Join(lines, "\n")); err != nil {
		return err
	}
	switch {
	case r.Valid != nil && !*r.Valid:
		return fmt.Errorf("the signature is wrong: of another certificate, account or app than %s", s.Account)
	case r.Expired:
		return fmt.Errorf("the token has expired %s", fromNow(expires))
	}
	return nil
}

// parseToken reads 1:APP:EXPIRY:SIGNATURE. An app's id may hold colons.
func parseToken(token string) (app string, expires time.Time, err error) {
	const want = "want a token, 1:APP:EXPIRY:SIGNATURE"
	if token == signal.NoToken {
		return "", expires, usagef("%s is what apps without a certificate use: there is nothing in it", token)
	}
	parts := strings.Split(token, ":")
	if len(parts) < 4 || parts[0] != "1" {
		return "", expires, usagef("%s, got %d parts", want, len(parts))
	}
	n := len(parts)
	seconds, err := strconv.ParseInt(parts[n-2], 10, 64)
	if err != nil || seconds < 0 {
		return "", expires, usagef("%s, got no number for the expiry", want)
	}
	if len(parts[n-1]) != 32 || strings.Trim(parts[n-1], "0123456789abcdef") != "" {
		return "", expires, usagef("%s, got no 32 lower-case hexadecimal digits for the signature", want)
	}
	return strings.Join(parts[1:n-2], ":"), time.Unix(seconds, 0), nil
}
