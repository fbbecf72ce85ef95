package engine_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/wire"
)

// FuzzEngine plays a byte string: what the application calls, what the network does, what the server says, how time
// passes. The server may refuse, stay mute, talk nonsense and repeat itself, but about personal messages it tells
// the truth. The host checks after every step what holds without exception; at the end everything has had its one
// outcome, and every message was told once and in order.
func FuzzEngine(f *testing.F) {
	for seed := range uint64(150) {
		f.Add(randomScript(rand.New(rand.NewPCG(seed, 0))))
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		p := &player{host: newHost(t)}
		p.host.handled = func() uint64 { return p.handled }
		script = script[:min(len(script), 1500)]
		for step := range slices.Chunk(script, stepLen) {
			p.args = step[1:]
			p.play(int(step[0]))
			p.read()
		}
		if len(script)%stepLen != 0 {
			p.settle()
		}
		p.finish()
	})
}

// randomScript returns a script whose logins come off and last a while.
func randomScript(rnd *rand.Rand) []byte {
	var script []byte
	add := func(what int) { script = append(script, byte(what), byte(rnd.Uint32()), byte(rnd.Uint32())) }
	for range 4 {
		add(playLogin)
		add(playUp)
		add(playServe)
		for range 5 + rnd.IntN(30) {
			what := rnd.IntN(plays)
			if what == playLogout || what == playDown {
				what = playServe
			}
			add(what)
			if what >= playRequest {
				add(playServe)
			}
		}
		add(playLogout + rnd.IntN(2))
		add(playServe)
	}
	if rnd.IntN(4) > 0 {
		script = append(script, playTime)
	}
	return script
}

// player turns bytes into steps, and keeps what the whole is judged by.
type player struct {
	*host
	args []byte // of the step

	list    []string // the personal list: version v is list[v-1]
	texts   int      // instant messages in it
	told    int      // of these, to the application
	handled uint64   // the application is done up to this Mark
	pending []uint64 // Marks of what it is not done with
	stale   []sent   // calls that were answered
	msgID   uint64

	logins, logouts int                 // asked for
	count           map[engine.Kind]int // of events
	codes           map[int]int         // of LoginFailed, Logout and Failure of a login
}

// next returns the next argument of the step, 0 when there is none.
func (p *player) next() int {
	if len(p.args) == 0 {
		return 0
	}
	b := p.args[0]
	p.args = p.args[1:]
	return int(b)
}

// isOpen reports whether the newest connection is up.
func (p *player) isOpen() bool { return p.conn > 0 && p.links[p.conn] == open }

// stepLen is a byte for what happens and two arguments.
const stepLen = 3

// What can happen.
const (
	playLogin = iota
	playLogout
	playDown
	playUp
	playTime
	playClock
	playNonsense
	playHandle
	playNews                    // this and the next
	playServe   = playNews + 2  // this and the two next
	playRequest = playServe + 3 // this and the three next
	plays       = playRequest + 4
)

func (p *player) play(what int) {
	switch what %= plays; what {
	case playLogin:
		p.logins++
		p.begin()
	case playLogout:
		p.logouts++
		p.logout()
	case playDown:
		if p.conn > 0 && p.links[p.conn] != closed {
			p.down()
		}
	case playUp:
		if p.conn > 0 && p.links[p.conn] == dialing {
			p.up()
		}
	case playTime:
		p.advance(time.Duration(p.next()) * 20 * time.Millisecond)
	case playClock:
		switch p.next() % 3 {
		case 0:
			p.step(func() { p.Woke(p.now) })
		case 1:
			p.step(func() { p.Pause(p.now, true) })
		default:
			p.step(func() { p.Pause(p.now, false) })
		}
	case playNonsense:
		p.nonsense()
	case playHandle:
		p.handle(p.next() % 4)
	case playNews, playNews + 1:
		p.news()
	case playServe, playServe + 1, playServe + 2:
		p.serve(p.next())
	default:
		p.request(engine.Op(1 + p.next()%int(engine.OpUnsupported)))
	}
}

