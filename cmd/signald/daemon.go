package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/agora-signal-go/signal/server"
)

// A daemon is the server and its addresses.
type daemon struct {
	src      source
	settings *settings // of the goroutine that handles signals, from run on
	log      *slog.Logger
	level    *slog.LevelVar

	keep    keep
	sig     *server.Server
	apps    apps
	origins atomic.Pointer[[]string] // nil in it: any
	cert    certificate
	seen    stamps // of the certificate when it was read
	reloads reloads

	plain, secure, admin net.Listener   // secure and admin may be nil
	clients, operators   []*http.Server // of these
	draining             atomic.Bool
	failed               chan error // a listener's, for which there is no reason
	background           sync.WaitGroup
	ctx                  context.Context // done when the background is to end
	cancel               context.CancelFunc
}

// start makes a daemon that listens everywhere and serves nobody yet.
func start(src source, s *settings, logTo io.Writer) (*daemon, error) {
	d := &daemon{src: src, settings: s, level: new(slog.LevelVar), failed: make(chan error, 3)}
	d.level.Set(s.logLevel)
	var handler slog.Handler = slog.NewTextHandler(logTo, &slog.HandlerOptions{Level: d.level})
	if s.logFormat == "json" {
		handler = slog.NewJSONHandler(logTo, &slog.HandlerOptions{Level: d.level})
	}
	d.log = slog.New(handler)
	d.cert.log = d.log
	err := d.listen()
	if err == nil {
		d.keep, err = d.openKeep()
	}
	if err != nil {
		for _, l := range []net.Listener{d.plain, d.secure, d.admin} {
			if l != nil {
				_ = l.Close()
			}
		}
		return nil, err
	}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	d.apply(s)
	d.sig = server.New(d.serverOptions()...)
	d.serve()
	d.awaitReady()
	d.log.Info("ready", "version", version(), "addr", addrOf(d.plain), "tls-addr", addrOf(d.secure), "admin-addr", addrOf(d.admin),
		"apps", sorted(s.apps))
	return d, nil
}

// listen opens the addresses.
func (d *daemon) listen() (err error) {
	s := d.settings
	if s.certificate == nil || s.tlsAddr != "" {
		if d.plain, err = listenOn("addr", s.addr); err != nil {
			return err
		}
		if s.tlsAddr != "" {
			d.secure, err = listenOn("tls-addr", s.tlsAddr)
		}
	} else {
		d.plain, d.secure, err = listenOnTwo(s.addr)
	}
	if err == nil && s.adminAddr != "" {
		d.admin, err = listenOn("admin-addr", s.adminAddr)
	}
	return err
}

func listenOn(name, addr string) (net.Listener, error) {
	network := "tcp"
	if a, err := netip.ParseAddrPort(addr); err == nil && a.Addr().Is4() {
		network = "tcp4" // 0.0.0.0 is not [::]
	}
	l, err := new(net.ListenConfig).Listen(context.Background(), network, addr)
	if err != nil {
		return nil, fmt.Errorf("-%s: %w", name, err)
	}
	return l, nil
}

// listenOnTwo listens on an address and on the port after it. When any free port will do it looks for one that has
// a free neighbour.
func listenOnTwo(addr string) (plain, secure net.Listener, err error) {
	host, port, _ := net.SplitHostPort(addr) // was checked
	for tries := 200; ; tries-- {            // on a busy machine half of the ports are the ends of old connections
		if plain, err = listenOn("addr", addr); err != nil {
			return nil, nil, err
		}
		next := portOf(plain) + 1
		if secure, err = listenOn("tls-addr", net.JoinHostPort(host, strconv.Itoa(next))); err == nil {
			return plain, secure, nil
		}
		_ = plain.Close()
		if port != "0" || tries == 1 {
			return nil, nil, err
		}
	}
}

// addrOf returns where a listener listens, "" when there is none.
func addrOf(l net.Listener) string {
	if l == nil {
		return ""
	}
	return l.Addr().String()
}

func portOf(l net.Listener) int {
	if tcp, ok := l.Addr().(*net.TCPAddr); ok {
		return tcp.Port
	}
	return 0
}

// listening is the line that says that the daemon is ready.
func (d *daemon) listening() string {
	line := fmt.Sprintf("listening ws=ws://%s/ http=http://%[1]s", d.plain.Addr())
	if d.secure != nil {
		line += fmt.Sprintf(" wss=wss://%s/", d.secure.Addr())
	}
	return line
}

// serverOptions are those of the settings that a reload does not change.
func (d *daemon) serverOptions() []server.Option {
	opts := []server.Option{
		server.WithLogger(d.log),
		server.WithLimits(d.settings.limits),
		server.WithAdvertise(d.advertised()...),
		server.WithTrustedProxies(d.settings.proxies...),
		server.WithAuthenticator(d.apps.authenticate),
		server.WithEventAccounts(d.settings.watchers()...),
	}
	if d.keep.backend != nil {
		opts = append(opts, server.WithBackend(d.keep.backend))
	}
	if d.settings.messagesByID == "on" {
		opts = append(opts, server.WithMessagesByID())
	}
	return opts
}

