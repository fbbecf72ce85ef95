package engine

import "github.com/agora-signal-go/signal/internal/wire"

// encode returns the function and the arguments, without the line, that a request becomes.
func (e *Engine) encode(r *Request) (fn string, args []byte) {
	var o wire.Object
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
		o.Str("peer", account).Str("flag", wire.Flag(wire.OfflineDelivery)).Str("t", wire.TypeInstant)
		return wire.FnSendMsg, o.Str("content", r.Text).Str("messageID", e.cfg.NewID()).Bytes()
	case OpChannelSend:
		o.Str("name", r.Channel).Str("msg", r.Text).Str("msgID", e.cfg.NewID())
		if r.Force {
			o.Bool("force", true)
		}
		return wire.FnChannelSend, o.Bytes()
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
		return encodeInvoke(r)
	}
	return e.encodeInvite(r)
}

func (e *Engine) encodeInvite(r *Request) (fn string, args []byte) {
	var o wire.Object
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
	if id := e.inviteFor(r); id != "" {
		o.Str("call", id)
	}
	return fn, o.Bytes()
}

// encodeInvoke hands the application's own arguments on, byte by byte, save the line.
func encodeInvoke(r *Request) (fn string, args []byte) {
	var o wire.Object
	pkg, fn, _ := wire.Invokable(r.Name)
	if pkg != "" {
		o.Str("package", pkg).Str("func", fn).Str("args", r.Text).Str("callid", r.ID)
		return wire.FnExtCall, o.Bytes()
	}
	req, _ := wire.ParseObject(r.Text)
	for name, val := range req.Members() {
		if name != "line" {
			o.Member(name, val)
		}
	}
	return fn, o.Bytes()
}
