package engine_test

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/wire"
)

// A host is the world of an Engine, all by hand: network, server, application and clock. Tests read as scripts:
// what one side does, then what the other side was told.
//
// Every step goes through [host.step], which checks what holds without exception. To extend it, add a method
// that ends in step; to expect an event of a new kind, add it to [tell].
type host struct {
	t testing.TB
	*engine.Engine
	now    time.Time
	random float64 // for jitter; ½ means none

	conn    int             // the newest
	links   map[int]link    // by the numbers of connections
	dials   []time.Time     // when
	sent    []sent          // not yet looked at
	events  []engine.Event  // not yet looked at
	marks   uint64          // of the newest event
	handled func() uint64   // by default everything is handled at once
	status  []engine.State  // since the beginning
	logs    strings.Builder // every record a line

	over     bool // the Engine is Done
	tag      uint64
	requests map[uint64]engine.Op // by Tag
	outcomes map[uint64]int       // by Tag: how many

	ver   uint64 // of the personal list's newest entry, where pushNext is used
	ids   int
	lines int    // sessions that the server gave out
	line  string // the last of them
}

// link is how far a connection has come.
type link int

const (
	dialing link = iota
	open
	closed
)

// sent is a frame that the Engine sent.
type sent struct {
	wire.ClientFrame
	conn int
	at   time.Time
}

const (
	app  = "app"
	me   = "alice"
	peer = "bob"
	room = "room"
)

var start = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

func newHost(tb testing.TB) *host {
	tb.Helper()
	return newHostOf(tb, engine.Config{})
}

// newHostOf is newHost with what else there is in a Config.
func newHostOf(tb testing.TB, cfg engine.Config) *host {
	tb.Helper()
	h := &host{
		t: tb, now: start, random: 0.5, links: make(map[int]link),
		requests: make(map[uint64]engine.Op), outcomes: make(map[uint64]int),
	}
	h.handled = func() uint64 { return h.marks }
	cfg.Instance = "instance"
	cfg.NewID = func() string { h.ids++; return "id" + strconv.Itoa(h.ids) }
	cfg.Random = func() float64 { return h.random }
	h.Engine = engine.New(cfg, h)
	return h
}

// loggedIn returns a host whose Engine is logged in, with no personal messages waiting.
func loggedIn(tb testing.TB) *host {
	tb.Helper()
	h := newHost(tb)
	h.login()
	return h
}

// The world as the Engine calls it.

func (h *host) Dial(conn int) {
	require.Greater(h.t, conn, h.conn, "numbers of connections rise")
	require.False(h.t, h.over, "dial after the end")
	h.conn = conn
	h.links[conn] = dialing
	h.dials = append(h.dials, h.now)
}

func (h *host) Send(conn int, frame []byte) {
	require.Equal(h.t, open, h.links[conn], "sent %s on connection %d", frame, conn)
	require.LessOrEqual(h.t, len(frame), wire.MaxFrame)
	f, err := wire.ParseClientFrame(slices.Clone(frame))
	require.NoError(h.t, err, "%s", frame)
	h.sent = append(h.sent, sent{f, conn, h.now})
}

func (h *host) Hangup(conn int) {
	require.Contains(h.t, h.links, conn)
	h.links[conn] = closed
}

func (h *host) Status(s engine.State) {
	require.NotEqual(h.t, h.lastStatus(), s, "told twice")
	h.status = append(h.status, s)
}

func (h *host) lastStatus() engine.State {
	if len(h.status) == 0 {
		return engine.NotLogin
	}
	return h.status[len(h.status)-1]
}

func (h *host) Emit(ev engine.Event) {
	require.False(h.t, h.over, "event after the end: %s", tell(ev))
	if ev.Mark != 0 {
		require.Greater(h.t, ev.Mark, h.marks, "marks rise")
		h.marks = ev.Mark
	}
	if ev.Request != 0 {
		h.outcomes[ev.Request]++
		require.Contains(h.t, h.requests, ev.Request)
		require.Equal(h.t, 1, h.outcomes[ev.Request], "outcomes of one request, %s is the last", tell(ev))
		require.True(h.t, ev.Kind.Owed(), tell(ev))
	}
	if ev.Kind != engine.Done { // what no callback tells: counted, that is all
		h.events = append(h.events, ev)
	}
}

