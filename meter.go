package signal

import (
	"context"
	"sync"
	"time"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/observe"
)

// A meter tells those of WithMetrics and WithTracing what one client does. A client that nobody watches has none.
type meter struct {
	metrics observe.Metrics
	tracing observe.Tracing
	appID   string
	start   time.Time // what Event.Came counts from

	mu sync.Mutex
	// +checklocks:mu
	account string // of the login
	// +checklocks:mu
	loginAt time.Time
	// +checklocks:mu
	lostAt time.Time
	// +checklocks:mu
	tries int // to have the connection back
	// +checklocks:mu
	lastTag uint64
	// +checklocks:mu
	asked map[uint64]asked // requests without an outcome, by tag
	// +checklocks:mu
	paused bool
	// +checklocks:mu
	end func() // of Metrics.Begin
}

// asked is a request on its way.
type asked struct {
	op   string
	at   time.Time
	done func(observe.Request) // of Tracing.Send, or nil
}

// newMeter returns nil when nobody watches.
func newMeter(appID string, o *options) *meter {
	if o.metrics == nil && o.tracing == nil {
		return nil
	}
	m := &meter{appID: appID, start: time.Now(), asked: make(map[uint64]asked)}
	if o.metrics != nil {
		m.metrics = *o.metrics
	}
	if o.tracing != nil {
		m.tracing = *o.tracing
	}
	return m
}

