package sim

import (
	"bytes"
	"slices"
	"time"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

// A socket is the server's end of a connection, as package server has it: it waits for a login, hands calls to the
// core of the account, and holds so many frames and no more.
type socket struct {
	world *world
	srv   *server
	conn  *conn
	peer  *core.Peer
	shard int // where the peer is logged in; negative before

	heard     time.Time
	quiet     alarm
	deciding  bool     // a login is under way: nothing is read, and what is to be sent is held
	held      [][]byte // until it is decided
	closing   bool
	ended     bool // nothing is read any more
	triedLine bool
}

func newSocket(s *server, cn *conn) *socket {
	k := &socket{world: s.world, srv: s, conn: cn, shard: -1, heard: s.world.now}
	k.peer = core.NewPeer(k)
	s.socks = append(s.socks, k)
	k.watch()
	return k
}

// watch ends a socket that says nothing.
func (k *socket) watch() {
	within := wire.SocketSilence
	if k.shard < 0 {
		within = wire.LoginWithin
	}
	k.quiet.set(&k.world.schedule, k.heard.Add(within), func() {
		if k.heard.Add(within).After(k.world.now) {
			k.watch()
			return
		}
		k.readEnd()
	})
}

// reads says whether the socket takes frames now.
func (k *socket) reads() bool { return !k.deciding }

// Send queues a frame. It implements core.Conn.
func (k *socket) Send(frame []byte) {
	switch {
	case k.closing || k.ended:
		return
	case k.deciding:
		k.held = append(k.held, frame)
	case len(k.conn.down.queue) >= k.world.profile.outbox:
		k.world.count("closed for being slow")
		k.conn.down.queue = nil
		k.conn.down.send(wire.AppendClose(nil, wire.CloseSlow))
		k.Close(0)
	default:
		k.conn.down.send(frame)
	}
	if bytes.HasPrefix(frame, channelPrefix) {
		k.world.judge.published(k.srv.life, frame)
	}
}

var channelPrefix = []byte(`["` + wire.EventNotify + `",["` + wire.NotifyChannel + `"`)

// Close sends what is queued and then the end. It implements core.Conn.
func (k *socket) Close(int) {
	if k.closing || k.ended {
		return
	}
	k.release()
	k.closing = true
	k.conn.down.send(nil)
	k.world.after(time.Second, k.readEnd) // for the peer's answer
}

func (k *socket) leave(reason string) {
	k.Send(wire.AppendClose(nil, reason))
	k.Close(0)
}

// readEnd is the end of reading, for whatever reason.
func (k *socket) readEnd() {
	if k.ended {
		return
	}
	k.ended = true
	k.srv.socks = slices.DeleteFunc(k.srv.socks, func(o *socket) bool { return o == k })
	k.quiet.set(&k.world.schedule, time.Time{}, nil)
	if !k.closing {
		k.conn.down.send(nil)
	}
	if k.shard >= 0 && k.srv == k.world.server {
		k.srv.step(k.shard, core.Down{Peer: k.peer})
	}
}

// arrive is called with each frame that comes, and with nil at the end.
func (k *socket) arrive(data []byte) {
	switch {
	case k.ended || k.srv != k.world.server:
		return
	case data == nil:
		k.readEnd()
		return
	case k.closing:
		return
	}
	k.heard = k.world.now
	data = bytes.Clone(data)
	defer clear(data) // a server's buffer has something else in it by then
	f, err := wire.ParseClientFrame(data)
	switch {
	case err != nil:
		k.world.fail("a client sent what is no frame: %v: %s", err, clip(data))
	case f.Event == wire.EventPing:
		k.Send(wire.AppendPong(nil, f.N))
	case k.shard < 0:
		k.login(f)
	case f.Event == wire.EventCall && k.srv.deaf:
	case f.Event == wire.EventCall:
		k.srv.step(k.shard, core.Call{Peer: k.peer, Frame: f})
	case f.Event == wire.EventAck:
		k.srv.step(k.shard, core.Ack{Peer: k.peer, ID: f.N})
	default:
		k.world.fail("a client sent %s on a connection that is logged in", f.Event)
	}
}

// login handles a frame of a peer that is not logged in.
func (k *socket) login(f wire.ClientFrame) {
	switch {
	case f.Event == wire.EventLogin:
		l, err := wire.ParseLogin(f.Args)
		if err != nil {
			k.world.fail("a client sent a login that is none: %v", err)
			return
		}
		k.decide(k.srv.owner(l.Account), func(done func(bool)) core.Input {
			return core.Login{Peer: k.peer, Login: l, Done: done}
		}, func() { k.Close(0) })
	case f.Event == wire.EventLineLogin && !k.triedLine:
		l, err := wire.ParseLineLogin(f.Args)
		if err != nil {
			k.world.fail("a client sent a line_login that is none: %v", err)
			return
		}
		owner, ok := core.LineOwner(l.Line, len(k.srv.cores))
		if !ok {
			k.world.fail("a line that no core gave out: %s", l.Line)
			return
		}
		k.decide(owner, func(done func(bool)) core.Input {
			return core.LineLogin{Peer: k.peer, Line: l, Done: func(account string) { done(account != "") }}
		}, func() { k.triedLine = true })
	default:
		k.world.fail("a client sent %s before its login", f.Event)
	}
}

// decide hands a login to a core. Nothing is read and nothing goes out until it is decided.
func (k *socket) decide(shard int, login func(done func(bool)) core.Input, refused func()) {
	k.deciding = true
	k.srv.step(shard, login(func(ok bool) {
		k.world.after(0, func() { // the core is still inside
			if ok {
				k.shard = shard
				k.watch()
			}
			k.release()
			if !ok {
				refused()
			}
			if ok && k.ended { // it went while it was being decided
				k.srv.step(shard, core.Down{Peer: k.peer})
			}
			k.conn.up.pump()
		})
	}))
}

// release lets go what was held.
func (k *socket) release() {
	if !k.deciding {
		return
	}
	k.deciding = false
	for _, frame := range k.held {
		k.conn.down.send(frame)
	}
	k.held = nil
}
