package cluster

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/server/backend"
)

// This file is what administrators want of a partition, of whatever node it is.

// An answer is what a partition says to an administrator.
type answer struct {
	code int
	data []byte
	err  error
}

func (d *delivery) answer(node, token uint64, a answer) {
	if node == d.n.cfg.ID {
		d.n.answered(token, a)
		return
	}
	d.say(node, &message{kind: sayAnswer, token: token, code: a.code, text: textOf(a.err), data: a.data})
}

func (n *Node) answered(token uint64, a answer) {
	n.mu.Lock()
	tell := n.asks[token]
	delete(n.asks, token)
	n.mu.Unlock()
	if tell != nil {
		tell(a)
	}
}

// Order hands an administrator's entry to a partition and waits for what it says: a number, of which the entry knows
// the meaning. [backend.ErrUnavailable]: nobody owns the partition, or its journal takes nothing.
func (n *Node) Order(ctx context.Context, p int, e core.Entry) (code int, err error) {
	a, err := n.ask(ctx, func(token uint64) error { return n.order(p, e, token) })
	return a.code, err
}

// Wish is Order for one who does not wait: told is called once, unless the answer gets lost or forget is called before.
func (n *Node) Wish(p int, e core.Entry, told func(code int, err error)) (forget func(), err error) {
	token, forget := n.await(func(a answer) { told(a.code, a.err) })
	if err := n.order(p, e, token); err != nil {
		forget()
		return nil, err
	}
	return forget, nil
}

func (n *Node) order(p int, e core.Entry, token uint64) error {
	e.Node, e.Token = n.cfg.ID, token
	entry := e.Append(nil)
	switch r := n.routes[p].Load(); r.node {
	case 0:
		return backend.ErrUnavailable
	case n.cfg.ID:
		if n.put(p, item{kind: itemInput, entry: entry}) != nil {
			return backend.ErrUnavailable
		}
	default:
		n.say(r.node, &message{kind: sayInput, partition: p, claim: r.claim, data: entry})
	}
	return nil
}

// await has tell called with the answer of that token.
func (n *Node) await(tell func(answer)) (token uint64, forget func()) {
	token = n.tokens.Add(1)
	n.mu.Lock()
	n.asks[token] = tell
	n.mu.Unlock()
	return token, func() {
		n.mu.Lock()
		delete(n.asks, token)
		n.mu.Unlock()
	}
}

// ask waits for the answer to what send sends.
func (n *Node) ask(ctx context.Context, send func(token uint64) error) (answer, error) {
	told := make(chan answer, 1)
	token, forget := n.await(func(a answer) { told <- a })
	defer forget()
	if err := send(token); err != nil {
		return answer{}, err
	}
	select {
	case a := <-told:
		return a, a.err
	case <-ctx.Done():
		return answer{}, ctx.Err()
	}
}

// A question is what an administrator wants to see of a partition.
type question struct {
	Channels bool // else sessions
	App      string
	After    string
	Limit    int
}

// Sessions returns a page of the sessions of a partition. See [core.ListSessions].
func (n *Node) Sessions(ctx context.Context, p int, app, after string, limit int) ([]core.SessionInfo, bool, error) {
	return look[core.SessionInfo](ctx, n, p, question{App: app, After: after, Limit: limit})
}

// Channels returns a page of the channels of a partition. See [core.ListChannels].
func (n *Node) Channels(ctx context.Context, p int, app, after string, limit int) ([]core.ChannelInfo, bool, error) {
	return look[core.ChannelInfo](ctx, n, p, question{Channels: true, App: app, After: after, Limit: limit})
}

// look asks a partition a question.
func look[E any](ctx context.Context, n *Node, p int, q question) (list []E, more bool, err error) {
	a, err := n.ask(ctx, func(token uint64) error {
		text, err := json.Marshal(q)
		if err != nil {
			return fmt.Errorf("cluster: %w", err)
		}
		m := message{kind: sayLook, partition: p, token: token, data: text}
		switch r := n.routes[p].Load(); r.node {
		case 0:
			return backend.ErrUnavailable
		case n.cfg.ID:
			n.lookFor(n.cfg.ID, &m)
		default:
			n.say(r.node, &m)
		}
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	if err := json.Unmarshal(a.data, &list); err != nil {
		return nil, false, fmt.Errorf("cluster: an answer of partition %d: %w", p, err)
	}
	return list, a.code == 1, nil
}

// lookFor answers a question of a node.
func (n *Node) lookFor(node uint64, m *message) {
	p, token := m.partition, m.token
	answered := func(a answer) {
		d := delivery{n: n}
		d.answer(node, token, a)
		d.end()
	}
	var q question
	if err := json.Unmarshal(m.data, &q); err != nil {
		answered(answer{err: err})
		return
	}
	err := n.put(p, item{kind: itemLook, look: func(c *core.Core) {
		if c == nil {
			answered(answer{err: backend.ErrUnavailable})
			return
		}
		var a answer
		tell := func(page any, more bool) {
			a.data, a.err = json.Marshal(page)
			if more {
				a.code = 1
			}
		}
		if q.Channels {
			c.Ask(core.ListChannels{App: q.App, After: q.After, Limit: q.Limit, Done: func(page []core.ChannelInfo, more bool) { tell(page, more) }})
		} else {
			c.Ask(core.ListSessions{App: q.App, After: q.After, Limit: q.Limit, Done: func(page []core.SessionInfo, more bool) { tell(page, more) }})
		}
		answered(a)
	}})
	if err != nil {
		answered(answer{err: backend.ErrUnavailable})
	}
}