// begin tells that there is a client. waiting tells what waits for its handlers or loops, state how its login is.
func (m *meter) begin(state func() engine.State, waiting func() (events int, bytes int64)) {
	if m == nil || m.metrics.Begin == nil {
		return
	}
	end := m.metrics.Begin(func() observe.Gauges {
		g := observe.Gauges{State: stateOf(state())}
		g.Events, g.Bytes = waiting()
		m.mu.Lock()
		defer m.mu.Unlock()
		g.Requests, g.Paused = len(m.asked), m.paused
		return g
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	m.end = end
}

// close tells that the client is at its end. Requests that still have no outcome have failed by that.
func (m *meter) close() {
	if m == nil {
		return
	}
	m.mu.Lock()
	left, end := m.asked, m.end
	m.asked, m.end = make(map[uint64]asked), nil
	m.mu.Unlock()
	for _, a := range left {
		m.answered(a, GeneralEFailed, time.Now())
	}
	if end != nil {
		end()
	}
}

// login notes a login that begins.
func (m *meter) login(account string) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.loginAt.IsZero() {
		m.loginAt, m.account = time.Now(), account
	}
}

// ask notes a request that is about to be made, and gives it its trace, and a tag if it has none.
func (m *meter) ask(ctx context.Context, req *engine.Request) {
	if m == nil {
		return
	}
	a := asked{op: opName(req), at: time.Now()}
	if m.tracing.Send != nil {
		s := observe.Send{
			AppID: m.appID, Account: m.user(), Op: a.op, To: req.Account, Channel: req.Channel, Bytes: len(req.Text) + len(req.Extra),
		}
		if req.Op == engine.OpInvoke {
			s.Func = req.Name
		}
		req.Trace, a.done = m.tracing.Send(ctx, s)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if req.Tag == 0 {
		m.lastTag++
		req.Tag = m.lastTag
	}
	m.asked[req.Tag] = a
}

func (m *meter) user() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.account
}

// took sees what the engine tells, before anybody else does, and notes when that was.
func (m *meter) took(events []engine.Event) {
	now := time.Now()
	for i := range events {
		ev := &events[i]
		ev.Came = now.Sub(m.start)
		if ev.Request != 0 {
			m.outcome(ev, now)
		}
		switch ev.Kind {
		case engine.LoginSuccess, engine.LoginFailed, engine.ConnectionLost, engine.ReconnectTry, engine.Reconnected:
			m.connection(ev, now)
		case engine.Failure:
			if ev.Name == gapName && m.metrics.Gap != nil {
				m.metrics.Gap(observe.Gap{})
			}
		default:
			if kind := kindOf(ev.Kind); m.metrics.Received != nil && fromOthers(kind) {
				m.metrics.Received(observe.Received{Kind: kind, Bytes: len(ev.Text) + len(ev.Extra)})
			}
		}
	}
}

// outcome tells what became of a request.
func (m *meter) outcome(ev *engine.Event, now time.Time) {
	m.mu.Lock()
	a, known := m.asked[ev.Request]
	delete(m.asked, ev.Request)
	m.mu.Unlock()
	if known {
		m.answered(a, outcomeCode(ev), now)
	}
}

func (m *meter) answered(a asked, code Code, now time.Time) {
	r := observe.Request{Op: a.op, Code: int(code), Took: now.Sub(a.at)}
	if a.done != nil {
		a.done(r)
	}
	if m.metrics.Request != nil {
		m.metrics.Request(r)
	}
}

// connection follows what becomes of the connection.
func (m *meter) connection(ev *engine.Event, now time.Time) {
	m.mu.Lock()
	since, tries := m.loginAt, m.tries
	switch ev.Kind {
	case engine.LoginSuccess, engine.LoginFailed:
		m.loginAt = time.Time{}
	case engine.ConnectionLost:
		m.lostAt, m.tries = now, 0
	case engine.ReconnectTry:
		m.tries++
	case engine.Reconnected:
		since = m.lostAt
	}
	m.mu.Unlock()
	switch {
	case ev.Kind == engine.ConnectionLost && m.metrics.Lost != nil:
		m.metrics.Lost(observe.Lost{Reason: ev.Text})
	case ev.Kind == engine.Reconnected && m.metrics.Reconnect != nil:
		m.metrics.Reconnect(observe.Reconnect{Tries: tries, Away: now.Sub(since)})
	case (ev.Kind == engine.LoginSuccess || ev.Kind == engine.LoginFailed) && m.metrics.Login != nil:
		m.metrics.Login(observe.Login{Code: ev.Code, Took: now.Sub(since)})
	}
}

// handling tells that something is about to be handled that came when it says. done is to be called when that is over, and
// into puts the handler's span into a context, if it is not nil.
func (m *meter) handling(h observe.Handle, came time.Duration) (into func(context.Context) context.Context, done func()) {
	var traced func()
	if m.tracing.Handle != nil && (h.Kind == observe.Message || h.Kind == observe.ChannelMessage || h.Kind == observe.Call || h.Trace != "") {
		h.AppID, h.Account = m.appID, m.user()
		into, traced = m.tracing.Handle(h)
	}
	begun := time.Now()
	return into, func() {
		if traced != nil {
			traced()
		}
		if m.metrics.Handled != nil {
			m.metrics.Handled(observe.Handled{Kind: h.Kind, Waited: begun.Sub(m.start) - came, Took: time.Since(begun)})
		}
	}
}

// Dialed implements link.Observer, as the following do.
func (m *meter) Dialed(took time.Duration, err error) {
	if m.metrics.Dial != nil {
		m.metrics.Dial(observe.Dial{Took: took, Err: err})
	}
}

// Status is told of each change of the login's state.
func (m *meter) Status(from, to engine.State) {
	if m.metrics.State != nil {
		m.metrics.State(stateOf(from), stateOf(to))
	}
}

// Paused is told when nothing is read any more, and when it is again.
func (m *meter) Paused(paused bool) {
	m.mu.Lock()
	m.paused = paused
	m.mu.Unlock()
	if m.metrics.Paused != nil {
		m.metrics.Paused(paused)
	}
}

// FrameIn is told of each frame that comes.
func (m *meter) FrameIn(bytes int) {
	if m.metrics.FrameIn != nil {
		m.metrics.FrameIn(bytes)
	}
}

// FrameOut is told of each frame that goes.
func (m *meter) FrameOut(bytes int) {
	if m.metrics.FrameOut != nil {
		m.metrics.FrameOut(bytes)
	}
}
