// Package batch is the same protocol as gorilla+json's with frames that are appended to a buffer and written together by
// one system call. There are two contenders: one reads frames as gorilla+json does, the other by a scanner that knows
// its own frames only, which shows how far the protocol can go with the work that it demands. Neither has the
// robustness of a product.
package batch

import (
	"context"

	"github.com/agora-signal-go/signal/bench/internal/peer"
)

// Handmade is the name of the contender that reads by hand. It is a bound for the others rather than one of them.
const Handmade = "handmade"

// New returns the contender that reads with encoding/json.
func New() peer.Contender { return contender("batch", decoder{}) }

// NewHandmade returns the contender that reads by hand.
func NewHandmade() peer.Contender { return contender(Handmade, sharp{}) }

func contender(name string, r reader) peer.Contender {
	return peer.Contender{
		Name: name, Acked: true,
		Serve: func() (peer.Server, error) { return serve(r) },
		Dial: func(ctx context.Context, addr string, user int, h peer.Handler) (peer.Client, error) {
			return dial(ctx, addr, user, h, r)
		},
	}
}

// A reader understands frames. Strings that it returns may be part of the frame, and hold as long.
type reader interface {
	// request reads what a server hears.
	request(frame []byte, to *request) error
	// event reads what a client hears.
	event(frame []byte, to *event) error
}

// A request is a login, a ping or a call. Of the fields each has those that it needs.
type request struct {
	fn      string // or loginFn or pingFn
	id      uint64 // or the ping's number
	line    string // of the session
	account string
	name    string
	value   string
	peer    string
	flag    string
	typ     string
	content string
	msg     string
	ver     uint64 // up to which messages are there
}

const (
	loginFn = "login"
	pingFn  = "ping"
)

// An event is what a client is told. Of the fields each kind has those that it needs.
type event struct {
	kind  kind
	id    uint64    // of the call
	line  string    // of the session
	value string    // of an attribute, or a channel's message
	msgs  []message // that the user got
}

type kind uint8

const (
	answer kind = iota
	messages
	channelMessage
	loggedIn
	pong
)

// A message is a line with its version.
type message struct {
	ver  uint64
	line string
}
