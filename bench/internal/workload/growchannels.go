package workload

import (
	"context"
	"errors"

	"github.com/agora-signal-go/signal/bench/internal/peer"
)

// forcer is a client that can speak in channels of which it is no member.
type forcer interface {
	PublishForce(lane, channel int, p []byte)
}

// growChannels is channels with one member each, and one user whose messages go round them all: each lane's round those
// that are its own, which are as many lanes apart as there are lanes.
type growChannels struct {
	*flows
	speaker forcer
	buffers buffers
}

func newGrowChannels(s *stage) *growChannels {
	g := &growChannels{flows: newFlows(s, min(s.params.InFlight, s.params.Grow), 1, s.contender.Acked)}
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
	if g.speaker, ok = c.(forcer); !ok {
		return errors.New("the contender cannot speak in channels of others")
	}
	err = g.each(setup, 1, g.params.Grow, g.params.ConnectsAtOnce, func(ctx context.Context, i int) error {
		c, err := g.dial(ctx, i, &lonely{growChannels: g, lane: (i - 1) % len(g.lanes), next: (i - 1) / len(g.lanes)})
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
	channel := lane + len(g.lanes)*(seq%g.own(lane))
	g.speaker.PublishForce(lane, channel, g.buffers.payload(lane, seq))
}

// own is how many channels are a lane's.
func (g *growChannels) own(lane int) int { return (g.params.Grow-lane-1)/len(g.lanes) + 1 }

// lonely is the only member of a channel.
type lonely struct {
	*growChannels
	lane, next int
}

func (l *lonely) ChannelMessage(p []byte) {
	if err := peer.Check(p, l.lane, l.next); err != nil {
		l.fail(err)
		return
	}
	l.next += l.own(l.lane)
	l.delivered.Add(1)
	l.happened(l.lane)
}

func (*lonely) Answer(int, []byte) {}
func (*lonely) Acked(int)          {}
func (*lonely) Message([]byte)     {}
func (l *lonely) Failed(err error) { l.fail(err) }
