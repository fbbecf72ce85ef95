package signal

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/feed"
	"github.com/agora-signal-go/signal/internal/link"
)

// A Client is one account that is logged in, with contexts, errors and iterators: the other face of what [API] does with
// callbacks. Make it with [Dial], end it with [Client.Close].
//
// All its methods may be called from any goroutine, also in the body of a loop over one of its iterators. Those with a
// context wait for the server's answer; nil means that it has come and is good. A failure is an [*Error] with the
// service's code. While the connection is lost they wait for it, at most for [WithCallTimeout]; when the context ends
// first they return its error, and what was asked for may or may not come about.
//
// A Client comes back by itself from whatever happens to its connection, for ever unless [WithReconnectTimeout] says
// otherwise. It is at its end, see [Client.Done], after Close, when the account logs in elsewhere, when the server refuses
// a new login, and when the token source says [ErrUnauthorized].
type Client struct {
	appID   string
	account string
	link    *link.Link
	feed    *feed.Feed[Event]
	meter   *meter         // nil when nobody watches
	up      chan struct{}  // closed when the client is logged in for the first time
	done    chan struct{}  // closed at the end
	ending  sync.WaitGroup // the link's end, once that has begun

	mu sync.Mutex
	// +checklocks:mu
	status Status
	// +checklocks:mu
	why string // the last thing that went wrong with the connection
	// +checklocks:mu
	err error // of the end
	// +checklocks:mu
	closing bool // Close was called: no more requests
	// +checklocks:mu
	lastTag uint64
	// +checklocks:mu
	requests map[uint64]*request // without an outcome, by tag
	// +checklocks:mu
	waiting int // for outcomes
	// +checklocks:mu
	settled chan struct{} // closed when nobody waits for one; nil when no Close does for that
	// +checklocks:mu
	channel *Channel // the one that the user is in, or nil
	// +checklocks:mu
	calls map[string]*Call // open ones, by the engine's name of them

	personal feed.Topic[Event] // messages to the account
	incoming feed.Topic[Event] // calls that come in
}

// Account returns the account that the client is logged in as.
func (c *Client) Account() string { return c.account }

// AppID returns the app that the client is logged in to.
func (c *Client) AppID() string { return c.appID }

// Done is closed when the client is at its end: [Client.Err] says why.
func (c *Client) Done() <-chan struct{} { return c.done }

// Err returns why the client is at its end: nil before that and after [Client.Close], else an [*Error], with
// [LogoutEKicked] when the account logged in elsewhere, [LogoutENet] when the connection was lost for longer than
// [WithReconnectTimeout], [LogoutETokenExpired] or [LogoutETokenWrong] (both also [ErrUnauthorized]) when a new login was
// refused, [LogoutEOther] when the server removed the app or the account.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Status returns the state of the connection as it is. [Client.Events] tells of each change.
//
// Seed: getStatus
func (c *Client) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status
}

// drainTimeout is how long Close waits whose context has no end.
const drainTimeout = 30 * time.Second

// Close ends the client in good order: requests that are under way get their answers, loops over iterators get what has
// come and then end, the account logs out. From its beginning on every other method fails with [ErrClosed]. Messages that
// no loop has read stay at the server for the next login.
//
// It waits for all that until ctx ends, or for 30 s when ctx has no deadline, and then breaks off what is left with the
// error of ctx. In the body of a loop it waits for no loop; an iterator that [iter.Pull2] holds has to be stopped first,
// or it is waited for. When it returns, no goroutine, timer or socket of the client is left. Twice is fine.
//
// Seed: logout and destroy
func (c *Client) Close(ctx context.Context) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, drainTimeout)
		defer cancel()
	}
	settled := c.close()
	c.feed.End(nil)
	waits := []<-chan struct{}{settled}
	if !feed.InLoop() {
		waits = append(waits, c.feed.Left())
	}
	cut := ctx.Err() != nil && !isClosed(c.done) // one that has ended waits for nothing
	for _, wait := range waits {
		if cut {
			break
		}
		select {
		case <-wait:
		case <-c.done:
		case <-ctx.Done():
			cut = !isClosed(c.done) // both may have come
		}
	}
	if !cut {
		c.link.Logout() // ends in the event that ends the client, within 2 s
		select {
		case <-c.done:
		case <-ctx.Done():
			cut = !isClosed(c.done)
		}
	}
	c.finish(nil)
	c.ending.Wait()
	if cut {
		return failure("close", ctx.Err())
	}
	return nil
}

