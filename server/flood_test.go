package server_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

// Many users on many shards talk in one channel and to each other: everyone sees every event once and in order.
func TestManyShards(t *testing.T) {
	t.Parallel()
	const users, each = 12, 16 // what a channel takes in a second
	srv := signaltest.NewServer(t, server.WithShards(5))
	clients := make([]*client, users)
	for i := range clients {
		c := login(t, srv, fmt.Sprintf("user%d", i))
		clients[i] = c
		require.Equal(t, "ok", c.ask(wire.FnJoin, map[string]any{"name": "room"}).Ret.Get("result").Text())
	}
	var wg sync.WaitGroup
	for i, c := range clients {
		wg.Go(func() {
			for n := range each {
				c.call++
				c.send(fmt.Sprintf(`["call2",["channel_sendmsg",%d,{"line":%q,"name":"room","msg":"%d.%d"}]]`, c.call, c.line, i, n))
			}
			c.expectAll(users, each)
		})
	}
	wg.Wait()
}

// expectAll reads until each of the users has been heard each times, and checks the order.
func (c *client) expectAll(users, each int) {
	heard := make([]int, users)
	last := uint64(0)
	for total := 0; total < users*each; {
		f := c.frame()
		if f.Event != wire.EventNotify || f.Kind != wire.NotifyChannel {
			continue
		}
		if !assert.Greater(c.t, f.Ver, last) {
			return
		}
		last = f.Ver
		line, ok := wire.ParseLine(f.Line)
		if !assert.True(c.t, ok) || line.Type != wire.TypeChannelMsg {
			continue
		}
		e, _ := wire.ParseChannelEvent(line.Type, line.Content)
		var user, n int
		_, err := fmt.Sscanf(e.Msg, "%d.%d", &user, &n)
		if !assert.NoError(c.t, err) || !assert.Equal(c.t, heard[user], n) {
			return
		}
		heard[user]++
		total++
	}
}

// A peer that sends for all it is worth and reads nothing is thrown out; the others go on.
func TestFlood(t *testing.T) {
	t.Parallel()
	srv := signaltest.NewPipeServer(t)
	bystander := login(t, srv, "bystander")
	for name, frame := range map[string]string{
		"pings": `["ping",1234567890]`,
		"calls": `["call2",["nosuch",1,{"line":"wrong"}]]`,
	} {
		c := login(t, srv, name)
		var err error
		sent := 0
		for ; err == nil; sent++ {
			err = c.ws.WriteMessage(websocket.TextMessage, []byte(frame))
			if sent%20_000 == 0 { // seldom enough for the rate of calls
				bystander.works()
			}
		}
		assert.Greater(t, sent, 1000)
		bystander.works()
	}
}
