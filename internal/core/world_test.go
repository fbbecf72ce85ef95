package core_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

const (
	app    = "app"
	python = "python" // a device that is only told of messages
)

// A world drives some Cores with a clock of its own. Messages between them arrive in order per pair;
// which pair comes next is drawn, when rnd is set.
type world struct {
	t       *testing.T
	cores   []*core.Core
	now     time.Time
	start   time.Time
	queues  map[[2]int][]*core.Message
	pairs   [][2]int // of queues that are not empty, in the order in which they came to be so
	inside  int
	held    bool // messages between Cores stay where they are
	rnd     *rand.Rand
	twin    *twin // nil: none
	ids     int
	sockets uint64
	extCall []core.ExtCall
}

func newWorld(t *testing.T, k int, limits core.Limits) *world {
	t.Helper()
	return newWorldOf(t, k, core.Config{Limits: limits})
}

// newWorldOf returns a world of Cores with what cfg says besides the functions that a world has of its own.
func newWorldOf(t *testing.T, k int, cfg core.Config) *world {
	t.Helper()
	w := &world{t: t, now: time.Unix(1_700_000_000, 0), queues: map[[2]int][]*core.Message{}}
	w.start = w.now
	cfg.Cores = k
	cfg.NewID = w.newID
	cfg.Post = w.post
	cfg.ExtCall = func(x core.ExtCall) {
		w.extCall = append(w.extCall, x)
		if w.twin != nil {
			w.twin.want.add("%+v", x)
		}
	}
	cfg.Observe = w.observe(cfg.Observe)
	for i := range k {
		w.cores = append(w.cores, core.New(cfg, i))
	}
	return w
}

// observe returns who notes what is observed, besides whoever a test has for it.
func (w *world) observe(also func(core.Event)) func(core.Event) {
	return func(e core.Event) {
		if also != nil {
			also(e)
		}
		if w.twin != nil {
			w.twin.want.event(e)
		}
	}
}

func (w *world) newID() string {
	w.ids++
	id := "id" + strconv.Itoa(w.ids)
	if w.twin != nil {
		w.twin.ids = append(w.twin.ids, id)
	}
	return id
}

// each runs a test on one Core and on three.
func each(t *testing.T, test func(w *world)) {
	t.Helper()
	eachWith(t, core.Limits{}, test)
}

func eachWith(t *testing.T, limits core.Limits, test func(w *world)) {
	t.Helper()
	eachOf(t, core.Config{Limits: limits}, test)
}

func eachOf(t *testing.T, cfg core.Config, test func(w *world)) {
	t.Helper()
	for _, k := range []int{1, 3} {
		t.Run(fmt.Sprintf("cores=%d", k), func(t *testing.T) { test(newWorldOf(t, k, cfg)) })
	}
}

func (w *world) post(to int, m *core.Message) {
	require.NotEqual(w.t, w.inside, to, "a message to oneself must not leave the Core")
	if w.twin != nil {
		w.twin.want.post(to, m)
	}
	pair := [2]int{w.inside, to}
	if len(w.queues[pair]) == 0 {
		w.pairs = append(w.pairs, pair)
	}
	w.queues[pair] = append(w.queues[pair], m)
}

func (w *world) step(i int, in core.Input) {
	w.happen(i, in)
	if !w.held {
		w.deliver()
	}
}

// happen lets one input happen, nil when it is only time that passes.
func (w *world) happen(i int, in core.Input) {
	w.inside = i
	switch {
	case w.twin != nil:
		w.twin.happen(i, in)
	case in == nil:
		w.cores[i].Tick(w.now)
	default:
		w.cores[i].Step(w.now, in)
	}
}

