package centrifugal

import (
	"context"
	"fmt"
	"strconv"

	"github.com/centrifugal/centrifuge-go"

	"github.com/agora-signal-go/signal/bench/internal/peer"
)

type client struct {
	c *centrifuge.Client
	h peer.Handler
}

func dial(ctx context.Context, addr string, user int, h peer.Handler) (peer.Client, error) {
	c := centrifuge.NewJsonClient(addr, centrifuge.Config{Token: account(user)})
	done := make(chan error, 1)
	say := func(err error) {
		select {
		case done <- err:
		default:
			h.Failed(err)
		}
	}
	c.OnConnected(func(centrifuge.ConnectedEvent) { done <- nil })
	c.OnError(func(e centrifuge.ErrorEvent) { say(fmt.Errorf("centrifuge: %w", e.Error)) })
	c.OnConnecting(func(e centrifuge.ConnectingEvent) {
		if e.Code != 0 { // 0: Connect was called
			say(fmt.Errorf("centrifuge: connection lost: %d %s", e.Code, e.Reason))
		}
	})
	c.OnPublication(func(e centrifuge.ServerPublicationEvent) { h.Message(unquote(e.Data)) })
	err := c.Connect()
	if err == nil {
		select {
		case err = <-done:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return &client{c: c, h: h}, nil
}

func account(user int) string { return "user" + strconv.Itoa(user) }

func (*client) Store(context.Context, [][]byte) error { return nil }

func (c *client) Ask(lane, _ int, p []byte) {
	ret, err := c.c.RPC(context.Background(), "echo", quote(p))
	if err != nil {
		c.h.Failed(fmt.Errorf("centrifuge: rpc: %w", err))
		return
	}
	c.h.Answer(lane, unquote(ret.Data))
}

func (c *client) Send(lane, user int, p []byte) { c.publish(lane, personal(account(user)), p) }

func (c *client) Publish(lane, channel int, p []byte) { c.publish(lane, room(channel), p) }

func (c *client) publish(lane int, channel string, p []byte) {
	if _, err := c.c.Publish(context.Background(), channel, quote(p)); err != nil {
		c.h.Failed(fmt.Errorf("centrifuge: publish: %w", err))
		return
	}
	c.h.Acked(lane)
}

func (c *client) Join(ctx context.Context, channel int) error {
	sub, err := c.c.NewSubscription(room(channel))
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	sub.OnSubscribed(func(centrifuge.SubscribedEvent) { done <- nil })
	sub.OnError(func(e centrifuge.SubscriptionErrorEvent) { c.h.Failed(e.Error) })
	sub.OnPublication(func(e centrifuge.PublicationEvent) { c.h.ChannelMessage(unquote(e.Data)) })
	if err := sub.Subscribe(); err != nil {
		return err
	}
	select {
	case err = <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *client) Close() { c.c.Close() }

// quote makes a payload JSON, which it has to be here. Nothing in it needs escaping.
func quote(p []byte) []byte {
	q := make([]byte, 0, len(p)+2)
	return append(append(append(q, '"'), p...), '"')
}

func unquote(q []byte) []byte {
	if len(q) < 2 {
		return nil
	}
	return q[1 : len(q)-1]
}
