package signaltest

import (
	"context"
	"io"
)

// A Duplication says how much of each new connection reaches the server twice.
type Duplication uint8

// The duplications.
const (
	NoDuplicates       Duplication = iota
	DuplicateHandshake             // the HTTP request that makes a websocket
	DuplicateLogin                 // this and the first frame behind it, which is a login
)

// Duplicate makes the network open each new connection at the server a second time, and send there once more what the
// client sent first, as soon as that has passed. What the server answers on the duplicate is thrown away; it ends when
// the server hangs up on it. Not with TLS, where such a thing is impossible. NoDuplicates ends it, for connections to
// come.
//
// For a server a duplicate that resumes a session is as good as the client's own connection, which it replaces: the
// client comes back, and goes on, once there are no duplicates any more.
func (n *Network) Duplicate(d Duplication) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.opaque {
		n.double = d
	}
}

// A record is what a client sent first.
type record struct {
	frames  int // wanted, besides the handshake
	framing framing
	bytes   []byte
}

// add takes what has passed. It reports whether the record is complete.
func (r *record) add(b []byte) bool {
	for _, one := range b {
		r.framing.step(one)
		r.bytes = append(r.bytes, one)
		if r.framing.upgraded && r.framing.frames == r.frames {
			return true
		}
	}
	return false
}

// duplicate opens a connection for what a client sent on another.
func (n *Network) duplicate(sent []byte) {
	n.running.Go(func() {
		c, err := n.dial()
		if err != nil {
			n.count(func(s *NetworkStats) { s.Unreachable++ })
			return
		}
		stop := context.AfterFunc(n.ctx, func() { _ = c.Close() })
		defer stop()
		defer reset(c)
		if _, err := c.Write(sent); err == nil {
			n.count(func(s *NetworkStats) { s.Duplicates++ })
		}
		_, _ = io.Copy(io.Discard, c)
	})
}
