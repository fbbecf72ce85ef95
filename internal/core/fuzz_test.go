package core_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

// FuzzCore plays a byte string on one Core or on three: who logs in, on what device, whose socket is cut, who goes on,
// what they call and send again, what the owner does, how long messages between Cores are on their way, how time passes.
// After every step, on every socket: each answer belongs to a call and comes no more often than it was asked for, versions
// rise, a version means one message, events of a channel rise by one and are of the channel that the socket was told.
// At the end every call has been answered, every message that was accepted has been read, and when all have gone
// home and time has passed nothing is left.
func FuzzCore(f *testing.F) {
	for seed := range uint64(100) {
		f.Add(randomPlay(rand.New(rand.NewPCG(seed, 0))))
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) < stepLen {
			return
		}
		p := newPlay(t, script, core.Config{
			MayWatch: func(_, account string) bool { return account == "user0" }, DialectByID: script[0]&2 != 0,
		})
		p.play(script, func() {})
	})
}

// randomPlay returns a script in which most are logged in.
func randomPlay(rnd *rand.Rand) []byte {
	script := []byte{byte(rnd.Uint32()), byte(rnd.Uint32()), byte(rnd.Uint32())}
	add := func(what int) { script = append(script, byte(what), byte(rnd.Uint32()), byte(rnd.Uint32())) }
	for user := range byte(users) {
		script = append(script, playLogin, user, 0)
	}
	for range 20 + rnd.IntN(200) {
		add(rnd.IntN(plays))
	}
	return script
}

// stepLen is a byte for what happens and two arguments.
const stepLen = 3

// What can happen.
const (
	playLogin = iota
	playResume
	playDown
	playHold
	playDeliver
	playTime
	playExt
	playOwner
	playAck
	playAgain
	playCall // this and the rest
	plays    = playCall + 20
)

// users log in each on a device of their own: two on Go, then the web and Python.
const users = 4

type play struct {
	*world
	args  []byte // of the step
	users [users]user
	texts int // messages sent
}

// newPlay returns the play of a script. Nothing is too much in it but what the rates forbid, and nothing lives its time.
func newPlay(t *testing.T, script []byte, cfg core.Config) *play {
	t.Helper()
	p := &play{world: newWorldOf(t, 1+2*int(script[0]&1), cfg)}
	p.rnd = rand.New(rand.NewPCG(uint64(script[1]), uint64(script[2])))
	return p
}

// play plays a script to the end, and between its steps what else there is.
func (p *play) play(script []byte, between func()) {
	for step := range slices.Chunk(script[stepLen:min(len(script), 1500)], stepLen) {
		between()
		p.args = step[1:]
		p.do(int(step[0]))
		p.read()
	}
	p.finish()
}

// A user is what is known of an account, its sockets together.
type user struct {
	*client
	device   string
	session  *seen           // of the session that the socket is in
	due      map[string]bool // texts that the server took for it
	got      map[string]int  // texts that came: how often
	epoch    string
	versions map[uint64]string // of this life of the list
}

// seen is what a session's client knows.
type seen struct {
	calls     map[int]*call
	have      uint64 // it has its messages up to here
	room      string // the channel that it was told it is in
	roomID    uint64 // number of the newest event of that, 0 when it does not know
	unsure    bool   // the answer that would have told it went to a socket that is gone
	loggedOut bool
}

// A call is one that was made, perhaps more than once.
type call struct {
	fn, text, to string // text of a message, and to whom
	args         []string
	sent, got    int
	here         bool // sent on the socket that there is
}

// mayRepeat says whether a client would send a call again. One that moves it from channel to channel it sends again only
// when it had no answer and while that is its last word.
func (s *seen) mayRepeat(id int) bool {
	moves := func(c *call) bool { return c.fn == wire.FnJoin || c.fn == wire.FnLeave }
	if !moves(s.calls[id]) {
		return true
	}
	for later, c := range s.calls {
		if later > id && moves(c) {
			return false
		}
	}
	return s.calls[id].got == 0
}

func (p *play) next() int {
	if len(p.args) == 0 {
		return 0
	}
	b := p.args[0]
	p.args = p.args[1:]
	return int(b)
}