func (w *world) deliver() {
	w.held = false
	for len(w.pairs) > 0 {
		n := 0
		if w.rnd != nil {
			n = w.rnd.IntN(len(w.pairs))
		}
		pair := w.pairs[n]
		m := w.queues[pair][0]
		w.queues[pair] = w.queues[pair][1:]
		w.pairs = append(w.pairs[:n], w.pairs[n+1:]...)
		if len(w.queues[pair]) > 0 {
			w.pairs = append(w.pairs, pair)
		}
		w.happen(pair[1], m)
	}
}

// at lets time pass until d after the start, deadline by deadline.
func (w *world) at(d time.Duration) {
	end := w.start.Add(d)
	for {
		next, which := end, -1
		for i, c := range w.cores {
			if at, ok := c.Next(); ok && !at.After(next) && (which < 0 || at.Before(next)) {
				next, which = at, i
			}
		}
		if which < 0 {
			w.now = end
			return
		}
		if next.After(w.now) {
			w.now = next
		}
		w.happen(which, nil)
		w.deliver()
	}
}

func (w *world) wait(d time.Duration) { w.at(w.now.Sub(w.start) + d) }

func (w *world) accounts() (n int) {
	for _, c := range w.cores {
		n += c.Accounts()
	}
	return n
}

func (w *world) channels() (n int) {
	for _, c := range w.cores {
		n += c.Channels()
	}
	return n
}

func (w *world) sessions() (n int) {
	for _, c := range w.cores {
		n += c.Sessions()
	}
	return n
}

// A socket records what it is sent.
type socket struct {
	frames []wire.ServerFrame
	byID   []string // the pushes by id
	sizes  []int
	closed int
	hold   *[][]byte // where the frames themselves are held on to; nil: nowhere
}

func (s *socket) Send(frame []byte) {
	if s.closed != 0 {
		panic("frame after close: " + string(frame))
	}
	f, err := wire.ParseServerFrame(append([]byte(nil), frame...))
	if err != nil {
		f.Event = string(frame) // an answer to a call whose number is no integer
	}
	if s.hold != nil {
		*s.hold = append(*s.hold, frame)
	}
	s.frames, s.sizes = append(s.frames, f), append(s.sizes, len(frame))
	if f.Kind == wire.NotifyRecvByID {
		s.byID = append(s.byID, string(frame))
	}
}

func (s *socket) Close(code int) { s.closed = code }

// A client is one socket of one account.
type client struct {
	w       *world
	account string
	core    int
	line    string
	ret     wire.Value // of the login
	peer    *core.Peer
	*socket
	seen int // frames that were taken
	id   int
	told bool // the closing was taken
}

func (w *world) login(account, device string) *client {
	w.t.Helper()
	c, ok := w.tryLogin(wire.Login{AppID: app, Account: account, Device: device})
	require.True(w.t, ok)
	return c
}

func (w *world) socketFor(account string) *client {
	c := &client{w: w, account: account, socket: &socket{}}
	w.sockets++
	id := core.PeerID{Node: 1, Socket: w.sockets}
	if c.peer = core.NewNamedPeer(c.socket, id); w.twin != nil {
		c.peer = core.NewNamedPeer(&tap{&w.twin.want, id, c.socket}, id)
	}
	return c
}

func (w *world) tryLogin(l wire.Login) (*client, bool) {
	w.t.Helper()
	c := w.socketFor(l.Account)
	ok := c.login(l)
	return c, ok
}

func (c *client) login(l wire.Login) (ok bool) {
	c.core = core.Owner(l.AppID, l.Account, len(c.w.cores))
	decided := 0
	c.w.step(c.core, core.Login{Peer: c.peer, Login: l, Done: func(o bool) { ok = o; decided++ }})
	require.Equal(c.w.t, 1, decided)
	c.takeLogin(ok)
	return ok
}

func (c *client) takeLogin(ok bool) {
	f := c.frames[c.seen]
	c.seen++
	require.Equal(c.w.t, wire.EventLoginRet, f.Event)
	require.Equal(c.w.t, ok, f.Err == "")
	c.ret = f.Ret
	if ok {
		c.line = f.Ret.Get("line").Text()
		require.Equal(c.w.t, "ok", f.Ret.Get("result").Text())
	} else {
		require.Equal(c.w.t, f.Err, f.Ret.Get("reason").Text())
	}
}

