//go:build unix

package main

import (
	"context"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/signaltest"
)

const testApp = "chat-test"

// A person is somebody else, without a screen.
type person struct {
	*signal.Client
	t    *testing.T
	ctx  context.Context
	next func() (signal.Event, error, bool)
	stop func()
}

// comes logs somebody in.
func comes(t *testing.T, srv *signaltest.Server, account string) *person {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	client, err := signal.Dial(ctx, testApp, account, signal.WithServer(srv.URL))
	require.NoError(t, err)
	next, stop := iter.Pull2(client.Events(ctx))
	p := &person{Client: client, t: t, ctx: ctx, next: next, stop: stop}
	t.Cleanup(p.goes)
	hears(p, func(signal.StateChanged) bool { return true }) // from here on nothing is missed
	return p
}

// goes logs out. The loop over the events has to end before that: Close waits for it.
func (p *person) goes() {
	p.stop()
	_ = p.Close(context.Background())
}

// enters joins a channel.
func (p *person) enters(channel string) *signal.Channel {
	p.t.Helper()
	room, err := p.Join(p.ctx, channel)
	require.NoError(p.t, err)
	return room
}

// hears skips what happens until there is an event of a kind that is wanted, and returns that.
func hears[E signal.Event](p *person, wanted func(E) bool) E {
	p.t.Helper()
	for {
		event, err, ok := p.next()
		require.True(p.t, ok, "the events of %s ended", p.Account())
		require.NoError(p.t, err)
		if e, ok := event.(E); ok && wanted(e) {
			return e
		}
	}
}

// reads waits for a message with that text.
func (p *person) reads(text string) signal.Message {
	p.t.Helper()
	return hears(p, func(m signal.Message) bool { return m.Text == text })
}

func (p *person) sees(kind signal.PresenceKind, account string) {
	p.t.Helper()
	hears(p, func(e signal.Presence) bool {
		return e.Kind == kind && len(e.Accounts) == 1 && e.Accounts[0] == account
	})
}

// A scene is a server, bob who is in the lobby, and alice's screen of 80 columns and 24 rows.
type scene struct {
	srv   *signaltest.Server
	bob   *person
	room  *signal.Channel // bob's
	alice *terminal
}

func begin(t *testing.T) scene {
	t.Helper()
	s := scene{srv: signaltest.NewServer(t)}
	s.bob = comes(t, s.srv, "bob")
	s.room = s.bob.enters(lobby)
	s.alice = start(t, 80, 24, aliceAt(s.srv)...)
	s.alice.shows("connected", "MEMBERS 2")
	s.bob.sees(signal.PresenceJoin, "alice")
	return s
}

func aliceAt(srv *signaltest.Server) []string {
	return []string{"-server", srv.URL, "-app", testApp, "-account", "alice"}
}