func (u *user) isUp() bool { return u.client != nil && u.closed == 0 && u.session != nil }

func (p *play) do(what int) {
	u := &p.users[p.next()%users]
	switch what %= plays; what {
	case playLogin:
		p.login(u)
	case playResume:
		p.resume(u, p.next())
	case playDown:
		if u.client != nil && u.closed == 0 {
			u.closed = 1006
			u.down()
		}
	case playHold:
		p.held = true
	case playDeliver:
		p.deliver()
	case playTime:
		p.wait(time.Duration(p.next()) * 100 * time.Millisecond * time.Duration(1+p.next()%16))
	case playExt:
		p.answerExt()
	case playOwner:
		p.owner(p.next())
	case playAck:
		if u.isUp() {
			u.ack(u.id - p.next()%4)
		}
	case playAgain:
		if n := p.next() % 8; u.isUp() && u.device == wire.DeviceGo && n < u.id {
			if c := u.session.calls[u.id-n]; c != nil && u.session.mayRepeat(u.id-n) {
				p.send(u, u.id-n, c)
			}
		}
	default:
		if u.isUp() {
			p.call(u, functions[(what-playCall+20*(p.next()%2))%len(functions)], p.next())
		}
	}
}

func (p *play) login(u *user) {
	i := 0
	for &p.users[i] != u {
		i++
	}
	if u.device == "" {
		u.device = [users]string{wire.DeviceGo, wire.DeviceGo, wire.DeviceWeb, python}[i]
		u.due, u.got = make(map[string]bool), make(map[string]int)
	}
	old := u.client
	c, ok := p.tryLogin(wire.Login{AppID: app, Account: "user" + strconv.Itoa(i), Device: u.device})
	require.True(p.t, ok)
	if old != nil && old.closed == 0 {
		p.t.Fatal("two sockets of one account")
	}
	u.client, u.session = c, &seen{calls: make(map[int]*call)}
	if epoch := c.ret.Get("epoch").Text(); u.epoch != epoch || epoch == "" {
		u.epoch, u.versions = epoch, make(map[uint64]string)
	}
}

// resume goes on with the session on a new socket, which may or may not tell what it has.
func (p *play) resume(u *user, how int) {
	if u.client == nil || u.session == nil {
		return
	}
	s := u.session
	l := wire.LineLogin{Resume: u.device == wire.DeviceGo || how%4 == 0, VerClear: s.have}
	if l.Resume && s.room != "" {
		l.Channel, l.MsgID = s.room, s.roomID
	}
	old := u.client
	n := p.socketFor(u.account)
	l.Line, n.line, n.id, n.core = old.line, old.line, old.id, old.core
	decided := false
	ok := false
	p.step(n.core, core.LineLogin{Peer: n.peer, Line: l, Done: func(account string) { decided, ok = true, account != "" }})
	if !decided {
		p.deliver() // the answer of the channel was held back
	}
	require.True(p.t, decided)
	n.takeLogin(ok)
	if !ok {
		u.session = nil
		if old.closed == 0 {
			require.True(p.t, s.loggedOut, "a session that is up was refused")
			u.session = s
		}
		return
	}
	require.NotZero(p.t, old.closed, "two sockets of one session")
	u.client = n
	n.line = old.line
	for _, c := range s.calls {
		c.here = false
	}
	if u.device != wire.DeviceGo {
		s.roomID = 0 // it was told nothing of what it missed
		for _, c := range s.calls {
			s.unsure = s.unsure || (c.fn == wire.FnJoin || c.fn == wire.FnLeave) && c.got < c.sent
		}
		return
	}
	if room := n.ret.Get("channel").Text(); room != s.room {
		s.room, s.roomID = room, 0
	}
	if gap, _ := n.ret.Get("channel_gap").Bool(); gap {
		s.roomID = uint64(number(p.t, n.ret.Get("msgid")))
	}
}

func (p *play) answerExt() {
	for _, x := range p.extCall {
		p.step(x.Core, core.ExtReturn{Session: x.Session, Request: x.Request, Ret: x.Args})
	}
	p.extCall = nil
}