// resume goes on with c's session on a new socket.
func (c *client) resume(l wire.LineLogin) (*client, bool) {
	c.w.t.Helper()
	n := c.w.socketFor(c.account)
	l.Line = c.line
	decided, ok := 0, false
	index, isLine := core.LineOwner(l.Line, len(c.w.cores))
	require.True(c.w.t, isLine)
	n.core = index
	c.w.step(index, core.LineLogin{Peer: n.peer, Line: l, Done: func(a string) { ok = a != ""; decided++ }})
	require.Equal(c.w.t, 1, decided)
	n.id = c.id
	n.takeLogin(ok)
	return n, ok
}

func (c *client) down() { c.w.step(c.core, core.Down{Peer: c.peer}) }

func (c *client) ack(id int) { c.w.step(c.core, core.Ack{Peer: c.peer, ID: int64(id)}) }

// args builds the object of a call: names and values in turn, a value that begins with = is JSON as it stands.
func (c *client) args(kv ...string) string {
	o := wire.NewObject(nil)
	for i := 0; i < len(kv); i += 2 {
		if raw, isRaw := strings.CutPrefix(kv[i+1], "="); isRaw {
			o.Raw(kv[i], []byte(raw))
		} else {
			o.Str(kv[i], kv[i+1])
		}
	}
	return string(o.Str("line", c.line).Bytes())
}

// post makes a call and does not look at the answer.
func (c *client) post(fn string, kv ...string) (id int) {
	c.id++
	c.postAs(c.id, fn, kv...)
	return c.id
}

func (c *client) postAs(id int, fn string, kv ...string) { c.raw(strconv.Itoa(id), fn, c.args(kv...)) }

func (c *client) raw(id, fn, args string) {
	c.w.t.Helper()
	buf := []byte(fmt.Sprintf(`["call2",[%q,%s,%s]]`, fn, id, args))
	f, err := wire.ParseClientFrame(buf)
	require.NoError(c.w.t, err)
	c.w.step(c.core, core.Call{Peer: c.peer, Frame: f})
	for i := range buf {
		buf[i] = '!' // nobody may hold on to the frame
	}
}

// call makes a call and returns the object that answers it.
func (c *client) call(fn string, kv ...string) wire.Value {
	c.w.t.Helper()
	return c.answer(c.post(fn, kv...))
}

// answer returns the one answer to a call among the frames that were not taken yet, and takes it out.
func (c *client) answer(id int) wire.Value {
	c.w.t.Helper()
	var ret wire.Value
	rest := c.frames[:c.seen:c.seen]
	for _, f := range c.frames[c.seen:] {
		if f.Event == wire.EventCallRet && f.N == int64(id) {
			require.Nil(c.w.t, ret, "answered twice")
			ret = f.Ret
			continue
		}
		rest = append(rest, f)
	}
	require.NotNil(c.w.t, ret, "not answered")
	c.frames = rest
	return ret
}

// code makes a call and returns the code of its failure, 0 for success.
func (c *client) code(fn string, kv ...string) int {
	c.w.t.Helper()
	return codeOf(c.call(fn, kv...))
}

func codeOf(ret wire.Value) int {
	if ret.Get("result").Text() == "ok" {
		return 0
	}
	n, _ := ret.Get("ecode").Int()
	return int(n)
}

func (c *client) ok(fn string, kv ...string) wire.Value {
	c.w.t.Helper()
	ret := c.call(fn, kv...)
	require.Equal(c.w.t, "ok", ret.Get("result").Text(), "%s", ret)
	return ret
}

// take returns in short what came since the last time.
func (c *client) take() (out []string) {
	for _, f := range c.frames[c.seen:] {
		out = append(out, short(f))
	}
	c.seen = len(c.frames)
	if c.closed != 0 && !c.told {
		c.told = true
		out = append(out, "closed "+strconv.Itoa(c.closed))
	}
	return out
}

