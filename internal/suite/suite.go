// Package suite is what the service promises, written as tests that run against any server: the one in this
// process, or a daemon of its own. [Run] plays each method of the API, and with it each callback; [RunClient] plays the
// same through the second face.
package suite

import (
	"context"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/recorder"
)

// The apps that a server under test has to serve: one without tokens, one with a certificate.
const (
	OpenApp     = "open-app"
	SecuredApp  = "secured-app"
	Certificate = "fe1a0437bf217bdd34cd65053fb0fe1d"
)

// A Start starts a server that serves OpenApp and SecuredApp, and returns its URL.
// It ends with the test.
type Start func(t *testing.T) (url string, opts []signal.Option)

// stage is where one test plays: a server, its users, and what they heard.
type stage struct {
	open  open
	url   string
	opts  []signal.Option
	heard *heard
	n     atomic.Int64
}

// heard is all callbacks that fired in a run of the suite.
type heard struct {
	mu        sync.Mutex
	recorders []*recorder.Recorder
}

func (h *heard) add(r *recorder.Recorder) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.recorders = append(h.recorders, r)
}

func (h *heard) fired() map[string]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make(map[string]int)
	for _, r := range h.recorders {
		for name, n := range r.Fired() {
			all[name] += n
		}
	}
	return all
}

// name returns a name that no other test of the run uses: the server may be shared.
func (s *stage) name(base string) string {
	return base + "-" + strconv.FormatInt(s.n.Add(1), 10)
}

// user is a client and what it heard.
type user struct {
	api
	*recorder.Recorder
	account string
	net     *network
}

// visitor returns a client that is not logged in.
func (s *stage) visitor(t *testing.T, base string, opts ...signal.Option) *user {
	t.Helper()
	u := &user{Recorder: recorder.New(), account: s.name(base), net: new(network)}
	opts = append(append([]signal.Option{signal.WithServer(s.url), signal.WithDialContext(u.net.dial)}, s.opts...), opts...)
	u.api = s.open(u.net, opts)
	u.CallbackSet(u.Recorder)
	s.heard.add(u.Recorder)
	t.Cleanup(u.Destroy)
	return u
}

// user returns a client that is logged in.
func (s *stage) user(t *testing.T, base string, opts ...signal.Option) *user {
	t.Helper()
	u := s.visitor(t, base, opts...)
	u.logIn(t)
	return u
}

func (u *user) logIn(t *testing.T) {
	t.Helper()
	u.Login(OpenApp, u.account, signal.NoToken, 0, "")
	u.Expect(t, "OnLoginSuccess", 0)
}

// join takes the user into a channel, with everything that this leads to for himself.
func (u *user) join(t *testing.T, channel string) {
	t.Helper()
	u.ChannelJoin(channel)
	u.Await(t, "OnChannelJoined", channel)
	u.Expect(t, "OnChannelUserList")
}

// network is a user's way to the server, which can be cut.
type network struct {
	mu      sync.Mutex
	conns   []net.Conn
	down    bool
	refused func() // called for each connection that is wanted while it is down; nil: nobody
}

func (n *network) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	n.mu.Lock()
	down, refused := n.down, n.refused
	n.mu.Unlock()
	if down {
		if refused != nil {
			refused()
		}
		return nil, net.ErrClosed
	}
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err == nil {
		n.mu.Lock()
		n.conns = append(n.conns, conn)
		n.mu.Unlock()
	}
	return conn, err
}

// cut breaks what is connected; down keeps it so.
func (n *network) cut(down bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.down = down
	for _, c := range n.conns {
		_ = c.Close()
	}
	n.conns = nil
}

// whenRefused says who is told that there is no way.
func (n *network) whenRefused(f func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.refused = f
}

// tokenFor returns a good token for the secured app.
func tokenFor(account string, expires time.Time) string {
	return signal.NewToken(SecuredApp, Certificate, account, expires)
}
