package workload

import (
	"context"
	"errors"

	"github.com/agora-signal-go/signal/bench/internal/peer"
)

// forcer is a client that can speak in channels of which it is no member.
type forcer interface {
	PublishForce(channel int, p []byte)
}

// growChannels is channels with one member each, and one user whose messages go round them all.
type growChannels struct {
	*flows
	speaker forcer
	buffers buffers
}

func newGrowChannels(s *stage) *growChannels {
	g := &growChannels{flows: newFlows(s, s.params.InFlight, s.contender.Acked)}
	g.buffers = make(buffers, len(g.lanes))
	return g
}

func (g *growChannels) Setup(ctx context.Context) error {
	setup, cancel := g.within(ctx, 0)
	defer cancel()
	c, err := g.dial(setup, g.params.Grow+1, &teller{g.flows})
	if err != nil {
		return err
	}
	var ok bool
	if g.speaker, ok = c.(forcer); !ok || len(g.lanes) != 1 {
		return errors.New("the contender cannot speak in channels of others")
	}
	err = g.each(setup, 1, g.params.Grow, g.params.ConnectsAtOnce, func(ctx context.Context, i int) error {
		c, err := g.dial(ctx, i, &lonely{growChannels: g, next: i - 1})
		if err != nil {
			return err
		}
		return c.Join(ctx, i-1)
	})
	if err != nil {
		return err
	}
	_, _, err = g.run(ctx, g.params.Warm, g.publish)
	return err
}

func (g *growChannels) Run(ctx context.Context) (Result, error) {
	perSecond, n, err := g.run(ctx, g.params.For, g.publish)
	return Result{Units: n, PerSecond: perSecond}, err
}

func (g *growChannels) publish(lane, seq int) {
	g.speaker.PublishForce(seq%g.params.Grow, g.buffers.payload(lane, seq))
}

// lonely is the only member of a channel.
type lonely struct {
	*growChannels
	next int
}

func (l *lonely) ChannelMessage(p []byte) {
	if err := peer.Check(p, 0, l.next); err != nil {
		l.fail(err)
		return
	}
	l.next += l.params.Grow
	l.delivered.Add(1)
	l.lanes[0].receive()
}

func (*lonely) Answer(int, []byte) {}
func (*lonely) Acked(int)          {}
func (*lonely) Message([]byte)     {}
func (l *lonely) Failed(err error) { l.fail(err) }
