package engine

import (
	"strconv"

	"github.com/agora-signal-go/signal/internal/wire"
)

// Op says what a Request asks for.
type Op int

// What an application can ask for, each with the fields of Request that it reads.
const (
	OpQueryStatus  Op = iota + 1 // Account
	OpSetAttr                    // Name, Text
	OpGetAttr                    // Name; Account unless Self
	OpGetAttrAll                 // Account unless Self
	OpSend                       // Account, Text, ID
	OpJoin                       // Channel
	OpLeave                      // Channel
	OpQueryNum                   // Channel
	OpChannelSend                // Channel, Text, ID, Force
	OpChannelSet                 // Channel, Name, Text
	OpChannelDel                 // Channel, Name
	OpChannelClear               // Channel
	OpInvite                     // Channel, Account, Extra
	OpAccept                     // Channel, Account, Extra
	OpRefuse                     // Channel, Account, Extra
	OpEnd                        // Channel, Account
	OpDTMF                       // Channel, Account, Text
	OpInvoke                     // Name, Text, ID
	OpUnsupported                // ID, Text: fails like a message, with Text as the reason
	opPoll                       // the engine's own from here on
	opInviteAck
	opQuietLeave // a join that came true after it was reported as failed
	opQuietEnd   // an invite that came true after it was reported as failed
	opRejoin
)

// A Request is one call of the application's.
type Request struct {
	Op      Op
	Method  string // the seed's name of the method, for the Failure event
	Account string
	Self    bool // the account is one's own
	Channel string
	Name    string
	Text    string
	Extra   string
	ID      string // the message's or the invoke's; "" on a message means a new one. The engine's own on an invite;
	// on what follows an invite the call's, or "" for the one that is meant with that peer on that channel
	Force bool
	Trace string // a traceparent that goes with a message, with what is done to a call and with an OpInvoke; "" for none
	Tag   uint64 // comes back in the Event that is the outcome, of which there is one then for every Request

	bad  *wire.Invalid
	call call // what Do makes of it
}

// Check checks the arguments. The finding stays with the Request: Do reports it. It needs no Engine,
// so that an application's own goroutine can do the work. A Trace that is none is dropped.
func (r *Request) Check() {
	if !wire.IsTrace(r.Trace) {
		r.Trace = ""
	}
	for _, check := range r.checks() {
		if r.bad = check; r.bad != nil {
			return
		}
	}
}

func (r *Request) checks() [3]*wire.Invalid {
	type all = [3]*wire.Invalid
	account := func(param string) *wire.Invalid {
		if r.Self {
			return nil
		}
		return wire.CheckAccount(param, r.Account)
	}
	channel := func() *wire.Invalid { return wire.CheckName("channelID", r.Channel) }
	name := func() *wire.Invalid { return wire.CheckName("name", r.Name) }
	value := func() *wire.Invalid { return wire.CheckText("value", r.Text, wire.MaxValue) }
	switch r.Op {
	case OpQueryStatus, OpGetAttrAll:
		return all{account("account")}
	case OpSetAttr:
		return all{name(), value()}
	case OpGetAttr:
		return all{account("account"), name()}
	case OpSend:
		return all{account("account"), wire.CheckText("msg", r.Text, wire.MaxInstant), r.checkID()}
	case OpChannelSend:
		return all{channel(), wire.CheckText("msg", r.Text, wire.MaxChannelText), r.checkID()}
	case OpJoin, OpLeave, OpQueryNum, OpChannelClear:
		return all{channel()}
	case OpChannelSet:
		return all{channel(), name(), value()}
	case OpChannelDel:
		return all{channel(), name()}
	case OpInvite:
		_, bad := wire.ParseInviteOptions("extra", r.Extra)
		return all{channel(), account("account"), bad}
	case OpAccept, OpRefuse:
		return all{channel(), account("account"), wire.CheckExtra("extra", r.Extra)}
	case OpEnd:
		return all{channel(), account("account")}
	case OpDTMF:
		return all{channel(), account("phoneNum"), wire.CheckDTMF("dtmf", r.Text)}
	case OpInvoke:
		return all{r.checkInvoke()}
	}
	return all{}
}

func (r *Request) checkID() *wire.Invalid {
	if r.ID == "" {
		return nil
	}
	return wire.CheckName("msgID", r.ID)
}

func (r *Request) checkInvoke() *wire.Invalid {
	if _, _, ok := wire.Invokable(r.Name); !ok {
		return &wire.Invalid{Code: wire.GeneralEWrongParam, Param: "name", Why: wire.ReasonNoSuchFunc}
	}
	if _, ok := wire.ParseObject(r.Text); !ok {
		return &wire.Invalid{Code: wire.GeneralEWrongParam, Param: "req", Why: "want a JSON object"}
	}
	return nil
}

// cause says why a request ended without an answer.
type cause int

const (
	ended   cause = iota // logout, kick or Destroy
	gone                 // the connection is lost for good
	timeout              // its deadline passed
	full                 // too many wait already
)

// code returns the code that a request of this kind ends with.
func (op Op) code(c cause) int {
	pick := func(ended, gone, timeout, full int) int { return [...]int{ended, gone, timeout, full}[c] }
	switch op {
	case OpSend, OpChannelSend:
		return pick(wire.SendMessageEOther, wire.SendMessageEOther, wire.SendMessageETimeout, wire.SendMessageEOther)
	case OpJoin:
		return wire.JoinChannelEOther
	case OpLeave:
		return pick(wire.LeaveChannelELogout, wire.LeaveChannelELogout, wire.LeaveChannelEOther, wire.LeaveChannelEOther)
	case OpQueryNum:
		return pick(wire.QueryUserNumEByUser, wire.QueryUserNumEOther, wire.QueryUserNumETimeout, wire.QueryUserNumEOther)
	case OpInvite:
		return pick(wire.InviteEOther, wire.InviteENet, wire.InviteENet, wire.InviteEOther)
	}
	return wire.GeneralEFailed
}

// What the Text of a failure begins with that the engine itself tells.
const (
	TimedOut   = "timeout"
	LoginEnded = "the login ended first"
)

func (c cause) String() string {
	return [...]string{LoginEnded, "the connection is lost", TimedOut + ": no answer in time", "too many requests wait already"}[c]
}

// failed returns the event that ends the request without success.
func (r *Request) failed(code int, text string) Event {
	ev := Event{Code: code, Channel: r.Channel, Account: r.Account, Text: text, Request: r.Tag}
	switch r.Op {
	case OpSend, OpChannelSend, OpUnsupported:
		ev.Kind, ev.ID = SendError, r.ID
	case OpJoin:
		ev.Kind = ChannelJoinFailed
	case OpLeave:
		ev.Kind = ChannelLeaved
	case OpQueryNum:
		ev.Kind = ChannelUserNum
	case OpInvite:
		ev.Kind, ev.Extra = InviteFailed, r.Extra
	case OpInvoke:
		ev.Kind, ev.ID, ev.Name = InvokeRet, r.ID, strconv.Itoa(code)
		ev.Text = string(wire.Failure(text, code))
	default:
		ev.Kind, ev.Name = Failure, r.Method
	}
	return ev
}
