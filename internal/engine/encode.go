package engine

import (
	"bytes"
	"strconv"
	"sync"

	"github.com/agora-signal-go/signal/internal/wire"
)

// buffers are those that nobody has borrowed.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// A buffer that has grown beyond this is not kept.
const keptBuffer = 16 << 10

// withBuffer lets do append to a buffer that is used again afterwards.
func withBuffer(do func(dst []byte) []byte) {
	b := buffers.Get().(*[]byte) //nolint:errcheck,forcetypeassert // nothing else is in there
	if used := do((*b)[:0]); cap(used) <= keptBuffer {
		*b = used
	}
	buffers.Put(b)
}

// sendCall sends a call as a frame of the session.
func (e *Engine) sendCall(c *call) {
	withBuffer(func(dst []byte) []byte {
		dst = append(append(append(dst, `["call2",["`...), c.fn...), `",`...)
		dst = append(strconv.AppendInt(dst, c.id, 10), `,{"line":`...)
		dst = wire.AppendString(dst, e.session.line)
		if members := c.args[1:]; len(members) > 1 {
			dst = append(append(dst, ','), members...)
		} else {
			dst = append(dst, '}')
		}
		dst = append(dst, `]]`...)
		e.host.Send(e.conn, dst)
		return dst
	})
}

// encode returns the function and the arguments, without the line, that a request becomes: an object without space
// around it.
func (e *Engine) encode(r *Request) (fn string, args []byte) {
	withBuffer(func(dst []byte) []byte {
		fn, dst = e.appendArgs(dst, r)
		args = bytes.Clone(dst)
		return dst
	})
	return fn, args
}

func (e *Engine) appendArgs(dst []byte, r *Request) (fn string, args []byte) {
	o := wire.NewObject(dst)
	account := r.Account
	if r.Self {
		account = e.login.params.Account
	}
	switch r.Op {
	case OpQueryStatus:
		return wire.FnQueryStatus, o.Str("account", account).Bytes()
	case OpSetAttr:
		return wire.FnSetAttr, o.Str("name", r.Name).Str("value", r.Text).Bytes()
	case OpGetAttr:
		return wire.FnGetAttr, o.Str("account", account).Str("name", r.Name).Bytes()
	case OpGetAttrAll:
		return wire.FnGetAttrAll, o.Str("account", account).Bytes()
	case OpSend:
		o.Str("peer", account).Str("flag", flag).Str("t", wire.TypeInstant).Str("content", r.Text)
		e.key(&o, "messageID")
		return wire.FnSendMsg, o.Trace(r.Trace).Bytes()
	case OpChannelSend:
		o.Str("name", r.Channel).Str("msg", r.Text)
		e.key(&o, "msgID")
		if r.Force {
			o.Bool("force", true)
		}
		return wire.FnChannelSend, o.Trace(r.Trace).Bytes()
	case OpJoin, opRejoin:
		return wire.FnJoin, o.Str("name", r.Channel).Bytes()
	case OpLeave, opQuietLeave:
		return wire.FnLeave, o.Str("name", r.Channel).Bytes()
	case OpQueryNum:
		return wire.FnQueryNum, o.Str("name", r.Channel).Bytes()
	case OpChannelSet:
		return wire.FnChannelSetAttr, o.Str("channel", r.Channel).Str("name", r.Name).Str("value", r.Text).Bytes()
	case OpChannelDel:
		return wire.FnChannelDelAttr, o.Str("channel", r.Channel).Str("name", r.Name).Bytes()
	case OpChannelClear:
		return wire.FnChannelClear, o.Str("channel", r.Channel).Bytes()
	case OpInvoke:
		return appendInvoke(dst, r)
	}
	return e.appendInvite(dst, r)
}

// flag is that of a message which an offline account gets within wire.OfflineDelivery.
const flag = "v1:E:86400"

// key adds the name by which the server knows a message that comes again.
func (e *Engine) key(o *wire.Object, name string) {
	o.Append(name, e.cfg.AppendID)
}

func (e *Engine) appendInvite(dst []byte, r *Request) (fn string, args []byte) {
	o := wire.NewObject(dst)
	o.Str("channelName", r.Channel).Str("peer", r.Account)
	extra := r.Extra
	switch r.Op {
	case OpInvite:
		fn = wire.FnInvite
	case OpAccept:
		fn = wire.FnInviteAccept
	case OpRefuse:
		fn = wire.FnInviteRefuse
	case opInviteAck:
		fn = wire.FnInviteAck
	case OpDTMF:
		fn, extra = wire.FnInviteMsg, wire.DTMFExtra(r.Text)
	default: // OpEnd, opQuietEnd
		fn = wire.FnInviteBye
	}
	o.Str("extra", extra)
	if id := e.CallFor(r); id != "" {
		o.Str("call", id)
	}
	return fn, o.Trace(r.Trace).Bytes()
}

// appendInvoke hands the application's own arguments on, byte by byte, save the line.
func appendInvoke(dst []byte, r *Request) (fn string, args []byte) {
	o := wire.NewObject(dst)
	pkg, fn, _ := wire.Invokable(r.Name)
	if pkg != "" {
		o.Str("package", pkg).Str("func", fn).Str("args", r.Text).Str("callid", r.ID)
		return wire.FnExtCall, o.Trace(r.Trace).Bytes()
	}
	req, _ := wire.ParseObject(r.Text)
	for name, val := range req.Members() {
		if name != "line" {
			o.Member(name, val)
		}
	}
	return fn, o.Bytes()
}
