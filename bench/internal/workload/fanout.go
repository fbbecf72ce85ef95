package workload

import (
	"context"
	"sync/atomic"

	"github.com/agora-signal-go/signal/bench/internal/peer"
)

// joinsAtOnce is how many members come in at one time.
const joinsAtOnce = 16

// fanout is one channel in which one member speaks. A message is under way until the last member has it.
type fanout struct {
	*flows
	members int
	client  peer.Client // of member 0, who speaks
	buffers buffers
	missing []atomic.Int64 // members that have not got a message yet, by lane and place in the window
}

func newFanout(s *stage) *fanout {
	f := &fanout{flows: newFlows(s, s.params.MembersFlight, s.contender.Acked), members: s.params.Members}
	f.buffers = make(buffers, len(f.lanes))
	f.missing = make([]atomic.Int64, len(f.lanes)*f.lanes[0].window)
	for i := range f.missing {
		f.missing[i].Store(int64(f.members))
	}
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
	lane, seq, err := m.next.check(p)
	if err != nil {
		m.fail(err)
		return
	}
	m.delivered.Add(1)
	window := m.lanes[lane].window
	missing := &m.missing[lane*window+seq%window]
	if missing.Add(-1) == 0 {
		missing.Store(int64(m.members)) // before the place is taken by another message
		m.lanes[lane].receive()
	}
}

func (*member) Answer(int, []byte) {}
func (m *member) Acked(lane int)   { m.lanes[lane].ack() }
func (*member) Message([]byte)     {}
func (m *member) Failed(err error) { m.fail(err) }
