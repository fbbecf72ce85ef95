package server

import (
	"bytes"
	"container/list"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

// A socket is one websocket: an outbox and the goroutine that reads. What is read goes to the core that the
// peer logged in at; what the core answers comes by the outbox.
type socket struct {
	outbox
	srv    *Server
	remote string
	owned  func(account string) // tells signaltest whose the connection is
	at     *address             // where it is from; nil: nobody knows

	stranger *list.Element // in srv.pending until somebody logs in; guarded by srv.mu

	taking sync.Mutex // held while a call is handed to a core
	// +checklocks:taking
	deaf bool // no more of these: see deafen

	// of the reading goroutine
	peer      *core.Peer
	shard     *shard    // where the peer is logged in; nil before
	opened    time.Time // the time for the login runs from then
	triedLine bool      // a line_login failed
}

func newSocket(srv *Server, ws *websocket.Conn, owned func(string)) *socket {
	k := &socket{
		outbox: outbox{ws: ws, limits: &srv.bounds, stats: &srv.stats, run: srv.running.Go},
		srv:    srv, remote: ws.RemoteAddr().String(), owned: owned, opened: time.Now(),
	}
	k.peer = core.NewPeer(&k.outbox)
	ws.SetPingHandler(func(data string) error {
		k.alive()
		return k.answerPing(data)
	})
	ws.SetPongHandler(func(string) error {
		k.alive()
		return nil
	})
	ws.SetCloseHandler(func(int, string) error { return nil }) // run answers, by the outbox
	return k
}

// run reads until the socket is over.
func (k *socket) run() {
	defer k.srv.release(k, k.at)
	defer k.drop() // again is harmless; an authenticator may end the goroutine
	k.srv.log.Debug("socket up", "remote", k.remote)
	k.alive()
	err := k.read()
	k.finish(err)
	k.drop()
	if k.shard != nil {
		k.shard.postNow(core.Down{Peer: k.peer})
	}
	k.srv.log.Debug("socket down", "remote", k.remote, "err", err)
}

// alive gives the peer time for its next sign of life. Before the login nothing prolongs the time.
func (k *socket) alive() {
	if k.shard == nil {
		k.listen(k.opened.Add(k.srv.bounds.loginWithin))
	} else {
		k.listen(time.Now().Add(k.srv.bounds.silence))
	}
}

// read handles frames until there are no more. Those that come while the socket is closing are dropped.
func (k *socket) read() error {
	for {
		kind, r, err := k.ws.NextReader()
		if err != nil {
			return err
		}
		if k.isClosing() {
			continue
		}
		if kind == websocket.BinaryMessage {
			k.bad(websocket.CloseUnsupportedData)
			continue
		}
		data, err := readFrame(r, &k.srv.buffers)
		switch {
		case errors.Is(err, errTooLarge):
			k.srv.stats.badFrames.Add(1)
			k.Close(websocket.CloseMessageTooBig)
			continue
		case err != nil:
			return err
		}
		k.alive()
		k.srv.stats.framesIn.Add(1)
		k.srv.stats.bytesIn.Add(uint64(len(data)))
		k.handle(data)
	}
}

// finish says what there is to say to a peer of whom nothing more can be read, for the reason err.
func (k *socket) finish(err error) {
	var closed *websocket.CloseError
	var failed net.Error
	switch {
	case errors.As(err, &closed):
		if closed.Code == websocket.CloseAbnormalClosure {
			return // gone without a word
		}
		k.Close(closed.Code)
		k.await()
		return
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return
	case errors.Is(err, websocket.ErrReadLimit): // a length that no number can hold
		k.Close(websocket.CloseMessageTooBig)
	case errors.As(err, &failed):
		if !failed.Timeout() || k.isClosing() {
			return
		}
		if k.shard != nil {
			k.srv.stats.silent.Add(1)
			return
		}
		k.srv.stats.loginTimeouts.Add(1)
		k.leave(wire.CloseTimeout, websocket.ClosePolicyViolation)
	default: // a violation of websocket itself, which has been answered
		k.Close(websocket.CloseProtocolError)
	}
	k.await()
	k.linger()
}

// linger waits for the peer to hang up. To close a connection with something unread in it is to reset it,
// and the peer might never see what was said last.
func (k *socket) linger() {
	_, _ = io.Copy(io.Discard, k.ws.NetConn()) // until the deadline that Close has set
}

// bad ends the socket of a peer that sent what it must not.
func (k *socket) bad(code int) {
	k.srv.stats.badFrames.Add(1)
	k.leave(wire.CloseBadFrame, code)
}

// handle handles a frame. The bytes are the frame's own.
func (k *socket) handle(data []byte) {
	f, err := wire.ParseClientFrame(data)
	switch {
	case errors.Is(err, wire.ErrNotJSON):
		k.bad(websocket.CloseInvalidFramePayloadData)
	case err != nil:
		k.bad(websocket.CloseProtocolError)
	case f.Event == wire.EventPing:
		k.Send(wire.AppendPong(nil, f.N))
	case k.shard == nil:
		k.handleLogin(f)
	case f.Event == wire.EventCall:
		k.srv.stats.calls.Add(1)
		if f.Func == wire.FnSendMsg || f.Func == wire.FnChannelSend {
			k.srv.stats.messagesIn.Add(1)
		}
		k.call(f)
	case f.Event == wire.EventAck:
		k.shard.post(core.Ack{Peer: k.peer, ID: f.N})
	default: // a second login
		k.bad(websocket.CloseProtocolError)
	}
}

// call hands a call to the core.
func (k *socket) call(f wire.ClientFrame) {
	k.taking.Lock()
	defer k.taking.Unlock()
	if !k.deaf {
		k.shard.post(core.Call{Peer: k.peer, Frame: f})
	}
}

// deafen drops all calls from now on. They have no answer, and clients that come back make them again.
func (k *socket) deafen() {
	k.taking.Lock()
	defer k.taking.Unlock()
	k.deaf = true
}

var errTooLarge = errors.New("server: frame too large")

// readFrame returns a frame in a slice of its own. It reads into a buffer that sockets share, so that one
// that waits for a frame needs no memory for it.
func readFrame(r io.Reader, buffers *sync.Pool) ([]byte, error) {
	buf, ok := buffers.Get().(*bytes.Buffer)
	if !ok {
		buf = new(bytes.Buffer)
	}
	defer func() {
		const keep = 8 << 10
		if buf.Cap() <= keep {
			buf.Reset()
			buffers.Put(buf)
		}
	}()
	n, err := buf.ReadFrom(io.LimitReader(r, wire.MaxFrame+1))
	switch {
	case err != nil:
		return nil, err
	case n > wire.MaxFrame:
		return nil, errTooLarge
	}
	return bytes.Clone(buf.Bytes()), nil
}
