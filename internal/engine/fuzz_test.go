package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/wire"
)

// FuzzEngine plays a byte string: what the application calls, what the network does, what the server says (the
// truth, nonsense, or something of another time), how time passes. The host checks after every step what holds
// without exception; at the end each request has had one outcome.
func FuzzEngine(f *testing.F) {
	f.Add([]byte("\x00\x03\x04\x10\x21\x05\x11\x06\x22\x07\x30\x08\x01\x02"))
	f.Add([]byte("\x00\x03\x04\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x07\x03\x05\x09"))
	f.Add([]byte("\x00\x03\x04\x0c\x0d\x0e\x06\x07\x03\x05\x06\x01\x00\x03\x04\x02"))
	f.Fuzz(func(t *testing.T, script []byte) {
		h := newHost(t)
		p := &player{host: h, script: script}
		for len(p.script) > 0 {
			p.play(p.next())
		}
		h.destroy()
		h.advance(time.Minute)
		require.True(t, h.Done(), "ends after Destroy")
		for tag, op := range h.requests {
			if told := op < engine.OpChannelSet && op != engine.OpSetAttr || op == engine.OpInvoke; told {
				require.Equal(t, 1, h.outcomes[tag], "outcomes of request %d, op %d", tag, op)
			}
		}
		h.idle()
	})
}

// player turns bytes into steps.
type player struct {
	*host
	script []byte
	ver    uint64
	msgID  uint64
}

func (p *player) next() byte {
	if len(p.script) == 0 {
		return 0
	}
	b := p.script[0]
	p.script = p.script[1:]
	return b
}

func (p *player) play(b byte) {
	if p.over {
		return
	}
	switch b % 16 {
	case 0:
		p.begin()
	case 1:
		p.logout()
	case 2:
		p.advance(time.Duration(p.next()) * 500 * time.Millisecond)
	case 3:
		if p.links[p.conn] == dialing && p.conn > 0 {
			p.up()
		}
	case 4, 5, 6:
		p.answerOne(p.next())
	case 7:
		if p.conn > 0 && p.links[p.conn] != closed {
			p.down()
		}
	case 8:
		p.step(func() { p.Pause(p.now, p.next()%2 == 0) })
	case 9:
		p.step(func() { p.Woke(p.now) })
	case 10:
		if p.links[p.conn] == open {
			n := int(p.next())
			p.frame(p.script[:min(len(p.script), n)])
		}
	case 11:
		if p.links[p.conn] == open {
			p.serverSays(p.next())
		}
	default:
		p.request(engine.Op(1 + int(p.next())%int(engine.OpUnsupported)))
	}
}

// request makes a request of any kind, with arguments that are good most of the time.
func (p *player) request(op engine.Op) {
	r := engine.Request{Op: op, Method: "m", Account: peer, Channel: room, Name: "n", Text: "1", ID: "id"}
	switch op {
	case engine.OpInvoke:
		r.Name, r.Text = "io.agora.signal.user_query_user_status", `{"account":"bob"}`
	case engine.OpJoin, engine.OpLeave:
		r.Channel = [...]string{room, "den", ""}[p.next()%3]
	}
	p.do(r)
}

// answerOne answers the oldest frame that has no answer yet, well or badly.
func (p *player) answerOne(how byte) {
	for len(p.sent) > 0 {
		s := p.sent[0]
		p.sent = p.sent[1:]
		if p.links[s.conn] != open {
			continue
		}
		switch {
		case s.Event == wire.EventLogin && how%4 != 0:
			p.line = "line"
			p.loginRet("")
		case s.Event == wire.EventLineLogin && how%4 != 0:
			p.resume([...]string{"", `"channel":"den"`, `"channel":"room","channel_gap":true,` + roomState(3, `"a":"1"`, me)}[how%3])
		case s.Event == wire.EventLogin, s.Event == wire.EventLineLogin:
			p.refuse([...]string{wire.ReasonLineInvalid, wire.ReasonKick, wire.ReasonTokenExpired}[how%3])
		case s.Event == wire.EventCall && how%4 == 0:
			p.fail(s, wire.ReasonRateLimited, 1001)
		case s.Event == wire.EventCall:
			p.ok(s, roomState(int(p.msgID), `"a":"1"`, me)+`,"call":"c`+string('0'+how%4)+`","ver_clear":3,"msgs":[],"num":1,"value":"v"`)
		default:
			continue
		}
		return
	}
}

// serverSays has the server say something by itself.
func (p *player) serverSays(what byte) {
	voip := wire.Voip{Call: "c" + string('0'+p.next()%4)}
	types := [...]string{
		wire.FnInvite, wire.FnInviteAck, wire.FnInviteAccept, wire.FnInviteRefuse, wire.TypeInviteFailed, wire.FnInviteBye, wire.FnInviteMsg,
	}
	switch what % 8 {
	case 0:
		p.ver++
		p.push(p.ver, "x")
	case 1, 2, 3:
		p.ver++
		p.pushLine(p.ver, callLine(types[int(p.next())%len(types)], voip))
	case 4:
		p.msgID++
		p.say([...]string{room, "den"}[p.next()%2], p.msgID, "x")
	case 5:
		p.msgID++
		p.channelEvent(room, p.msgID, [...]wire.ChannelEvent{joins("carol"), leaves("carol"), sets("a", "2", wire.AttrUpdate), sets("", "", wire.AttrClear)}[p.next()%4])
	case 6:
		p.frame(wire.AppendClose(nil, [...]string{wire.CloseKick, wire.CloseExpired, wire.CloseRemoved, wire.CloseRestart}[p.next()%4]))
	case 7:
		p.frame(wire.AppendMsg(nil, uint64(p.next())))
	}
}
