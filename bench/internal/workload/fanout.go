package workload

import (
	"context"

	"github.com/agora-signal-go/signal/bench/internal/peer"
)

// joinsAtOnce is how many members come in at one time.
const joinsAtOnce = 16

// fanout is one channel in which one member speaks, by so many lanes. A message is over when the last member has it.
type fanout struct {
	*flows
	members int
	client  peer.Client // of member 0, who speaks
	buffers buffers
}

func newFanout(s *stage) *fanout {
	f := &fanout{flows: newFlows(s, s.params.MembersFlight, s.params.Members, s.contender.Acked), members: s.params.Members}
	f.buffers = make(buffers, len(f.lanes))
	return f
}

func (f *fanout) Setup(ctx context.Context) error {
	setup, cancel := f.within(ctx, 0)
	defer cancel()
	join := func(ctx context.Context, i int) error {
		c, err := f.dial(ctx, i, &member{fanout: f, next: make(order, len(f.lanes))})
		if err != nil {
			return err
		}
		if i == 0 {
			f.client = c
		}
		return c.Join(ctx, 0)
	}
	if err := join(setup, 0); err != nil {
		return err
	}
	if err := f.each(setup, 1, f.members-1, joinsAtOnce, join); err != nil {
		return err
	}
	_, _, err := f.run(ctx, f.params.Warm, f.publish)
	return err
}

func (f *fanout) Run(ctx context.Context) (Result, error) {
	perSecond, n, err := f.run(ctx, f.params.For, f.publish)
	return Result{Units: n * f.members, PerSecond: perSecond}, err
}

func (f *fanout) publish(lane, seq int) { f.client.Publish(lane, 0, f.buffers.payload(lane, seq)) }

// member hears the channel.
type member struct {
	*fanout
	next order
}

func (m *member) ChannelMessage(p []byte) {
	lane, err := m.next.check(p)
	if err != nil {
		m.fail(err)
		return
	}
	m.delivered.Add(1)
	m.happened(lane)
}

func (*member) Answer(int, []byte) {}
func (m *member) Acked(lane int)   { m.happened(lane) }
func (*member) Message([]byte)     {}
func (m *member) Failed(err error) { m.fail(err) }
