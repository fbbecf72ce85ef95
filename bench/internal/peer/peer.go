// Package peer says what a contender of the benchmark is: a server, and clients that all do the same for the
// workloads, whatever they are made of.
package peer

import "context"

// Names of contenders that figures are compared with.
const (
	Baseline = "gorilla+json"
	Ours     = "ours"
)

// A Contender is one of those that are compared. Serve is called in one process, Dial in another.
type Contender struct {
	Name  string
	Acked bool // who sends a message is told when the server has it
	Sync  bool // Ask, Send and Publish return when they are answered: to send at a fixed rate takes many goroutines
	Echo  bool // Ask brings back the payload that it is given, not one of those of Store

	// Serve starts a server on a free port of the loopback interface.
	Serve func() (Server, error)

	// Dial connects to addr and logs in. What the client hears goes to h, from now on.
	Dial func(ctx context.Context, addr string, user int, h Handler) (Client, error)
}

// A Server runs until it is closed.
type Server interface {
	// Addr is what Dial takes.
	Addr() string
	// Close ends the server and all that belongs to it.
	Close()
}

// A Client is a user who is logged in. Ask, Send and Publish are called by several goroutines, each with a lane of its
// own: the lanes are numbered from 0 on, and what comes of a call is said of the same lane.
type Client interface {
	// Store keeps payloads at the server, for Ask. It returns when they are there.
	Store(ctx context.Context, payloads [][]byte) error

	// Ask makes a request: for the payload number n of those that are stored, or for p to come back. Handler.Answer
	// follows. A lane asks for payloads that begin with it only, and for one at a time.
	Ask(lane, n int, p []byte)

	// Send sends p to a user. Handler.Acked follows where the Contender is Acked, and Message at the user.
	Send(lane, user int, p []byte)

	// Join enters a channel and returns when that is done.
	Join(ctx context.Context, channel int) error

	// Publish sends p to a channel, of which the client is a member. Handler.Acked follows where the Contender is
	// Acked, and ChannelMessage at each member, this one included.
	Publish(lane, channel int, p []byte)

	// Close ends the client. The Handler hears of no failure from then on.
	Close()
}

// A Handler is told what a client hears. Its methods are called by one goroutine at a time, save Answer and Acked, which
// are called by one at a time per lane. Payloads are the caller's again when they return.
type Handler interface {
	// Answer is what Ask brought.
	Answer(lane int, p []byte)
	// Acked says that the server has a message of the lane that it was not said of yet.
	Acked(lane int)
	// Message is what another user sent.
	Message(p []byte)
	// ChannelMessage is what a member of the channel published.
	ChannelMessage(p []byte)
	// Failed says that something is lost, refused or broken: the measurement is void. Any goroutine may call it.
	Failed(err error)
}

// Deaf is a Handler for a client that nothing is said to but failures, which go to the function.
type Deaf func(err error)

// Answer does nothing.
func (Deaf) Answer(int, []byte) {}

// Acked does nothing.
func (Deaf) Acked(int) {}

// Message does nothing.
func (Deaf) Message([]byte) {}

// ChannelMessage does nothing.
func (Deaf) ChannelMessage([]byte) {}

// Failed hands err on.
func (d Deaf) Failed(err error) { d(err) }