// owner does what the server's owner can do.
func (p *play) owner(what int) {
	name := "user" + strconv.Itoa(p.next()%users)
	room := rooms[what/8%len(rooms)]
	at := func(name string) int { return core.Owner(app, name, len(p.cores)) }
	switch what % 8 {
	case 0:
		p.step(at(name), core.KickUser{App: app, Account: name})
	case 1, 2, 3:
		p.step(at(room), core.KickFromChannel{App: app, Channel: room, Account: name})
	case 4, 5:
		p.step(at(room), core.SendSystemChannel{App: app, Channel: room, Text: "system"})
	case 6:
		p.step(at(name), core.SendSystem{App: app, To: name, Text: "system"})
	default:
		for i := range p.cores {
			p.step(i, core.ListSessions{App: app, Done: func([]core.SessionInfo, bool) {}})
		}
	}
}

var rooms = []string{"room", "den", wire.ChannelUserOnline, wire.ChannelEvents}

// call makes a call with arguments that mean something most of the time.
func (p *play) call(u *user, fn string, how int) {
	other, room := "user"+strconv.Itoa(how%users), rooms[how/users%len(rooms)]
	c := &call{fn: fn, args: []string{"name", room, "channel", room, "channelName", room, "peer", other, "account", other}}
	switch fn {
	case wire.FnSendMsg:
		p.texts++
		c.text, c.to = fmt.Sprintf("text %d", p.texts), other
		c.args = append(c.args, "flag", "v1:E:99999999", "t", "instant", "content", c.text)
		if how/16%2 == 0 {
			c.args = append(c.args, "messageID", "key "+strconv.Itoa(p.texts))
		}
	case wire.FnChannelSend:
		c.args = append(c.args, "msg", "hi")
		if how/16%2 == 0 {
			c.args = append(c.args, "force", "=true")
		}
	case wire.FnSetAttr, wire.FnGetAttr, wire.FnChannelSetAttr, wire.FnChannelDelAttr:
		name := [...]string{"a", "b", "_conn_timeout", "_userNotification", "_channel_ttl", "_auto_update_num"}[how/16%6]
		c.args = append(c.args, "name", name, "value", "="+strconv.Itoa(how%32))
	case wire.FnGetMsg:
		c.args = []string{"ver_clear", "=" + strconv.FormatUint(u.session.have, 10), "max", "=" + strconv.Itoa(how%40)}
	case wire.FnExtCall:
		c.args = []string{"package", "p", "func", "f", "args", "x"}
	}
	u.id++
	u.session.calls[u.id] = c
	p.send(u, u.id, c)
}

func (p *play) send(u *user, id int, c *call) {
	if !u.session.loggedOut {
		c.sent++
		c.here = true
	}
	if c.fn == wire.FnLogout {
		u.session.loggedOut = true
	}
	u.postAs(id, c.fn, c.args...)
}

// read looks at what came on all sockets.
func (p *play) read() {
	for i := range p.users {
		u := &p.users[i]
		if u.client == nil {
			continue
		}
		byID := u.byID
		for _, f := range u.frames[u.seen:] {
			p.frame(u, f, &byID)
		}
		u.seen, u.byID = len(u.frames), nil
	}
}

func (p *play) frame(u *user, f wire.ServerFrame, byID *[]string) {
	s := u.session
	if s == nil {
		s = &seen{calls: map[int]*call{}} // of a socket whose session is over: a close frame at most
	}
	switch f.Event {
	case wire.EventCallRet:
		c := s.calls[int(f.N)]
		require.NotNil(p.t, c, "an answer to nothing: %d", f.N)
		c.got++
		require.LessOrEqual(p.t, c.got, c.sent, "call %d, %s", f.N, c.fn)
		answerIsSound(p.t, c.fn, f.Ret)
		if codeOf(f.Ret) == 0 {
			p.succeeded(u, s, c, f.Ret)
		}
	case wire.EventNotify:
		switch f.Kind {
		case wire.NotifyRecvMsg:
			require.NotEqual(p.t, python, u.device)
			if f.Ver == s.have+1 {
				s.have = f.Ver
				p.receive(u, f.Ver, f.Line)
			}
		case wire.NotifyRecvByID:
			_, rest, _ := strings.Cut((*byID)[0], "msg-v3 ")
			*byID = (*byID)[1:]
			require.NotEmpty(p.t, rest)
		case wire.NotifyMsg:
			require.NotZero(p.t, f.Ver)
		case wire.NotifyKicked:
			require.Equal(p.t, wire.DeviceGo, u.device)
			if s.room == f.Name {
				s.room = ""
			}
		case wire.NotifyChannel:
			if s.unsure && s.room != f.Name {
				s.room, s.roomID = f.Name, 0
			}
			require.Equal(p.t, s.room, f.Name, "an event of a channel that it is not in")
			if s.roomID != 0 {
				require.Equal(p.t, s.roomID+1, f.Ver, "events of %s", f.Name)
			}
			s.roomID = f.Ver
			short(f)
		default:
			p.t.Fatalf("want no %q", f.Kind)
		}
	case wire.EventClose:
		require.Contains(p.t, []string{wire.CloseKick, wire.CloseRemoved, wire.CloseExpired}, f.Reason)
	default:
		p.t.Fatalf("want no %q", f.Event)
	}
}

