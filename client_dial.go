package signal

import (
	"context"
	"math"
	"time"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/feed"
	"github.com/agora-signal-go/signal/internal/link"
)

// Dial logs in to the app as account, 1 to 128 bytes of printable UTF-8 without spaces, and returns the client when that
// is done. Without options it connects to [DefaultServer], without a token: see [WithServer], [WithToken] and
// [WithTokenSource].
//
// ctx bounds the login alone. While no server can be reached Dial tries again after 0.5, 1, 2, 4, 8, 8 … s, each give or
// take a fifth, until ctx ends, or for 30 s when ctx has no deadline; the error then says what went wrong last, with
// [LoginENet]. A refusal is final at once: an error with [LoginETokenWrong] or [LoginETokenExpired], which is
// [ErrUnauthorized], with [LoginEInvalidUser], or with [LoginEFailed] for an unknown app. An account that is logged in
// elsewhere is logged out there.
//
// Seed: createAgoraSDKInstance and login
func Dial(ctx context.Context, appID, account string, opts ...Option) (*Client, error) {
	if err := ctx.Err(); err != nil {
		return nil, &Error{Op: "dial", Reason: "not tried", cause: err}
	}
	c := newClient(ctx, appID, account, newOptions(opts))
	select {
	case <-c.up:
		return c, nil
	case <-c.done:
	case <-ctx.Done():
	}
	err := c.Err()
	if err == nil {
		err = c.unanswered(ctx.Err())
	}
	c.finish(err)
	c.ending.Wait()
	return nil, err
}

// unanswered is the error of a Dial whose context has ended.
func (c *Client) unanswered(why error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return &Error{Op: "dial", Code: LoginENet, Reason: c.why, cause: why}
}

// newClient returns a client that is logging in.
func newClient(ctx context.Context, appID, account string, o *options) *Client {
	c := &Client{
		appID: appID, account: account,
		up: make(chan struct{}), done: make(chan struct{}),
		requests: make(map[uint64]*request), calls: make(map[string]*Call),
	}
	c.meter = newMeter(appID, o)
	c.feed = feed.New(feed.Config[Event]{
		Events: o.queueEvents, Bytes: o.queueBytes,
		Size: eventSize,
		Room: func() { c.link.Room() },
		Gap:  gap,
		Now:  c.meter.clock(),
	})
	c.link = link.New(o.linkConfig(sink{c}, c.feed.Handled, o.logger, c.meter, true))
	c.meter.begin(c.link.State, c.feed.Waiting)
	c.meter.login(account)
	c.link.Login(engine.LoginParams{
		Method: "login", AppID: appID, Account: account, Token: o.token,
		RetryTime: loginTime(ctx), RetryCount: math.MaxInt,
		AskToken: o.source != nil, ReconnectFor: o.reconnect,
	})
	return c
}

// loginTime returns for how long Dial tries.
func loginTime(ctx context.Context) time.Duration {
	const byDefault = 30 * time.Second
	if end, ok := ctx.Deadline(); ok {
		return time.Until(end) + time.Second // the context itself ends it
	}
	return byDefault
}
