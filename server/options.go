package server

import (
	"context"
	"log/slog"
	"strings"

	"github.com/agora-signal-go/signal/server/backend"
)

// An Option sets up a Server.
type Option func(*config)

type config struct {
	apps      map[string]string // certificates by app id; nil: every app id is served
	log       *slog.Logger
	limits    Limits
	advertise []string
	origins   []string // nil: any
	proxies   []string

	handlers     map[string]invokeHandler // by package
	authenticate func(ctx context.Context, appID, account, token string) error
	observe      func(Event)
	watchers     map[string]struct{} // accounts; nil: see mayWatch
	byID         bool

	shards  int             // 0: as many as processors
	backend backend.Backend // nil: in memory
}

// WithApp lets clients of the app log in; it may be given many times. With a certificate they need a token
// that is signed with it, with "" they need none. A server that is given no app at all serves every app id
// without tokens.
func WithApp(appID, certificate string) Option {
	return func(c *config) {
		if c.apps == nil {
			c.apps = make(map[string]string)
		}
		c.apps[appID] = certificate
	}
}

// WithLogger makes the server log: what happens to single connections at level Debug, logins at Info.
// Tokens, certificates and session names are never logged. Default: no log.
func WithLogger(l *slog.Logger) Option {
	return func(c *config) { c.log = l }
}

// WithLimits sets the limits that are not to be the defaults.
func WithLimits(l Limits) Option {
	return func(c *config) { c.limits = l }
}

// WithAdvertise sets the addresses that /getaddr tells clients to connect to. Each is HOST:PORT, where PORT takes
// connections without TLS and PORT+1 those with, for so old clients have it; they understand numeric IPv4 hosts
// only. Or it is a URL, "wss://signal.example.com/", for newer clients alone. Default: the address that the
// question was sent to.
func WithAdvertise(hostports ...string) Option {
	return func(c *config) { c.advertise = append(c.advertise, hostports...) }
}

// WithOrigins lets only web pages of these origins connect, each as browsers write it:
// "https://example.com" or with a port. Clients that are no browsers send no origin and are not affected.
// Default: pages of any origin.
func WithOrigins(origins ...string) Option {
	return func(c *config) { c.origins = append(c.origins, origins...) }
}

// WithEventAccounts lets these accounts, and no others, join the special channels __agora_user_online and
// __agora_channel_event, of whatever app they log in at. Members of these are told each login and logout of the
// app's users, or each join and leave of its channels: they are for back ends. "*" means every account. Default:
// every account, when the app's logins need no token, else none.
func WithEventAccounts(accounts ...string) Option {
	return func(c *config) {
		if c.watchers == nil {
			c.watchers = make(map[string]struct{})
		}
		for _, a := range accounts {
			c.watchers[a] = struct{}{}
		}
	}
}

// WithMessagesByID makes web clients (device "websdk") know personal messages by id instead of by version, the newer
// of their two dialects: a message that comes twice is told apart, and one that is late does not hold up others.
// Other clients are not affected. Default: by version.
func WithMessagesByID() Option {
	return func(c *config) { c.byID = true }
}

// mayWatch says whether an account may join the special channels.
func (c *config) mayWatch(app, account string) bool {
	if c.watchers == nil {
		return c.apps[app] == "" && c.authenticate == nil
	}
	_, all := c.watchers["*"]
	_, one := c.watchers[account]
	return all || one
}

// withShards sets how many cores there are.
func withShards(n int) Option {
	return func(c *config) { c.shards = n }
}

// allowsOrigin says whether a browser's page may connect. Other clients send none.
func (c *config) allowsOrigin(origin string) bool {
	if c.origins == nil || origin == "" {
		return true
	}
	for _, o := range c.origins {
		if strings.EqualFold(o, origin) {
			return true
		}
	}
	return false
}