func (h *host) Handled() uint64 { return h.handled() }

func (h *host) Log(level slog.Level, msg string, args ...any) {
	fmt.Fprintln(&h.logs, append([]any{level, msg}, args...)...)
}

// step does one thing to the Engine and checks what holds after each.
func (h *host) step(do func()) {
	h.t.Helper()
	do()
	require.Equal(h.t, h.State(), h.lastStatus())
	if h.line != "" {
		require.NotContains(h.t, h.logs.String(), h.line, "the session's name is secret")
	}
	if h.over = h.Done(); h.over {
		require.Equal(h.t, engine.NotLogin, h.State())
	}
}

// The application.

func (h *host) doLogin(p engine.LoginParams) {
	h.t.Helper()
	h.step(func() { h.Login(h.now, p) })
}

// begin begins an ordinary login.
func (h *host) begin() {
	h.t.Helper()
	h.doLogin(engine.LoginParams{Method: "login", AppID: app, Account: me, Token: "token"})
}

func (h *host) logout() { h.t.Helper(); h.step(func() { h.Logout(h.now) }) }

func (h *host) destroy() { h.t.Helper(); h.step(func() { h.Destroy(h.now) }) }

// do makes a request and returns its Tag.
func (h *host) do(r engine.Request) uint64 {
	h.t.Helper()
	h.tag++
	r.Tag = h.tag
	h.requests[r.Tag] = r.Op
	r.Check()
	h.step(func() { h.Do(h.now, &r) })
	return r.Tag
}

// send sends an instant message whose text and ID are the same.
func (h *host) send(text string) {
	h.t.Helper()
	h.do(engine.Request{Op: engine.OpSend, Method: "messageInstantSend", Account: peer, Text: text, ID: text})
}

func (h *host) join(channel string) {
	h.t.Helper()
	h.do(engine.Request{Op: engine.OpJoin, Method: "channelJoin", Channel: channel})
}

func (h *host) leave(channel string) {
	h.t.Helper()
	h.do(engine.Request{Op: engine.OpLeave, Method: "channelLeave", Channel: channel})
}

// call does one of the things that are done about calls with peer in room.
func (h *host) call(op engine.Op, extra string) {
	h.t.Helper()
	methods := map[engine.Op]string{
		engine.OpInvite: "channelInviteUser2", engine.OpAccept: "channelInviteAccept",
		engine.OpRefuse: "channelInviteRefuse", engine.OpEnd: "channelInviteEnd",
	}
	h.do(engine.Request{Op: op, Method: methods[op], Channel: room, Account: peer, Extra: extra})
}

// Network and clock.

func (h *host) up() { h.t.Helper(); h.links[h.conn] = open; h.step(func() { h.Up(h.now, h.conn) }) }

// down breaks the newest connection, or has it fail to come up.
func (h *host) down() { h.t.Helper(); h.downOf(h.conn) }

func (h *host) downOf(conn int) {
	h.t.Helper()
	h.links[conn] = closed
	h.step(func() { h.Down(h.now, conn, errors.New("broken")) })
}

// advance lets time pass: the Engine is woken at exactly the times that it asks for.
func (h *host) advance(d time.Duration) {
	h.t.Helper()
	end := h.now.Add(d)
	for next := h.Next(); !next.IsZero() && !next.After(end); next = h.Next() {
		if next.After(h.now) {
			h.now = next
		}
		h.tick()
	}
	h.now = end
}

// tick wakes the Engine now. It may not ask to be woken again for the same.
func (h *host) tick() {
	h.t.Helper()
	h.step(func() { h.Tick(h.now) })
	if next := h.Next(); !next.IsZero() {
		require.True(h.t, next.After(h.now), "asks to be woken %v after now", next.Sub(h.now))
	}
}

// The server.

func (h *host) frame(frame []byte) { h.t.Helper(); h.frameOn(h.conn, frame) }

