package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"

	signal "github.com/agora-signal-go/signal"
)

const (
	dialWithin  = 20 * time.Second
	closeWithin = 5 * time.Second
)

// serve answers calls at a server until ctx ends.
func serve(ctx context.Context, o *options, out io.Writer) error {
	s := settings{mdns: true}
	if o.verbose {
		s.log = os.Stderr
	}
	api, err := s.newAPI()
	if err != nil {
		return err
	}
	// Whether pion understands the servers shows here, not at the first call.
	if err := tryServers(api, o.servers()); err != nil {
		return err
	}
	opts := []signal.Option{signal.WithServer(o.server)}
	if o.token != "" {
		opts = append(opts, signal.WithToken(o.token))
	}
	client, err := dial(ctx, o.app, o.account, opts...)
	if err != nil {
		return err
	}
	defer hangUp(client)
	v := &voices{out: out}
	v.of("")("%s answers calls at %s, %d at a time; Ctrl-C ends it", o.account, o.server, o.calls)
	e := &echo{client: client, api: api, servers: o.servers(), places: o.calls, say: v.of(o.account)}
	return e.run(ctx)
}

func tryServers(api *webrtc.API, servers []webrtc.ICEServer) error {
	pc, err := api.NewPeerConnection(webrtc.Configuration{ICEServers: servers})
	if err != nil {
		return fmt.Errorf("-ice: %w", err)
	}
	return pc.GracefulClose()
}

func dial(ctx context.Context, app, account string, opts ...signal.Option) (*signal.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, dialWithin)
	defer cancel()
	return signal.Dial(ctx, app, account, opts...)
}

// hangUp closes a client: what it could not say any more is no matter.
func hangUp(client *signal.Client) {
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	_ = client.Close(ctx)
}

// Voices tell what happens, each line whole, whoever speaks.
type voices struct {
	mu  sync.Mutex
	out io.Writer
}

// of returns what says a line in the name of somebody.
func (v *voices) of(who string) func(format string, args ...any) {
	indent := ""
	if who != "" {
		indent = fmt.Sprintf("  → %-5s  ", who)
	}
	return func(format string, args ...any) {
		v.mu.Lock()
		defer v.mu.Unlock()
		fmt.Fprintf(v.out, indent+format+"\n", args...)
	}
}