// isClosed reports whether a channel is closed that nobody sends on.
func isClosed(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

// close lets no more requests begin, and returns what is closed when all have their outcome.
func (c *Client) close() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closing = true
	if c.settled == nil {
		c.settled = make(chan struct{})
	}
	settled := c.settled
	c.tellSettled()
	return settled
}

// +checklocks:c.mu
func (c *Client) tellSettled() {
	if c.settled != nil && c.waiting == 0 {
		close(c.settled)
		c.settled = nil
	}
}

// finish ends the client: only the first time counts.
func (c *Client) finish(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.finished(err)
}

// finished is finish with the lock held.
//
// +checklocks:c.mu
func (c *Client) finished(err error) {
	if c.status.State == StateClosed {
		return
	}
	if c.closing {
		err = nil
	}
	c.err = err
	c.changed(Status{State: StateClosed, Connection: c.status.Connection, Err: err})
	over := err
	if over == nil {
		over = ErrClosed
	}
	c.leftChannel(err, over)
	for _, call := range c.calls {
		c.callEnded(call, over)
	}
	c.feed.End(err)
	close(c.done)
	c.ending.Go(func() { // not here: the link may be what calls
		c.link.Destroy()
		<-c.link.Done()
		c.meter.close()
	})
}

// changed makes s the client's status, and tells.
//
// +checklocks:c.mu
func (c *Client) changed(s Status) {
	s.Since = time.Now()
	c.status = s
	c.publish(StateChanged{s})
}

// publish hands an event that nobody waits for to the loops that want it.
//
// +checklocks:c.mu
func (c *Client) publish(e Event) { c.feed.Publish(nil, e, 0, false) }

// failure is the error of something that a context ended.
func failure(op string, err error) error {
	return &Error{Op: op, Reason: "no answer yet", cause: err}
}

// A request is one that waits for its outcome.
type request struct {
	op      engine.Op
	outcome chan engine.Event
	call    *Call  // that it is about, or nil
	answer  string // that it gives to the caller
}

// ask makes a request and waits for its outcome. call is what it is about, or nil.
func (c *Client) ask(ctx context.Context, op string, req *engine.Request, call *Call) (engine.Event, error) {
	if err := ctx.Err(); err != nil {
		return engine.Event{}, &Error{Op: op, Reason: "not asked", cause: err}
	}
	r := &request{op: req.Op, outcome: make(chan engine.Event, 1), call: call, answer: req.Extra}
	if err := c.begin(op, req, r); err != nil {
		return engine.Event{}, err
	}
	defer c.waited()
	c.meter.ask(ctx, req)
	req.Check()
	c.link.Do(req)
	select {
	case ev := <-r.outcome:
		return ev, failed(op, ev)
	case <-ctx.Done():
	case <-c.done:
	}
	select { // both may have come
	case ev := <-r.outcome:
		return ev, failed(op, ev)
	default:
	}
	if err := ctx.Err(); err != nil {
		return engine.Event{}, failure(op, err)
	}
	return engine.Event{}, c.over(op)
}

// begin gives a request its tag.
func (c *Client) begin(op string, req *engine.Request, r *request) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closing || c.status.State == StateClosed:
		return c.overLocked(op)
	case c.feed.Full(): // the answer could not be read
		return &Error{Op: op, Code: GeneralEFailed, Reason: "events wait for the loops that read them, up to the limit", cause: ErrSlowConsumer}
	}
	c.lastTag++
	req.Tag = c.lastTag
	c.requests[req.Tag] = r
	c.waiting++
	return nil
}

func (c *Client) waited() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting--
	c.tellSettled()
}

// over is the error of what the end of the client has ended.
func (c *Client) over(op string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.overLocked(op)
}

// +checklocks:c.mu
func (c *Client) overLocked(op string) error {
	cause := c.err
	if cause == nil {
		cause = ErrClosed
	}
	e := &Error{Op: op, Reason: "the client is at its end", cause: errors.Join(ErrClosed, cause)}
	if of := (*Error)(nil); errors.As(cause, &of) {
		e.Code = of.Code
	}
	return e
}