func short(f wire.ServerFrame) string {
	switch f.Event {
	case wire.EventCallRet:
		return fmt.Sprintf("ret %d %d", f.N, codeOf(f.Ret))
	case wire.EventLoginRet:
		return "login " + f.Err
	case wire.EventClose:
		return "close " + f.Reason
	case wire.EventNotify:
	default:
		return f.Event
	}
	switch f.Kind {
	case wire.NotifyMsg:
		return fmt.Sprintf("msg %d", f.Ver)
	case wire.NotifyRecvByID:
		return "by id"
	case wire.NotifyKicked:
		return "kicked from " + f.Name
	case wire.NotifyRecvMsg:
		return fmt.Sprintf("#%d %s", f.Ver, shortLine(f.Line))
	}
	l, _ := wire.ParseLine(f.Line)
	e, _ := wire.ParseChannelEvent(l.Type, l.Content)
	if e.Account == "" {
		e.Account = wire.NoSender
	}
	if l.Dst != f.Name || e.Channel != f.Name || e.Account != l.Src {
		panic(f.Line)
	}
	text := fmt.Sprintf("%s/%d %s %s", f.Name, f.Ver, strings.TrimPrefix(l.Type, "channel_"), e.Account)
	switch l.Type {
	case wire.TypeChannelMsg:
		text += " " + e.Msg
	case wire.TypeChannelAttr:
		text += fmt.Sprintf(" %s %s=%s", e.Change, e.Name, e.Value)
	}
	return text
}

func shortLine(line string) string {
	l, ok := wire.ParseLine(line)
	if !ok {
		panic(line)
	}
	if l.Type == wire.TypeInstant {
		return l.Src + " " + l.Content
	}
	v, ok := wire.ParseVoip(l.Content)
	if !ok || v.Call == "" || v.Peer != l.Src {
		panic(line)
	}
	text := fmt.Sprintf("%s %s %s", l.Src, strings.TrimPrefix(l.Type, "voip_"), v.Channel)
	if v.Extra != "" {
		text += " " + v.Extra
	}
	if v.ECode != 0 {
		text += " " + strconv.Itoa(v.ECode)
	}
	return text
}

func (c *client) expect(want ...string) {
	c.w.t.Helper()
	assert.Equal(c.w.t, want, c.take())
}

// nothing checks that nothing came.
func (c *client) nothing() {
	c.w.t.Helper()
	assert.Empty(c.w.t, c.take())
}

// poll returns in short what a poll brings, and the number of its ver_clear.
func (c *client) poll(v int) (cleared int, msgs []string) {
	c.w.t.Helper()
	ret := c.ok(wire.FnGetMsg, "ver_clear", "="+strconv.Itoa(v), "max", "=30")
	n, ok := ret.Get("ver_clear").Int()
	require.True(c.w.t, ok)
	require.True(c.w.t, ret.Get("msgs").IsArray())
	for e := range ret.Get("msgs").Elements() {
		ver, line, ok := wire.ParseVersioned(e)
		require.True(c.w.t, ok)
		msgs = append(msgs, fmt.Sprintf("#%d %s", ver, shortLine(line)))
	}
	return int(n), msgs
}

func (c *client) say(peer, text string) wire.Value { return c.sayFor(peer, text, 3600) }

func (c *client) sayFor(peer, text string, ttl int) wire.Value {
	return c.call(wire.FnSendMsg, "peer", peer, "flag", fmt.Sprintf("v1:E:%d", ttl), "t", "instant", "content", text)
}

func members(ret wire.Value) []string { return wire.ParseMembers(ret.Get("list")) }

func number(t *testing.T, v wire.Value) int {
	t.Helper()
	n, ok := v.Int()
	require.True(t, ok, "%s", v)
	return int(n)
}
