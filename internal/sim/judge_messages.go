package sim

import (
	"fmt"
	"strconv"

	"github.com/agora-signal-go/signal/internal/engine"
)

// message is one message of a user's. Its text is its name.
type message struct {
	text   string
	trace  string // that goes with it; "" for most
	from   *client
	to     string // an account or a channel
	number int    // among those of this sender to this account or channel
	state  messageState

	handled bool // by a handler that returned
	maybe   bool // the server has lost its memory: it may be lost, or sent again
}

type messageState int

const (
	underWay messageState = iota
	accepted              // its sender was told that the server has it
	refused
)

// messages judges what users send each other: each message is handed out once, and in the order of sending.
type messages struct {
	*world
	all    []*message
	byText map[string]*message
	sent   map[[2]string]int // from a client to an account or a channel
}

// heardMessages is what one client has heard.
type heardMessages struct {
	last map[[2]string]int // number of the newest from a client to an account or a channel
	seen map[*message]bool
}

func (ms *messages) next(c *client, to string) *message {
	pair := [2]string{c.String(), to}
	ms.sent[pair]++
	m := &message{from: c, to: to, number: ms.sent[pair], text: c.String() + " to " + to + " " + strconv.Itoa(ms.sent[pair])}
	if len(ms.all)%3 == 0 {
		m.trace = fmt.Sprintf("00-%032x-%016x-01", len(ms.all)+1, ms.sent[pair])
	}
	ms.all = append(ms.all, m)
	ms.byText[m.text] = m
	return m
}

// heard judges an instant message.
func (ms *messages) heard(v *view, ev *engine.Event) {
	m := ms.byText[ev.Text]
	switch {
	case m == nil:
		ms.fail("%s hears %s, which nobody sent", v.client, tell(ev))
		return
	case m.to != v.account || m.from.account != ev.Account:
		ms.fail("%s hears %s, which is for %s from %s", v.client, tell(ev), m.to, m.from)
	}
	v.messages.take(v, m, ev)
}

// take judges a message by those that the client has heard before.
func (h *heardMessages) take(v *view, m *message, ev *engine.Event) {
	if ev.Trace != m.trace {
		v.fail("%s hears %q with the trace %q, want %q", v.client, m.text, ev.Trace, m.trace)
	}
	if m.maybe { // before the server lost its memory, or after
		v.count("message around a loss of memory")
		h.seen[m] = true
		return
	}
	if h.seen[m] {
		v.fail("%s hears %q twice", v.client, m.text)
	}
	h.seen[m] = true
	pair := [2]string{m.from.String(), m.to}
	if m.number <= h.last[pair] {
		v.fail("%s hears %q after number %d", v.client, m.text, h.last[pair])
	}
	h.last[pair] = m.number
}

// handled is told when the handler of a message has returned: now the server may forget it.
func (ms *messages) handled(ev *engine.Event) {
	if m := ms.byText[ev.Text]; m != nil {
		m.handled = true
	}
}

// serverForgot: what the server had is gone, and what had no answer is sent again.
func (ms *messages) serverForgot() {
	for _, m := range ms.all {
		if m.state == underWay || !m.handled {
			m.maybe = true
		}
	}
}

// calm says that every message which the server has taken was handled.
func (ms *messages) calm() {
	for _, m := range ms.all {
		if !m.handled && m.state == accepted && !m.maybe && !ms.judge.rooms.isRoom(m.to) {
			ms.fail("%q was accepted and never handled", m.text)
		}
	}
}