// request makes a request of any kind, with arguments that are good most of the time.
func (p *player) request(op engine.Op) {
	r := engine.Request{Op: op, Method: "m", Account: peer, Channel: room, Name: "n", Text: "1", ID: "id"}
	switch op {
	case engine.OpSetAttr:
		r.Name, r.Text = wire.AttrConnTimeout, "30"
	case engine.OpInvoke:
		r.Name, r.Text = "io.agora.signal.user_query_user_status", `{"account":"bob"}`
	case engine.OpJoin, engine.OpLeave:
		r.Channel = [...]string{room, "den", ""}[p.next()%3]
	}
	p.do(r)
}

// nonsense is a frame that is none, or an answer that was given before.
func (p *player) nonsense() {
	if n := p.next(); n%2 == 0 && len(p.stale) > 0 {
		p.ok(p.stale[n/2%len(p.stale)], "")
		return
	}
	whole := wire.AppendChannel(nil, room, 1<<40, []byte(instant("x")))
	frame := slices.Concat(whole[:p.next()%len(whole)], whole[p.next()%len(whole):])
	if _, err := wire.ParseServerFrame(frame); err != nil && p.conn > 0 {
		p.frame(frame)
	}
}

// news is what a server says by itself.
func (p *player) news() {
	what := p.next()
	switch what % 8 {
	case 0, 1, 2:
		p.texts++
		p.list = append(p.list, instant(strconv.Itoa(p.texts)))
	case 3, 4:
		typ := [...]string{
			wire.FnInvite, wire.FnInviteAck, wire.FnInviteAccept, wire.FnInviteRefuse,
			wire.TypeInviteFailed, wire.FnInviteBye, wire.FnInviteMsg, "voip_new",
		}[p.next()%8]
		p.list = append(p.list, callLine(typ, wire.Voip{Call: "c" + strconv.Itoa(what%5)}))
	}
	if !p.isOpen() {
		return
	}
	switch what % 8 {
	case 0, 1, 3, 4:
		p.pushLine(uint64(len(p.list)), p.list[len(p.list)-1])
	case 2:
		p.frame(wire.AppendMsg(nil, uint64(len(p.list))))
	case 5, 6:
		p.msgID++
		p.channelEvent([...]string{room, "den"}[what/8%2], p.msgID, [...]wire.ChannelEvent{
			joins("carol"), leaves("carol"), sets("a", "2", wire.AttrUpdate), sets("", "", wire.AttrClear),
			{Type: wire.TypeChannelMsg, Account: peer, Msg: "x"},
		}[p.next()%5])
	default:
		if what/8%4 == 0 {
			p.frame(wire.AppendClose(nil, [...]string{
				wire.CloseKick, wire.CloseExpired, wire.CloseRemoved, wire.CloseRestart,
			}[p.next()%4]))
		}
	}
}

// serve answers the oldest frame that wants an answer, well for the most part.
func (p *player) serve(how int) {
	for len(p.sent) > 0 {
		s := p.sent[0]
		p.sent = p.sent[1:]
		if p.links[s.conn] != open {
			continue
		}
		switch s.Event {
		case wire.EventLogin:
			if how%8 == 0 {
				p.refuse([...]string{wire.ReasonKick, wire.ReasonTokenExpired, wire.ReasonInvalidApp}[how/8%3])
				return
			}
			p.admit("")
		case wire.EventLineLogin:
			p.resumed(s, how)
		case wire.EventPing:
			p.frameOn(s.conn, wire.AppendPong(nil, s.N))
		case wire.EventCall:
			p.answer(s, how)
		default:
			continue
		}
		return
	}
}

func (p *player) resumed(s sent, how int) {
	ver := p.acknowledged(s)
	switch how % 8 {
	case 0:
		p.refuse(wire.ReasonKick)
		return
	case 1, 2:
		p.refuse(wire.ReasonLineInvalid)
		return
	case 3:
		p.resume(`"channel":"den"`)
	case 4:
		p.resume(`"channel":"room","channel_gap":true,` + roomState(int(p.msgID), `"a":"1"`, me))
	default:
		p.resume("")
	}
	for ; ver < len(p.list) && p.links[s.conn] == open; ver++ {
		p.pushLine(uint64(ver+1), p.list[ver])
	}
}