// advertised are the addresses that clients are told. Of a node, others have to know one even when nobody said so.
func (d *daemon) advertised() []string {
	if len(d.settings.advertise) > 0 || len(d.settings.nats) == 0 {
		return d.settings.advertise
	}
	if a, err := netip.ParseAddrPort(addrOf(d.plain)); err == nil && !a.Addr().IsUnspecified() {
		return []string{a.String()}
	}
	d.log.Warn("without -advertise no other node knows where clients reach this one")
	return nil
}

// apply makes true what can change while the daemon runs.
func (d *daemon) apply(s *settings) {
	d.level.Set(s.logLevel)
	d.apps.serve(s.apps)
	d.origins.Store(&s.origins)
	if s.certificate != nil {
		files := pair{s.tlsCert, s.tlsKey}
		d.seen = files.stamps()
		d.cert.show(files, s.certificate)
	}
}

// serve begins to serve all addresses.
func (d *daemon) serve() {
	d.clients = append(d.clients, d.serveOn(d.plain, d.clientHandler(), server.Serve))
	if d.secure != nil {
		d.clients = append(d.clients, d.serveOn(tls.NewListener(d.secure, d.cert.config()), d.clientHandler(), serve))
		d.background.Go(func() { d.cert.watch(d.ctx, d.seen) })
	}
	if d.admin != nil {
		d.operators = append(d.operators, d.serveOn(d.admin, d.adminHandler(), serve))
	}
}

func serve(l net.Listener, web *http.Server) error { return web.Serve(l) }

func (d *daemon) serveOn(l net.Listener, h http.Handler, serve func(net.Listener, *http.Server) error) *http.Server {
	web := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(d.log.Handler(), slog.LevelDebug),
	}
	d.background.Go(func() {
		if err := serve(l, web); !errors.Is(err, http.ErrServerClosed) {
			d.failed <- err
		}
	})
	return web
}

// run handles signals until the daemon has ended.
func (d *daemon) run(signals <-chan os.Signal) int {
	for {
		select {
		case err := <-d.failed:
			d.log.Error("a listener failed", "err", err)
			d.drain(nil)
			return exitForced
		case s := <-signals:
			if s == syscall.SIGHUP {
				d.reload()
				continue
			}
			d.log.Info("asked to end", "signal", s.String())
			return d.drain(signals)
		}
	}
}

// reload reads the settings again and takes up what can change. When one of them is no good nothing changes.
func (d *daemon) reload() {
	s, err := d.src.load()
	if err == nil && (s.certificate == nil) != (d.settings.certificate == nil) {
		err = errors.New("to begin or to end TLS takes a restart")
	}
	d.reloads.count(err)
	if err != nil {
		d.log.Error("settings not taken up, the old ones stay", "err", err)
		return
	}
	d.apply(s)
	d.log.Info("settings taken up", "apps", sorted(s.apps), "origins", s.origins, "log-level", s.logLevel.String())
	if names := needRestart(d.settings, s); len(names) > 0 {
		d.log.Warn("settings that take a restart have changed", "settings", names)
		for _, name := range names {
			s.raw[name] = d.settings.raw[name]
		}
	}
	s.drainTimeout, s.adminToken = d.settings.drainTimeout, d.settings.adminToken
	d.settings = s
}

// drain ends the daemon in an orderly way.
func (d *daemon) drain(signals <-chan os.Signal) int {
	d.draining.Store(true)
	d.log.Info("draining", "within", d.settings.drainTimeout)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ctx, cancel := context.WithTimeout(context.Background(), d.settings.drainTimeout)
		defer cancel()
		d.end(ctx)
	}()
	for {
		select {
		case <-ended:
			return exitOK
		case s := <-signals:
			if s != syscall.SIGHUP {
				d.log.Warn("ended at once, by a second signal", "signal", s.String())
				return exitForced
			}
		}
	}
}

// end ends everything within the time of ctx: first no new connections, then the clients, at last those who
// watch.
func (d *daemon) end(ctx context.Context) {
	var closing sync.WaitGroup
	for _, web := range d.clients {
		closing.Go(func() { closeWeb(ctx, web) })
	}
	if err := d.sig.Drain(ctx); err != nil {
		d.log.Warn("not drained in time", "err", err)
	}
	if err := d.sig.Shutdown(ctx); err != nil {
		d.log.Warn("connections were cut", "err", err)
	}
	closing.Wait()
	d.keep.close()
	for _, web := range d.operators {
		closeWeb(ctx, web)
	}
	d.cancel()
	d.background.Wait()
	d.log.Info("drained")
}

// closeWeb closes a listener and lets requests finish. Websockets are none of its business.
func closeWeb(ctx context.Context, web *http.Server) {
	if web.Shutdown(ctx) != nil {
		_ = web.Close() // its time is up
	}
}