func (p *play) succeeded(u *user, s *seen, c *call, ret wire.Value) {
	switch c.fn {
	case wire.FnJoin:
		s.room, s.roomID = c.args[1], uint64(number(p.t, ret.Get("msgid")))
		if c.sent == 1 { // else it may have been thrown out since
			require.Contains(p.t, members(ret), u.account)
		}
	case wire.FnLeave:
		s.room = ""
	case wire.FnSendMsg:
		for i := range p.users {
			if to := &p.users[i]; c.to == "user"+strconv.Itoa(i) {
				if to.due == nil {
					to.due, to.got = make(map[string]bool), make(map[string]int)
				}
				to.due[c.text] = true
			}
		}
	case wire.FnGetMsg:
		before := uint64(number(p.t, ret.Get("ver_clear")))
		for e := range ret.Get("msgs").Elements() {
			ver, line, ok := wire.ParseVersioned(e)
			require.True(p.t, ok)
			require.Greater(p.t, ver, before)
			before = ver
			if ver > s.have {
				s.have = ver
				p.receive(u, ver, line)
			}
		}
		s.have = max(s.have, before)
	}
}

func (p *play) receive(u *user, ver uint64, line string) {
	short := shortLine(line)
	if old, again := u.versions[ver]; again {
		require.Equal(p.t, old, short, "version %d", ver)
		return
	}
	u.versions[ver] = short
	l, _ := wire.ParseLine(line)
	require.Equal(p.t, u.account, l.Dst)
	if l.Type == wire.TypeInstant && l.Src != wire.NoSender {
		u.got[l.Content]++
		if u.device == wire.DeviceGo {
			require.Equal(p.t, 1, u.got[l.Content], "%q came twice", l.Content)
		}
	}
}

// finish lets everything that is under way arrive, has everybody read what there is, and sends all home.
func (p *play) finish() {
	p.deliver()
	p.answerExt()
	p.read()
	for i := range p.users {
		u := &p.users[i]
		if !u.isUp() {
			continue
		}
		for id, c := range u.session.calls {
			if c.here && (u.device == wire.DeviceGo || c.sent == 1) {
				require.NotZero(p.t, c.got, "call %d of %s, %s, has no answer", id, u.account, c.fn)
			}
		}
	}
	p.wait(2 * time.Second) // the rates are full again
	for i := range p.users {
		u := &p.users[i]
		if u.due == nil {
			continue
		}
		// Whatever it was, it now reads as one that polls by version does.
		u.device = wire.DeviceGo
		p.login(u)
		for before := -1; before != int(u.session.have); {
			before = int(u.session.have)
			p.call(u, wire.FnGetMsg, 30)
			p.read()
		}
		for text := range u.due {
			require.NotZero(p.t, u.got[text], "%q to %s was lost", text, u.account)
		}
		p.call(u, wire.FnLogout, 0)
		p.read()
		require.NotZero(p.t, u.closed)
	}
	p.wait(31 * 24 * time.Hour)
	require.Zero(p.t, p.sessions())
	require.Zero(p.t, p.channels())
	require.LessOrEqual(p.t, p.accounts(), users, "only attributes stay")
	for _, c := range p.cores {
		_, due := c.Next()
		require.False(p.t, due, "nothing is left to be done")
	}
}
