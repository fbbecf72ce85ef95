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
	set.StringVar(&f.context, "context", "", "use the settings saved as `NAME` (SIGNAL_CONTEXT; default: the selected ones)")
	set.StringSliceVar(&f.given.Servers, "server", nil, "connect to the server at `URL`, ws:// or wss://; may be repeated (SIGNAL_SERVER; default "+defaultServer+")")
	set.StringSliceVar(&f.given.Discovery, "discovery", nil, "ask the service at `URL`, http:// or https://, for servers; may be repeated (SIGNAL_DISCOVERY)")
	set.StringVar(&f.given.App, "app", "", "log in to the app `ID` (SIGNAL_APP; default "+defaultApp+")")
	set.StringVar(&f.given.Account, "account", "", "log in as `NAME` (SIGNAL_ACCOUNT; default: the user's name and a random suffix)")
	set.StringVar(&f.given.Token, "token", "", "log in with `TOKEN`, which other users of this machine can see: SIGNAL_TOKEN and --token-file keep it secret")
	set.StringVar(&f.given.TokenFile, "token-file", "", "log in with the token in `FILE`, - is the input (SIGNAL_TOKEN_FILE)")
	set.StringVar(&f.given.CertificateFile, "certificate-file", "", "make tokens with the app's certificate in `FILE`, - is the input (SIGNAL_CERTIFICATE_FILE, or SIGNAL_CERTIFICATE itself)")
	set.StringVar(&f.given.TLSCA, "tls-ca", "", "trust the authorities in `FILE`, PEM, for wss:// and https:// (SIGNAL_TLS_CA; default: the system's)")
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
