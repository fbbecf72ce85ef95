package engine

import (
	"github.com/agora-signal-go/signal/internal/wire"
)

// answer handles call2-ret.
func (e *Engine) answer(f *wire.RawFrame) {
	q := &e.calls
	c := q.open[f.N]
	if c == nil {
		return // repeated after a resume, or of the time before
	}
	if c.again && c.req.Op != opPoll && f.Ret.Get("reason").Text() == wire.ReasonUnavailable {
		return // it was not carried out now, but may have been before: the server cuts, and then has an answer
	}
	delete(q.open, f.N)
	told := c.over
	c.over = true
	switch ok := f.OK(); {
	case ok && told:
		e.undo(c, f.Ret)
	case ok:
		e.succeeded(c, f.Ret)
	case !told:
		e.refused(c, f)
	}
	if c.req.Op == OpJoin || c.req.Op == OpLeave {
		e.settleChannel("")
	}
	e.flush()
}

// succeeded tells the good outcome of a call.
func (e *Engine) succeeded(c *call, ret wire.Value) {
	r := c.req
	ev := Event{Channel: r.Channel, Account: r.Account, Name: r.Name, ID: r.ID, Request: r.Tag}
	if r.Self {
		ev.Account = e.login.params.Account
	}
	switch r.Op {
	case OpQueryStatus:
		ev.Kind, ev.Text = UserStatus, "0"
		if online, _ := ret.Get("status").Int(); online != 0 {
			ev.Text = "1"
		}
	case OpSetAttr:
		if r.Name == wire.AttrConnTimeout {
			e.setConnTimeout(r.Text)
		}
		e.done(r, "")
	case OpChannelSet, OpChannelDel, OpChannelClear:
		e.done(r, "")
	case OpGetAttr:
		ev.Kind, ev.Text = UserAttr, ret.Get("value").Text()
	case OpGetAttrAll:
		ev.Kind, ev.Text = UserAttrAll, ret.Get("json").Text()
	case OpSend, OpChannelSend:
		ev.Kind = SendSuccess
	case OpQueryNum:
		n, _ := ret.Get("num").Int()
		ev.Kind, ev.Num = ChannelUserNum, int(n)
	case OpInvoke:
		ev.Kind, ev.Name, ev.Text = InvokeRet, "", string(ret)
		if text := ret.Get("ret").Text(); c.fn == wire.FnExtCall && text != "" {
			ev.Text = text
		}
	case OpJoin:
		e.joined(r, ret)
	case OpLeave:
		e.leftChannel(r)
	case opRejoin:
		e.rejoined(ret)
	case opPoll:
		e.polled(ret)
	case OpInvite, OpAccept, OpRefuse, OpDTMF:
		e.done(r, e.inviteSucceeded(c, ret))
	default:
		e.inviteSucceeded(c, ret)
	}
	if ev.Kind != 0 {
		e.host.Emit(ev)
	}
}

// done tells the success of a request that no event of its own tells of, to an application that wants to know.
func (e *Engine) done(r *Request, id string) {
	if r.Tag != 0 {
		e.host.Emit(Event{Kind: Done, ID: id, Channel: r.Channel, Account: r.Account, Request: r.Tag})
	}
}

// refused tells the outcome of a call that the server refused.
func (e *Engine) refused(c *call, f *wire.RawFrame) {
	r := c.req
	reason := f.Ret.Get("reason").Text()
	if reason == "" {
		reason = string(f.Err)
	}
	code := r.Op.code(full)
	if ecode, ok := f.Ret.Get("ecode").Int(); ok {
		code = int(ecode)
	}
	switch r.Op {
	case opPoll:
		e.pollFailed()
		return
	case opRejoin:
		e.rejoinFailed(reason)
		return
	case opInviteAck:
		if !e.later(r, reason) {
			e.inviteGone(r)
		}
		return
	case opQuietLeave, opQuietEnd:
		e.later(r, reason)
		return
	case OpLeave:
		if reason == wire.ReasonNotMember && e.channel.name == r.Channel { // an earlier leave, reported as failed, was none
			e.leftChannel(r)
			return
		}
	}
	ev := r.failed(code, reason)
	if r.Op == OpInvoke {
		ev.Text = string(f.Ret)
	}
	e.host.Emit(ev)
	if reason == wire.ReasonRateLimited && ev.Kind != Failure {
		text := reason + ": sent faster than the server allows"
		e.host.Emit(Event{Kind: Failure, Name: r.Method, Code: wire.GeneralEFailed, Text: text})
	}
}

// undo takes back what came true after it had been reported as failed, so that the application's
// picture is the server's.
func (e *Engine) undo(c *call, ret wire.Value) {
	r := c.req
	switch r.Op {
	case OpJoin:
		e.at = r.Channel
		if old := e.channel.name; old != "" && old != r.Channel {
			e.dropChannel(wire.LeaveChannelEByUser) // the server moved us out of it
		}
		if e.channel.name != r.Channel && !e.calls.joining(r.Channel) {
			e.quietLeave(r.Channel)
			e.outOf(r.Channel)
		}
		if n, _ := wire.Version(ret.Get("msgid")); e.channel.name == r.Channel && n > e.channel.msgID {
			e.gap(ret) // the server had moved us out, and has us in anew
		}
	case OpLeave:
		e.outOf(r.Channel)
		if e.channel.name == r.Channel {
			e.dropChannel(wire.LeaveChannelEByUser)
		}
	case OpSetAttr:
		if r.Name == wire.AttrConnTimeout {
			e.setConnTimeout(r.Text)
		}
	case OpInvite, OpAccept, OpRefuse, OpEnd:
		e.undoInvite(c, ret)
	}
}