func (h *host) frameOn(conn int, frame []byte) {
	h.t.Helper()
	h.step(func() { h.Frame(h.now, conn, slices.Clone(frame)) })
}

// login logs in all the way.
func (h *host) login() {
	h.t.Helper()
	h.begin()
	h.up()
	h.take(wire.EventLogin)
	h.admit("")
	h.ok(h.called(wire.FnGetMsg), `"ver_clear":0,"msgs":[]`)
	h.flushEvents()
}

// admit answers a login well. more is what the answer has besides the usual.
func (h *host) admit(more string) {
	h.t.Helper()
	h.lines++
	h.line = "line" + strconv.Itoa(h.lines)
	h.loginRet(more)
}

// resume answers a line_login well.
func (h *host) resume(more string) {
	h.t.Helper()
	h.loginRet(strings.TrimSuffix(`"resumed":true,`+more, ","))
}

func (h *host) loginRet(more string) {
	h.t.Helper()
	ret := `{"result":"ok","uid":0,"line":"` + h.line + `","epoch":"epoch","conn_timeout":60`
	if more != "" {
		ret += "," + more // of a name that occurs twice the last one counts
	}
	h.frame(wire.AppendLoginRet(nil, "", []byte(ret+"}")))
}

// reconnect loses the connection and gets as far as the line_login.
func (h *host) reconnect() {
	h.t.Helper()
	h.down()
	h.up()
	h.take(wire.EventLineLogin)
	h.flushEvents()
}

// renew loses the session and gets a new one.
func (h *host) renew() {
	h.t.Helper()
	h.reconnect()
	h.refuse(wire.ReasonLineInvalid)
	h.take(wire.EventLogin)
	h.admit("")
}

// refuse answers a login or a line_login badly.
func (h *host) refuse(reason string) {
	h.t.Helper()
	h.frame(wire.AppendLoginRet(nil, reason, []byte(`{"result":"failed","reason":"`+reason+`"}`)))
}

// ok answers a call well; ret has members besides the result.
func (h *host) ok(c sent, ret string) {
	h.t.Helper()
	if ret != "" {
		ret = "," + ret
	}
	h.frameOn(c.conn, wire.AppendCallRet(nil, c.ID, []byte(`{"result":"ok"`+ret+`}`)))
}

func (h *host) fail(c sent, reason string, ecode int) {
	h.t.Helper()
	h.frameOn(c.conn, wire.AppendCallRet(nil, c.ID, wire.Failure(reason, ecode)))
}

// pushLine pushes an entry of the personal list.
func (h *host) pushLine(ver uint64, line string) {
	h.t.Helper()
	h.frame(wire.AppendRecvMsg(nil, ver, []byte(line)))
}

// push pushes an instant message of peer.
func (h *host) push(ver uint64, text string) { h.t.Helper(); h.pushLine(ver, instant(text)) }

// pushNext pushes the next entry of the personal list.
func (h *host) pushNext(line string) {
	h.t.Helper()
	h.ver++
	h.pushLine(h.ver, line)
}

// nextCall pushes an event of a call with peer in room.
func (h *host) nextCall(typ string, v wire.Voip) { h.t.Helper(); h.pushNext(callLine(typ, v)) }

func (h *host) channelEvent(channel string, msgID uint64, e wire.ChannelEvent) {
	h.t.Helper()
	e.Channel = channel
	l := wire.Line{Src: peer, Dst: channel, Flag: "-", Type: e.Type, Time: 1, Content: string(e.Append(nil))}
	h.frame(wire.AppendChannel(nil, channel, msgID, l.Append(nil)))
}

// say is a message in a channel.
func (h *host) say(channel string, msgID uint64, text string) {
	h.t.Helper()
	h.channelEvent(channel, msgID, wire.ChannelEvent{Type: wire.TypeChannelMsg, Account: peer, Msg: text})
}

// joined puts the user into a channel at event number 10, with members bob and alice.
func (h *host) joined(channel, attrs string) {
	h.t.Helper()
	h.join(channel)
	h.ok(h.called(wire.FnJoin), roomState(10, attrs, me, peer))
	h.flushEvents()
}

