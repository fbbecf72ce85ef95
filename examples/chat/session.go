package main

import (
	"context"
	"fmt"
	"time"

	signal "github.com/agora-signal-go/signal"
)

// An address says where to log in, and as whom.
type address struct {
	server, app, account, token string
}

const (
	loginTimeout = 20 * time.Second
	closeTimeout = 5 * time.Second
)

// dial logs in. From then on the client keeps itself connected, for as long as it takes.
func (a address) dial(ctx context.Context) (*signal.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, loginTimeout)
	defer cancel()
	client, err := signal.Dial(ctx, a.app, a.account, signal.WithServer(a.server), signal.WithToken(a.token))
	if err != nil {
		return nil, fmt.Errorf("log in as %s at %s: %w", a.account, a.server, err)
	}
	return client, nil
}

// sessionOver says that there will be no more events, and why: nil after Close.
type sessionOver struct{ err error }

// listen hands over all that happens, in order, until the session or ctx ends. What is handed over waits while tell does:
// the client keeps so much for us, not more.
func listen(ctx context.Context, client *signal.Client, tell func(any)) {
	for event, err := range client.Events(ctx) {
		if err != nil {
			tell(sessionOver{err: err})
			return
		}
		tell(event)
	}
	tell(sessionOver{})
}

// closing logs out: what has come is handed over, what was asked is answered, within some seconds.
func closing(client *signal.Client) error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return client.Close(ctx)
}
