package observe

import "context"

// Tracing is how a trace gets into what a client sends, and from what it receives to who handles it. The rules of the package
// hold for it, too.
type Tracing struct {
	// Send is called for each request before it is sent, on the goroutine that asks. ctx is the caller's, of the callback face
	// context.Background().
	//
	// traceparent, as the W3C has it, goes along with what may bring one: messages, what is done to calls, invokes of functions
	// that the server's owner has added. Anything but the 55 bytes of version 00 is dropped. done, which may be nil, is called with
	// the outcome, once.
	Send func(ctx context.Context, s Send) (traceparent string, done func(Request))

	// Handle is called for a message, and for a call or what is done to one, before a handler or the body of a loop gets it, on the
	// goroutine that runs that. done, which may be nil, is called on the same when it is done with it.
	//
	// into, which may be nil, puts what belongs to it, such as a span, into a context: that is what signal.Message.Context returns.
	Handle func(h Handle) (into func(context.Context) context.Context, done func())
}

// Send is a request that is about to be sent.
type Send struct {
	AppID   string
	Account string // who sends
	Op      string // as in Request
	To      string // the account that it goes to, "" for none
	Channel string // that it is about, "" for none
	Func    string // of an invoke
	Bytes   int    // of the text
}

// Handle is something that is about to be handled.
type Handle struct {
	AppID   string
	Account string // who has received it
	Kind    Kind   // Message, ChannelMessage, Call or CallEvent
	From    string // "" for the server
	Channel string // "" for none
	Trace   string // the traceparent that came with it, "" for none
	Bytes   int    // of the text
}