func roomState(msgID int, attrs string, accounts ...string) string {
	return fmt.Sprintf(`"msgid":%d,"list":%s,"attrs":{%s}`, msgID, wire.AppendMembers(nil, accounts), attrs)
}

func instant(text string) string {
	l := wire.Line{Src: peer, Dst: me, Flag: wire.Flag(time.Hour), Type: wire.TypeInstant, Time: 1, Content: text}
	return string(l.Append(nil))
}

func callLine(typ string, v wire.Voip) string {
	v.Channel, v.Peer = room, peer
	l := wire.Line{Src: peer, Dst: me, Flag: "-", Type: typ, Time: 1, Content: string(v.Append(nil))}
	return string(l.Append(nil))
}

// msgs is the answer to a poll: entries from version first on.
func msgs(first uint64, lines ...string) string {
	b := fmt.Appendf(nil, `"ver_clear":%d,"msgs":[`, first-1)
	for i, l := range lines {
		if i > 0 {
			b = append(b, ',')
		}
		b = wire.AppendVersioned(b, first+uint64(i), []byte(l))
	}
	return string(b) + "]"
}

// What the Engine did.

// take takes the next frame that was sent.
func (h *host) take(event string) sent {
	h.t.Helper()
	require.NotEmpty(h.t, h.sent, "want a frame %q", event)
	f := h.sent[0]
	h.sent = h.sent[1:]
	require.Equal(h.t, event, f.Event)
	return f
}

// called takes the next frame, a call of fn in the session of now.
func (h *host) called(fn string) sent {
	h.t.Helper()
	c := h.take(wire.EventCall)
	require.Equal(h.t, fn, c.Func)
	require.Equal(h.t, h.line, c.str("line"))
	return c
}

// silent says that no frame was sent that nobody looked at.
func (h *host) silent() {
	h.t.Helper()
	require.Empty(h.t, h.sent)
}

// skipBeats drops heartbeats that were sent.
func (h *host) skipBeats() {
	h.sent = slices.DeleteFunc(h.sent, func(s sent) bool { return s.Event == wire.EventPing || s.Event == wire.EventAck })
}

func (s sent) str(name string) string { return s.Args.Get(name).Text() }

func (s sent) int(name string) int64 {
	n, ok := s.Args.Get(name).Int()
	if !ok {
		return -1
	}
	return n
}

// expect says that exactly these events were told since it was asked last. An onError may be given without
// the end of its text.
func (h *host) expect(want ...string) {
	h.t.Helper()
	got := make([]string, 0, len(h.events))
	for i, ev := range h.events {
		s := tell(ev)
		if i < len(want) && ev.Kind == engine.Failure && strings.HasPrefix(s, want[i]) {
			s = want[i]
		}
		got = append(got, s)
	}
	h.events = nil
	require.Equal(h.t, append([]string{}, want...), got)
}

func (h *host) flushEvents() { h.events = nil }

// idle says that the Engine is logged out and waits for nothing.
func (h *host) idle() {
	h.t.Helper()
	assert.Equal(h.t, engine.NotLogin, h.State())
	assert.Zero(h.t, h.Next())
	for conn, l := range h.links {
		assert.Equal(h.t, closed, l, "connection %d", conn)
	}
}

// invited has a call of peer ring.
func (h *host) invited() {
	h.t.Helper()
	h.nextCall(wire.FnInvite, wire.Voip{Call: "c1"})
	h.ok(h.called(wire.FnInviteAck), `"call":"c1"`)
	h.flushEvents()
}

// ring invites peer, who acknowledges: the call with that name rings.
func (h *host) ring(call string) {
	h.t.Helper()
	h.call(engine.OpInvite, `{"n":"`+call+`"}`)
	h.ok(h.called(wire.FnInvite), `"call":"`+call+`"`)
	h.nextCall(wire.FnInviteAck, wire.Voip{Call: call})
	h.flushEvents()
}

// accepted has peer take up a call that rings.
func (h *host) accepted(call string) {
	h.t.Helper()
	h.ring(call)
	h.nextCall(wire.FnInviteAccept, wire.Voip{Call: call})
	h.flushEvents()
}
