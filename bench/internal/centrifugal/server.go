// Package centrifugal is Centrifuge: its server library and centrifuge-go, with the JSON protocol. A message to a user
// is a publication, which is acknowledged, to the user's own channel; the server subscribes each user to it.
package centrifugal

import (
	"context"
	"strconv"
	"time"

	"github.com/centrifugal/centrifuge"

	"github.com/agora-signal-go/signal/bench/internal/peer"
)

// New returns the contender.
func New() peer.Contender {
	return peer.Contender{Name: "centrifuge", Acked: true, Sync: true, Echo: true, Serve: serve, Dial: dial}
}

func serve() (peer.Server, error) {
	node, err := centrifuge.New(centrifuge.Config{})
	if err != nil {
		return nil, err
	}
	node.OnConnecting(func(_ context.Context, e centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		return centrifuge.ConnectReply{
			Credentials:   &centrifuge.Credentials{UserID: e.Token},
			Subscriptions: map[string]centrifuge.SubscribeOptions{personal(e.Token): {}},
		}, nil
	})
	node.OnConnect(func(c *centrifuge.Client) {
		c.OnRPC(func(e centrifuge.RPCEvent, reply centrifuge.RPCCallback) {
			reply(centrifuge.RPCReply{Data: e.Data}, nil)
		})
		c.OnPublish(func(_ centrifuge.PublishEvent, reply centrifuge.PublishCallback) {
			reply(centrifuge.PublishReply{}, nil)
		})
		c.OnSubscribe(func(_ centrifuge.SubscribeEvent, reply centrifuge.SubscribeCallback) {
			reply(centrifuge.SubscribeReply{}, nil)
		})
	})
	if err := node.Run(); err != nil {
		return nil, err
	}
	return peer.ServeHTTP(centrifuge.NewWebsocketHandler(node, centrifuge.WebsocketConfig{}), func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = node.Shutdown(ctx) // the process ends
	})
}

func personal(account string) string { return "personal:" + account }

func room(channel int) string { return "room:" + strconv.Itoa(channel) }
