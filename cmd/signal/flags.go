package main

import (
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/agora-signal-go/signal/cmd/signal/internal/contexts"
)

// flags are those that every command has.
type flags struct {
	context string
	given   contexts.Context // what may be remembered, too
	timeout time.Duration
	verbose bool
}

const defaultTimeout = 10 * time.Second

func (p *program) addFlags(set *pflag.FlagSet) {
	f := &p.flags
	set.StringVar(&f.context, "context", "", "`NAME` of the saved settings to use (SIGNAL_CONTEXT; default: the selected ones)")
	set.StringSliceVar(&f.given.Servers, "server", nil, "`URL` of a server, ws:// or wss://, may be repeated (SIGNAL_SERVER; default "+defaultServer+")")
	set.StringSliceVar(&f.given.Discovery, "discovery", nil, "`URL` of a service that knows the servers, http:// or https://, may be repeated (SIGNAL_DISCOVERY)")
	set.StringVar(&f.given.App, "app", "", "`ID` of the app (SIGNAL_APP; default "+defaultApp+")")
	set.StringVar(&f.given.Account, "account", "", "`NAME` to log in as (SIGNAL_ACCOUNT; default: the user's name and a random suffix)")
	set.StringVar(&f.given.Token, "token", "", "`TOKEN` to log in with; other users of this machine see it, SIGNAL_TOKEN or --token-file keep it secret")
	set.StringVar(&f.given.TokenFile, "token-file", "", "`FILE` that holds the token (SIGNAL_TOKEN_FILE)")
	set.StringVar(&f.given.CertificateFile, "certificate-file", "", "`FILE` that holds the app's certificate, of which tokens are made (SIGNAL_CERTIFICATE_FILE, or SIGNAL_CERTIFICATE itself)")
	set.StringVar(&f.given.TLSCA, "tls-ca", "", "`FILE` of authorities to trust for wss:// and https://, PEM (SIGNAL_TLS_CA; default: the system's)")
	set.DurationVar(&f.timeout, "timeout", defaultTimeout, "how long the login and each request may take (SIGNAL_TIMEOUT)")
	set.BoolVar(&p.out.json, "json", false, "results as JSON, one object a line; errors too, on stderr")
	set.BoolVarP(&p.out.quiet, "quiet", "q", false, "no notes on stderr, results and errors alone")
	set.BoolVarP(&f.verbose, "verbose", "v", false, "the client's log on stderr")
}

// timeoutGiven puts the flag where the other settings are.
func (p *program) timeoutGiven(cmd *cobra.Command) {
	if cmd.Flags().Changed("timeout") {
		p.flags.given.Timeout = p.flags.timeout.String()
	}
}
