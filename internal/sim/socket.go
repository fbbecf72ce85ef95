package sim

import (
	"bytes"
	"time"

	"github.com/agora-signal-go/signal/internal/cluster"
	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

// A socket is the server's end of a connection, as package server has it: it waits for a login, hands calls to
// whoever has the account, and holds so many frames and no more.
type socket struct {
	world  *world
	home   home
	conn   *conn
	in     bool            // logged in
	peer   *core.Peer      // of a server
	shard  int             // of a server: where the peer is logged in
	client *cluster.Client // of a node, from its login on

	heard     time.Time
	quiet     alarm
	deciding  bool     // a login is under way: nothing is read, and what is to be sent is held
	held      [][]byte // until it is decided
	closing   bool
	ended     bool // nothing is read any more
	line      bool // by a line_login
	triedLine bool // which failed
}

func newSocket(w *world, h home, cn *conn) *socket {
	k := &socket{world: w, home: h, conn: cn, heard: w.now}
	h.enter(k)
	k.watch()
	return k
}

// watch ends a socket that says nothing.
func (k *socket) watch() {
	within := wire.SocketSilence
	if !k.in {
		within = wire.LoginWithin
	}
	k.quiet.set(&k.world.schedule, k.heard.Add(within), func() {
		if !k.home.reads() { // nor does it look at the clock
			k.heard = k.world.now
		}
		if k.heard.Add(within).After(k.world.now) {
			k.watch()
			return
		}
		k.readEnd()
	})
}

// reads says whether the socket takes frames now.
func (k *socket) reads() bool { return !k.deciding && k.home.reads() }

// Send queues a frame. It implements core.Conn.
func (k *socket) Send(frame []byte) {
	k.home.sends(frame)
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
		k.world.judge.published(k.home.age(), frame)
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
	k.quiet.set(&k.world.schedule, time.Time{}, nil)
	if !k.closing {
		k.conn.down.send(nil)
	}
	k.home.exit(k)
}

// arrive is called with each frame that comes, and with nil at the end.
func (k *socket) arrive(data []byte) {
	switch {
	case k.ended || !k.home.alive():
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
	case !k.in:
		k.login(f)
	case f.Event == wire.EventCall && k.home.deafens():
	case f.Event == wire.EventCall:
		k.home.call(k, f, data)
	case f.Event == wire.EventAck:
		k.home.ack(k, f.N)
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
		k.deciding = true
		k.line = false
		k.home.login(k, l)
	case f.Event == wire.EventLineLogin && !k.triedLine:
		l, err := wire.ParseLineLogin(f.Args)
		if err != nil {
			k.world.fail("a client sent a line_login that is none: %v", err)
			return
		}
		k.deciding = true
		k.line = true
		k.home.lineLogin(k, l)
	default:
		k.world.fail("a client sent %s before its login", f.Event)
	}
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

// decided is told what came of a login. Nothing was read meanwhile, and nothing went out.
func (k *socket) decided(ok bool) {
	if ok {
		k.in = true
		k.watch()
	}
	line := k.line
	k.release()
	switch {
	case ok:
	case line:
		k.triedLine = true
	default:
		k.Close(0)
	}
}
