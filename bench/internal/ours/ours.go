// Package ours is this project: the server with its default options, save the rates that the workloads exceed, and
// clients by the public API with its callbacks.
package ours

import (
	"context"
	"strconv"
	"sync/atomic"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/bench/internal/peer"
	"github.com/agora-signal-go/signal/server"
)

const appID = "bench"

// New returns the contender.
func New() peer.Contender {
	return peer.Contender{Name: peer.Ours, Acked: true, Serve: serve, Dial: Dial}
}

type ourServer struct {
	srv *server.Server
	url string
}

// Limits are those that the workloads exceed: they send more than 60 messages a second, and as much more has to fit a
// user's list until he has acknowledged it.
func Limits() server.Limits {
	return server.Limits{UserMessagesPerSecond: -1, ChannelMessagesPerSecond: -1, CallsPerSecond: -1, Messages: 20_000}
}

// serve starts a server with the default options, save its Limits.
func serve() (peer.Server, error) {
	s := &ourServer{srv: server.New(server.WithLimits(Limits()))}
	var err error
	if s.url, err = s.srv.Listen("127.0.0.1:0"); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *ourServer) Addr() string { return s.url }

func (s *ourServer) Close() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()                // not a moment for goodbyes
	_ = s.srv.Shutdown(ctx) // says that there was none
}

// Client is a user of the public API.
type Client struct {
	signal.NopCallBack
	API *signal.API

	h       peer.Handler
	account string
	closing atomic.Bool
	ready   chan error // of what is under way: a login, a join, a query

	names []string // of the attributes that are stored

	lanes map[string]int // by the attribute's name: whose it is

	sent atomic.Int64 // messages so far

	// of the dispatcher goroutine
	acked   []int64 // the last message of each lane that was acknowledged
	scratch []byte
}

// Account is the name of a user.
func Account(user int) string { return "user" + strconv.Itoa(user) }

// Channel is the name of a channel.
func Channel(channel int) string { return "channel" + strconv.Itoa(channel) }

// Dial is the Contender's.
func Dial(ctx context.Context, addr string, user int, h peer.Handler) (peer.Client, error) {
	c := &Client{API: signal.New(appID, signal.WithServer(addr)), h: h, account: Account(user), ready: make(chan error, 1)}
	c.API.CallbackSet(c)
	c.API.Login(appID, c.account, signal.NoToken, 0, "")
	if err := c.wait(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (c *Client) wait(ctx context.Context) error {
	select {
	case err := <-c.ready:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Store sets one attribute per payload. An attribute that is set says nothing, so the last is asked for.
func (c *Client) Store(ctx context.Context, payloads [][]byte) error {
	names, lanes := make([]string, len(payloads)), make(map[string]int, len(payloads))
	for i, p := range payloads {
		lane, err := peer.Lane(p)
		if err != nil {
			return err
		}
		names[i] = "attribute" + strconv.Itoa(i)
		lanes[names[i]] = lane
		c.API.SetAttr(names[i], string(p))
	}
	c.API.GetUserAttr(c.account, names[len(names)-1])
	if err := c.wait(ctx); err != nil {
		return err
	}
	c.names, c.lanes = names, lanes
	return nil
}

// Ask asks for an attribute of the user. The name in the answer says which lane's it is.
func (c *Client) Ask(_, n int, _ []byte) { c.API.GetUserAttr(c.account, c.names[n]) }

// Send sends an instant message.
func (c *Client) Send(lane, user int, p []byte) {
	c.API.MessageInstantSend(Account(user), 0, string(p), c.nextID(lane))
}

// maxLanes is by how much the IDs of messages are above each other: what is between says the lane.
const maxLanes = 1000

func (c *Client) nextID(lane int) string {
	return strconv.FormatInt(c.sent.Add(1)*maxLanes+int64(lane), 10)
}

// Join joins a channel. So many come that members had better not be told of each other: user 0 sees to it.
func (c *Client) Join(ctx context.Context, channel int) error {
	if c.account == Account(0) {
		c.API.ChannelSetAttr(Channel(channel), "_userNotification", "0")
	}
	c.API.ChannelJoin(Channel(channel))
	return c.wait(ctx)
}

// Publish sends a message to the channel that the user is in.
func (c *Client) Publish(lane, channel int, p []byte) {
	c.API.MessageChannelSend(Channel(channel), string(p), c.nextID(lane))
}

// PublishForce sends a message to any channel.
func (c *Client) PublishForce(lane, channel int, p []byte) {
	c.API.MessageChannelSendForce(Channel(channel), string(p), c.nextID(lane))
}

// Close ends the client. What it is told from now on is no failure.
func (c *Client) Close() {
	c.closing.Store(true)
	c.API.Destroy()
}
