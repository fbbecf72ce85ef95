package workload

import (
	"context"

	"github.com/agora-signal-go/signal/bench/internal/peer"
)

// Who sends to whom, where there are two users only.
const (
	sender   = 0
	receiver = 1
)

// messages is one user who sends to another, by so many lanes.
type messages struct {
	*flows
	from, to int
	client   peer.Client // the sender's
	buffers  buffers
}

func newMessages(s *stage, from, to int) *messages {
	m := &messages{flows: newFlows(s, s.params.InFlight, 1, s.contender.Acked), from: from, to: to}
	m.buffers = make(buffers, len(m.lanes))
	return m
}

func (m *messages) Setup(ctx context.Context) error {
	setup, cancel := m.within(ctx, 0)
	defer cancel()
	_, err := m.dial(setup, m.to, &hearer{flows: m.flows, next: make(order, len(m.lanes))})
	if err != nil {
		return err
	}
	if m.client, err = m.dial(setup, m.from, &teller{m.flows}); err != nil {
		return err
	}
	_, _, err = m.run(ctx, m.params.Warm, m.send)
	return err
}

func (m *messages) Run(ctx context.Context) (Result, error) {
	perSecond, n, err := m.run(ctx, m.params.For, m.send)
	return Result{Units: n, PerSecond: perSecond}, err
}

func (m *messages) send(lane, seq int) { m.client.Send(lane, m.to, m.buffers.payload(lane, seq)) }

// teller hears acknowledgements.
type teller struct{ *flows }

func (*teller) Answer(int, []byte)    {}
func (t *teller) Acked(lane int)      { t.happened(lane) }
func (*teller) Message([]byte)        {}
func (*teller) ChannelMessage([]byte) {}
func (t *teller) Failed(err error)    { t.fail(err) }

// hearer hears messages.
type hearer struct {
	*flows
	next order
}

func (h *hearer) Message(p []byte) {
	lane, err := h.next.check(p)
	if err != nil {
		h.fail(err)
		return
	}
	h.delivered.Add(1)
	h.happened(lane)
}

func (*hearer) Answer(int, []byte)    {}
func (*hearer) Acked(int)             {}
func (*hearer) ChannelMessage([]byte) {}
func (h *hearer) Failed(err error)    { h.fail(err) }
