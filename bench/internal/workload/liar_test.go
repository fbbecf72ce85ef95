package workload_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/bench/internal/peer"
	"github.com/agora-signal-go/signal/bench/internal/workload"
)

// liar is a contender without a network, which does something wrong with the tenth payload that it is given.
type liar struct {
	wrong func(c *liarClient, p []byte) (instead [][]byte)

	mu       sync.Mutex // of whatever a client does
	handlers map[int]peer.Handler
	members  []peer.Handler
	given    int
}

func (l *liar) contender() peer.Contender {
	return peer.Contender{Name: "liar", Acked: true, Echo: true,
		Serve: func() (peer.Server, error) { return l, nil },
		Dial: func(_ context.Context, _ string, user int, h peer.Handler) (peer.Client, error) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.handlers[user] = h
			return &liarClient{l, h}, nil
		},
	}
}

func (*liar) Addr() string { return "" }
func (*liar) Close()       {}

type liarClient struct {
	*liar
	h peer.Handler
}

// arriving returns what arrives when p is sent.
func (c *liarClient) arriving(p []byte) [][]byte {
	c.given++
	if c.given == 10 {
		return c.wrong(c, p)
	}
	return [][]byte{p}
}

func (*liarClient) Store(context.Context, [][]byte) error { return nil }

func (c *liarClient) Ask(lane, _ int, p []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, q := range c.arriving(p) {
		c.h.Answer(lane, q)
	}
}

func (c *liarClient) Send(lane, user int, p []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, q := range c.arriving(p) {
		c.handlers[user].Message(q)
	}
	c.h.Acked(lane)
}

func (c *liarClient) Join(context.Context, int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.members = append(c.members, c.h)
	return nil
}

// Publish does wrong to the last member alone.
func (c *liarClient) Publish(lane, _ int, p []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := len(c.members) - 1
	for _, m := range c.members[:last] {
		m.ChannelMessage(p)
	}
	for _, q := range c.arriving(p) {
		c.members[last].ChannelMessage(q)
	}
	c.h.Acked(lane)
}

func (*liarClient) Close() {}

func TestWhatIsWrongIsNoticed(t *testing.T) {
	wrongs := map[string]func(c *liarClient, p []byte) [][]byte{
		"lost":    func(*liarClient, []byte) [][]byte { return nil },
		"doubled": func(_ *liarClient, p []byte) [][]byte { return [][]byte{p, p} },
		"changed": func(_ *liarClient, p []byte) [][]byte {
			q := slices.Clone(p)
			q[len(q)-1]++
			return [][]byte{q}
		},
		"cut": func(_ *liarClient, p []byte) [][]byte { return [][]byte{p[:len(p)-1]} },
		"refused": func(c *liarClient, _ []byte) [][]byte {
			c.h.Failed(errors.New("refused"))
			return nil
		},
	}
	params := tiny()
	params.Patience = time.Second // which is what passes before something counts as lost
	for what, wrong := range wrongs {
		for _, name := range []string{workload.Request1, workload.Request64, workload.User64, workload.Fanout, workload.Rate} {
			t.Run(what+" "+name, func(t *testing.T) {
				t.Parallel()
				l := &liar{wrong: wrong, handlers: make(map[int]peer.Handler)}
				w, err := workload.New(name, l.contender(), "", params)
				require.NoError(t, err)
				defer w.Close()
				err = w.Setup(t.Context())
				if err == nil {
					_, err = w.Run(t.Context())
				}
				assert.ErrorContains(t, err, "liar: ")
			})
		}
	}
}
