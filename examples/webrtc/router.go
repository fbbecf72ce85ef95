package main

import (
	"context"
	"errors"
	"sync"

	signal "github.com/agora-signal-go/signal"
)

// maxWaiting is how many parts may wait for one call. What comes while there are as many is lost.
const maxWaiting = 128

// A router reads the personal messages of a client and hands on what is about a call that is known here. All else is
// ignored: what people write, what is left of calls that are over, what strangers send about the calls of others.
type router struct {
	client *signal.Client

	mu sync.Mutex
	// +checklocks:mu
	calls map[endpoint]chan part
}

// An endpoint is the other side of one call.
type endpoint struct{ account, call string }

func newRouter(client *signal.Client) *router {
	return &router{client: client, calls: make(map[endpoint]chan part)}
}

// run routes until ctx ends or the client is at its end, and returns why.
func (r *router) run(ctx context.Context) error {
	for m, err := range r.client.Messages(ctx) {
		if gap := (*signal.GapError)(nil); errors.As(err, &gap) {
			continue
		}
		if err != nil {
			return err
		}
		if p, ok := parse(m.Text); ok {
			r.route(endpoint{m.From, p.Call}, p)
		}
	}
	return r.client.Err()
}

func (r *router) route(from endpoint, p part) {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case r.calls[from] <- p: // of an unknown call the channel is nil
	default:
	}
}

// open returns where the parts of a call will come, until closed. A second call with the same peer about the same channel
// is refused: nobody could tell the parts of the two apart.
func (r *router) open(call *signal.Call) (parts <-chan part, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	of := endpoint{call.Peer(), call.Channel()}
	if r.calls[of] != nil {
		return nil, false
	}
	r.calls[of] = make(chan part, maxWaiting)
	return r.calls[of], true
}

func (r *router) close(call *signal.Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.calls, endpoint{call.Peer(), call.Channel()})
}
