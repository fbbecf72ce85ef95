package link

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/agora-signal-go/signal/internal/wsconn"
)

// dialTimeout is for TCP, TLS and websocket handshake together.
const dialTimeout = 6 * time.Second

// The buffers of a handshake: nothing is read or written through them afterwards.
const (
	readBuffer  = 128
	writeBuffer = 512
)

var writeBuffers sync.Pool

// dialer opens connections as the Config says.
type dialer struct {
	servers   []string
	discovery []string
	invalid   error // the configuration is wrong
	http      *http.Client
	turn      atomic.Uint32 // counts discoveries
	secure    *tls.Config   // nil where nothing is
	proxy     func(*http.Request) (*url.URL, error)
	dialNet   func(ctx context.Context, network, addr string) (net.Conn, error)
}

func newDialer(cfg *Config) *dialer {
	d := &dialer{
		servers:   slices.Clone(cfg.Servers),
		discovery: slices.Clone(cfg.Discovery),
		invalid:   checkURLs(cfg),
		dialNet:   cfg.DialContext,
	}
	if d.dialNet == nil { // who dials by himself decides about proxies, too
		d.dialNet = dialNet
		d.proxy = http.ProxyFromEnvironment
	}
	if len(cfg.Discovery) > 0 || slices.ContainsFunc(cfg.Servers, isSecure) {
		d.secure = tlsConfig(cfg.TLS)
	}
	if len(cfg.Discovery) > 0 {
		d.http = &http.Client{Transport: &http.Transport{
			Proxy: d.proxy, TLSClientConfig: d.secure, DialContext: d.dialNet, DisableKeepAlives: true,
		}}
	}
	return d
}

func dialNet(ctx context.Context, network, addr string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, addr)
}

func isSecure(server string) bool { return !strings.HasPrefix(server, "ws:") }

func tlsConfig(cfg *tls.Config) *tls.Config {
	secure := &tls.Config{}
	if cfg != nil {
		secure = cfg.Clone()
	}
	secure.NextProtos = []string{"http/1.1"} // a websocket begins as that and as nothing else
	return secure
}

func checkURLs(cfg *Config) error {
	for i, s := range cfg.Servers {
		if err := checkURL(s, "ws", "wss"); err != nil {
			return fmt.Errorf("server %d: %w", i+1, err)
		}
	}
	for i, s := range cfg.Discovery {
		if err := checkURL(s, "http", "https"); err != nil {
			return fmt.Errorf("discovery %d: %w", i+1, err)
		}
	}
	if len(cfg.Servers)+len(cfg.Discovery) == 0 {
		return errors.New("no server is configured")
	}
	return nil
}

// checkURL says what is wrong with a URL, without repeating it: it may hold what is nobody's business.
func checkURL(s string, schemes ...string) error {
	u, err := url.Parse(s)
	if bad := (*url.Error)(nil); errors.As(err, &bad) {
		err = bad.Err
	}
	switch {
	case err != nil:
		return err
	case !slices.Contains(schemes, u.Scheme):
		return fmt.Errorf("want a URL that begins with %s://", strings.Join(schemes, ":// or "))
	case u.Hostname() == "":
		return errors.New("want a URL with a host")
	case u.User != nil:
		return errors.New("want a URL without user and password")
	}
	return nil
}

// open opens a connection to whichever server is the first to answer. Goroutines that may outlast it are
// counted in running.
func (d *dialer) open(ctx context.Context, running *sync.WaitGroup, appID string) (dialed, error) {
	if d.invalid != nil {
		return dialed{}, d.invalid
	}
	servers := d.servers
	if len(d.discovery) > 0 {
		switch found, err := d.discover(ctx, running, appID); {
		case err == nil:
			servers = found
		case len(servers) == 0:
			return dialed{}, err
		}
	}
	return race(ctx, running, servers, d.dial, func(w dialed) { _ = w.socket.Close() })
}

// dialed is a websocket that is open.
type dialed struct {
	stream *wsconn.Stream
	socket net.Conn // what it is on, below TLS if there is any
}

// dial opens a connection to one server.
func (d *dialer) dial(ctx context.Context, server string) (w dialed, err error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	release := func() bool { return true }
	once := websocket.Dialer{
		Proxy: d.proxy, TLSClientConfig: d.secure,
		ReadBufferSize: readBuffer, WriteBufferSize: writeBuffer, WriteBufferPool: &writeBuffers,
	}
	once.NetDialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		nc, err := d.dialNet(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		release = context.AfterFunc(ctx, func() { _ = nc.Close() }) // the websocket handshake itself does not look at ctx
		w.socket, w.stream = nc, wsconn.New(nc)
		return w.stream, nil
	}
	ws, resp, err := once.DialContext(ctx, server, nil) //nolint:bodyclose // need not be closed, says its doc
	if !release() && err == nil {
		_ = ws.Close()
		err = ctx.Err()
	}
	switch {
	case err == nil:
		if secured := ws.NetConn(); secured != net.Conn(w.stream) {
			w.stream = wsconn.New(secured)
		}
		return w, nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		err = fmt.Errorf("no answer within %v", dialTimeout)
	case resp != nil:
		err = fmt.Errorf("%w: %s", err, resp.Status)
	}
	return dialed{}, fmt.Errorf("%s: %w", server, err)
}
