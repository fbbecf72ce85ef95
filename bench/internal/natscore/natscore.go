// Package natscore is NATS: nats-server with default options, and nats.go over TCP. Messages are core publications,
// which nobody acknowledges; requests go to a responder that is a client of its own in the server's process.
package natscore

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/agora-signal-go/signal/bench/internal/peer"
)

const (
	echoSubject = "bench.echo"
	patience    = 20 * time.Second
)

// New returns the contender.
func New() peer.Contender {
	return peer.Contender{Name: "nats", Echo: true, Serve: serve, Dial: dial}
}

type natsServer struct {
	srv       *server.Server
	responder *nats.Conn
}

func serve() (peer.Server, error) {
	srv, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true})
	if err != nil {
		return nil, err
	}
	srv.Start()
	if !srv.ReadyForConnections(patience) {
		srv.Shutdown()
		return nil, fmt.Errorf("nats-server not ready after %v", patience)
	}
	s := &natsServer{srv: srv}
	if s.responder, err = nats.Connect(srv.ClientURL()); err != nil {
		srv.Shutdown()
		return nil, err
	}
	_, err = s.responder.Subscribe(echoSubject, func(m *nats.Msg) { _ = m.Respond(m.Data) }) // fails when all ends
	if err == nil {
		err = s.responder.Flush()
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *natsServer) Addr() string { return s.srv.ClientURL() }

func (s *natsServer) Close() {
	s.responder.Close()
	s.srv.Shutdown()
	s.srv.WaitForShutdown()
}

type client struct {
	nc      *nats.Conn
	h       peer.Handler
	inbox   string
	closing chan struct{}
}

// dial connects; to be subscribed to a subject of one's own is what logging in is here.
func dial(_ context.Context, addr string, user int, h peer.Handler) (peer.Client, error) {
	c := &client{h: h, inbox: nats.NewInbox(), closing: make(chan struct{})}
	var err error
	c.nc, err = nats.Connect(addr, nats.Timeout(patience),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			select {
			case <-c.closing:
			default:
				h.Failed(fmt.Errorf("nats: disconnected: %w", err))
			}
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { h.Failed(fmt.Errorf("nats: %w", err)) }),
	)
	if err != nil {
		return nil, err
	}
	if _, err = c.nc.Subscribe(userSubject(user), func(m *nats.Msg) { h.Message(m.Data) }); err == nil {
		err = c.nc.Flush()
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func userSubject(user int) string { return "user." + strconv.Itoa(user) }

func channelSubject(channel int) string { return "channel." + strconv.Itoa(channel) }

// Store makes the client ready for answers, which come to a subject that ends with the lane.
func (c *client) Store(ctx context.Context, _ [][]byte) error {
	_, err := c.nc.Subscribe(c.inbox+".*", func(m *nats.Msg) {
		lane, err := strconv.Atoi(m.Subject[len(c.inbox)+1:])
		if err != nil {
			c.tell(fmt.Errorf("answer to %s: %w", m.Subject, err))
			return
		}
		c.h.Answer(lane, m.Data)
	})
	if err != nil {
		return err
	}
	return c.nc.FlushWithContext(ctx)
}

func (c *client) Ask(lane, _ int, p []byte) {
	c.tell(c.nc.PublishRequest(echoSubject, c.inbox+"."+strconv.Itoa(lane), p))
}

func (c *client) Send(_, user int, p []byte) { c.tell(c.nc.Publish(userSubject(user), p)) }

func (c *client) Join(ctx context.Context, channel int) error {
	if _, err := c.nc.Subscribe(channelSubject(channel), func(m *nats.Msg) { c.h.ChannelMessage(m.Data) }); err != nil {
		return err
	}
	return c.nc.FlushWithContext(ctx)
}

func (c *client) Publish(_, channel int, p []byte) { c.tell(c.nc.Publish(channelSubject(channel), p)) }

func (c *client) tell(err error) {
	if err != nil {
		c.h.Failed(fmt.Errorf("nats: %w", err))
	}
}

func (c *client) Close() {
	close(c.closing)
	c.nc.Close()
}
