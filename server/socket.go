package server

import (
	"container/list"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/agora-signal-go/signal/internal/cluster"
	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/internal/wsconn"
)

// A socket is one websocket: an outbox and the goroutine that reads. What is read goes to the core that the
// peer logged in at; what the core answers comes by the outbox.
type socket struct {
	outbox
	remote string
	owned  func(account string) // tells signaltest whose the connection is
	at     *address             // where it is from; nil: nobody knows

	stranger *list.Element // in srv.pending until somebody logs in; guarded by srv.mu

	taking sync.Mutex // held while a call is handed to a core
	// +checklocks:taking
	deaf bool // no more of these: see deafen

	// of the reading goroutine
	peer      *core.Peer
	shard     *shard          // where the peer is logged in; nil before, and in a cluster
	member    *cluster.Client // the same in a cluster
	in        bool            // logged in
	opened    time.Time       // the time for the login runs from then
	triedLine bool            // a line_login failed
	posted    int             // inputs that were left to the shard since something was last waited for
	traffic   traffic
}

func newSocket(srv *Server, stream *wsconn.Stream, owned func(string)) *socket {
	k := &socket{
		outbox: outbox{stream: stream, srv: srv},
		remote: stream.RemoteAddr().String(), owned: owned, opened: time.Now(),
	}
	k.peer = core.NewPeer((*peerConn)(&k.outbox))
	stream.Begin(true, wire.MaxFrame, k.idle)
	return k
}

// run reads until the socket is over.
func (k *socket) run() {
	defer k.srv.release(k, k.at)
	defer k.drop() // again is harmless; an authenticator may end the goroutine
	k.srv.log.Debug("socket up", "remote", k.remote)
	k.srv.vigil.watch(&k.outbox, k.opened, k.srv.bounds.loginWithin)
	err := k.read()
	k.stream.End()
	k.idle()
	k.finish(err)
	k.srv.vigil.forget(&k.outbox)
	k.drop()
	k.down()
	k.srv.log.Debug("socket down", "remote", k.remote, "err", err)
}

// alive notes a sign of life. Before the login nothing prolongs the time.
func (k *socket) alive() {
	if k.in {
		k.srv.vigil.hear(&k.outbox)
	}
}

// read handles messages until there are no more. Those that come while the socket is closing are dropped.
func (k *socket) read() error {
	for {
		op, data, err := k.stream.Next()
		switch {
		case err != nil:
			return err
		case k.closing.Load():
			continue
		}
		k.alive()
		switch op {
		case wsconn.OpPing:
			k.answerPing(data)
		case wsconn.OpText:
			k.traffic.frames++
			k.traffic.bytes += len(data)
			k.handle(data)
		case wsconn.OpBinary:
			k.bad(websocket.CloseUnsupportedData)
		}
	}
}

// maxPosted is how many inputs a reader leaves to its shard before it looks after them itself.
const maxPosted = 16

// post leaves an input to the shard, to be handled together with what else there is to read.
func (k *socket) post(in core.Input) {
	k.shard.put(in)
	if k.posted++; k.posted >= maxPosted {
		k.idle()
	}
}

// idle is called when there is nothing more to read at present: all that came is handled, and answered.
func (k *socket) idle() {
	k.traffic.count(&k.srv.stats)
	if k.posted > 0 {
		k.posted = 0
		drive(k.shard, true)
	}
}

// finish says what there is to say to a peer of whom nothing more can be read, for the reason err.
func (k *socket) finish(err error) {
	var closed wsconn.CloseError
	var failed net.Error
	switch {
	case errors.As(err, &closed):
		k.closeWith(closed.Code)
		k.await()
		return
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return
	case errors.Is(err, wsconn.ErrTooLarge):
		k.srv.stats.badFrames.Add(1)
		k.closeWith(websocket.CloseMessageTooBig)
	case errors.Is(err, wsconn.ErrProtocol):
		k.closeWith(websocket.CloseProtocolError)
	case errors.As(err, &failed) && failed.Timeout() && !k.closing.Load():
		if k.in {
			k.srv.stats.silent.Add(1)
			return
		}
		k.srv.stats.loginTimeouts.Add(1)
		k.leave(wire.CloseTimeout, websocket.ClosePolicyViolation)
	default:
		return
	}
	k.await()
	k.linger()
}

// linger waits for the peer to hang up. To close a connection with something unread in it is to reset it,
// and the peer might never see what was said last.
func (k *socket) linger() {
	_, _ = io.Copy(io.Discard, k.stream.Conn) // until the deadline that Close has set
}

// bad ends the socket of a peer that sent what it must not.
func (k *socket) bad(code int) {
	k.srv.stats.badFrames.Add(1)
	k.leave(wire.CloseBadFrame, code)
}

// handle handles a frame. The bytes are the stream's.
func (k *socket) handle(data []byte) {
	c := newCall(data)
	f, err := wire.ParseClientFrame(c.bytes)
	switch {
	case errors.Is(err, wire.ErrNotJSON):
		k.bad(websocket.CloseInvalidFramePayloadData)
	case err != nil:
		k.bad(websocket.CloseProtocolError)
	case f.Event == wire.EventPing:
		k.send(wire.AppendPong(nil, f.N))
	case !k.in:
		k.handleLogin(f)
	case f.Event == wire.EventCall:
		k.traffic.calls++
		if f.Func == wire.FnSendMsg || f.Func == wire.FnChannelSend {
			k.traffic.messages++
		}
		c.Call = core.Call{Peer: k.peer, Frame: f}
		k.call(c)
		return
	case f.Event == wire.EventAck:
		k.ack(f.N)
	case f.Event == wire.EventSetFlag: // a web client from 1.4.0 on; frames stay as they are, whatever it offers
		k.isYoung()
	default: // a second login
		k.bad(websocket.CloseProtocolError)
	}
	c.release()
}

// call hands a call to the core.
func (k *socket) call(c *call) {
	k.taking.Lock()
	defer k.taking.Unlock()
	switch {
	case k.deaf:
	case k.member != nil:
		k.member.Call(c.bytes)
		c.release()
	default:
		k.post(c)
	}
}

// ack hands on that an answer arrived.
func (k *socket) ack(id int64) {
	if k.member != nil {
		k.member.Ack(id)
	} else {
		k.post(core.Ack{Peer: k.peer, ID: id})
	}
}

// down says where the peer is logged in that the socket is gone.
func (k *socket) down() {
	switch {
	case k.member != nil:
		k.member.Down()
	case k.shard != nil:
		k.shard.postNow(core.Down{Peer: k.peer})
	}
}

// deafen drops all calls from now on. They have no answer, and clients that come back make them again.
func (k *socket) deafen() {
	k.taking.Lock()
	defer k.taking.Unlock()
	k.deaf = true
}

// traffic is what a reader counts, and adds up where it shares the figures only now and then.
type traffic struct{ frames, bytes, calls, messages int }

func (t *traffic) count(c *counters) {
	if t.frames == 0 {
		return
	}
	c.framesIn.Add(uint64(t.frames))
	c.bytesIn.Add(uint64(t.bytes))
	c.calls.Add(uint64(t.calls))
	c.messagesIn.Add(uint64(t.messages))
	*t = traffic{}
}