func (p *player) answer(s sent, how int) {
	p.stale = append(p.stale, s)
	switch {
	case how%8 == 0:
		p.fail(s, wire.ReasonRateLimited, wire.GeneralEFailed)
	case s.Func == wire.FnGetMsg:
		from := max(p.acknowledged(s), int(s.int("after")))
		upTo := min(len(p.list), from+1+how%wire.MaxPoll)
		ret := msgs(uint64(from+1), p.list[from:upTo]...)
		if upTo < len(p.list) {
			ret += `,"more":true`
		}
		p.ok(s, ret)
	default:
		p.ok(s, roomState(int(p.msgID), `"a":"1"`, me)+`,"call":"c`+strconv.Itoa(how%5)+`","num":1,"value":"v"`)
	}
}

// acknowledged reads how far the server may forget: not what the application is not done with.
func (p *player) acknowledged(s sent) int {
	ver := s.int("ver_clear")
	require.LessOrEqual(p.t, int(ver), len(p.list))
	for _, mark := range p.pending { // with one list, Marks are versions
		if mark > p.handled {
			require.Less(p.t, ver, int64(mark), "acknowledged what is not handled")
		}
	}
	return int(ver)
}

// handle has the application be done with n more of its messages.
func (p *player) handle(n int) {
	n = min(n, len(p.pending))
	if n > 0 {
		p.handled = p.pending[n-1]
		p.pending = slices.Delete(p.pending, 0, n)
	}
}

// read looks at what was told.
func (p *player) read() {
	if p.count == nil {
		p.count, p.codes = make(map[engine.Kind]int), make(map[int]int)
	}
	for _, ev := range p.events {
		p.count[ev.Kind]++
		if ev.Mark != 0 {
			p.pending = append(p.pending, ev.Mark)
		}
		switch ev.Kind {
		case engine.LoginFailed, engine.Logout:
			p.codes[ev.Code]++
		case engine.Failure:
			if ev.Name == "login" {
				p.codes[ev.Code]++
			}
		case engine.InstantMessage:
			p.told++
			require.Equal(p.t, strconv.Itoa(p.told), ev.Text, "messages are told once and in order")
		}
	}
	p.flushEvents()
}

// settle gives a good server and a quick application the time to make up for everything.
func (p *player) settle() {
	p.step(func() { p.Pause(p.now, false) })
	for range 300 {
		if p.State() == engine.NotLogin {
			p.logins++
			p.begin()
		}
		if p.links[p.conn] == dialing {
			p.up()
		}
		const good = 7
		for range len(p.sent) {
			p.serve(good)
		}
		p.read()
		p.handle(len(p.pending))
		p.advance(500 * time.Millisecond)
	}
	p.read()
	require.Equal(p.t, engine.Logined, p.State())
	require.Equal(p.t, p.texts, p.told, "every message is told")
}

// finish ends everything and counts.
func (p *player) finish() {
	last := p.State()
	p.destroy()
	p.read()
	p.advance(200 * time.Millisecond)
	require.True(p.t, p.Done())
	p.begin()
	p.request(engine.OpSend)
	delete(p.requests, p.tag)
	p.expect()
	p.idle()
	for tag, op := range p.requests {
		require.Equal(p.t, 1, p.outcomes[tag], "outcomes of request %d, op %d", tag, op)
	}
	require.Equal(p.t, p.logins, p.count[engine.LoginSuccess]+p.count[engine.LoginFailed]+p.codes[wire.LoginEAlreadyLogin])
	require.Equal(p.t, p.logouts, p.codes[wire.LogoutEUser]+p.codes[wire.LogoutEAlreadyLogout])
	sessions := p.count[engine.LoginSuccess] + p.codes[wire.LoginECancel]
	if last != engine.NotLogin {
		sessions-- // which Destroy ended
	}
	require.Equal(p.t, sessions, p.count[engine.Logout]-p.codes[wire.LogoutEAlreadyLogout])
}
