package wire

import (
	"bytes"
	"strconv"
)

// The events of frames that servers send, besides EventPing's answer.
const (
	EventLoginRet = "login_ret"
	EventPong     = "pong"
	EventCallRet  = "call2-ret"
	EventNotify   = "notify"
	EventClose    = "close"
	EventKick     = "kick" // to those who sent EventSetFlag, before the EventClose of that reason: upon it they report 103
)

// The kinds of EventNotify.
const (
	NotifyRecvMsg  = "recvmsg"
	NotifyRecvByID = "recvmsg_by_msgid" // to those whose dialect it is, instead of NotifyRecvMsg
	NotifyMsg      = "msg"
	NotifyChannel  = "channel2"
	NotifyKicked   = "channel_kicked" // (ours) to the Go client: it was thrown out of a channel
)

// Reasons of a failed login.
const (
	ReasonKick         = "kick"
	ReasonRemoved      = "removed" // of a line_login: the session was ended by the server's owner
	ReasonTokenExpired = "TokenErrorExpired"
	ReasonTokenPrefix  = "TokenError"
	ReasonInvalidUser  = "InvalidUser"
	ReasonInvalidApp   = "InvalidApp"
	ReasonRefused      = "Refused"
	ReasonLineInvalid  = "LineInvalid"
)

// Reasons of a failed call.
const (
	ReasonNoSuchFunc  = "NoSuchFunc"
	ReasonRateLimited = "RateLimited"
	ReasonUnavailable = "Unavailable" // the server can keep nothing at present
	ReasonNotMember   = "NotMember"   // of a channel
)

// Reasons of EventClose. The first three end the session, the others the socket alone.
const (
	CloseKick     = "kick"
	CloseExpired  = "expired"
	CloseRemoved  = "removed"
	CloseRestart  = "restart"
	CloseBadFrame = "bad frame"
	CloseSlow     = "slow"
	CloseTimeout  = "timeout"
)

// A RawFrame is what a server sends, as it lies in the bytes that it was read from.
type RawFrame struct {
	Event  string
	N      int64  // of EventPong; of EventCallRet the call's number
	Err    []byte // of EventLoginRet and EventCallRet
	Ret    Value  // of the same: the object that answers
	Kind   string // of EventNotify
	Ver    uint64 // of NotifyRecvMsg and NotifyMsg; of NotifyChannel the event's number
	Line   []byte // of NotifyRecvMsg and NotifyChannel
	Trace  []byte // of NotifyRecvMsg: a traceparent, nil for none
	Name   []byte // of NotifyChannel and NotifyKicked: the channel
	Reason []byte // of EventClose
}

// ReadServerFrame reads a frame. It overwrites data, and what it returns is good as long as data is. The error is
// ErrNotJSON or ErrShape.
func ReadServerFrame(data []byte) (RawFrame, error) {
	var frame RawFrame
	switch known, ok := frame.known(data); {
	case !known:
		return readAnyFrame(data)
	case !ok:
		return RawFrame{}, ErrShape
	}
	return frame, nil
}

func readAnyFrame(data []byte) (RawFrame, error) {
	v, err := ParseValue(data)
	if err != nil {
		return RawFrame{}, err
	}
	var f [2]Value
	if !v.fields(f[:]) {
		return RawFrame{}, ErrShape
	}
	frame := RawFrame{Event: f[0].name(EventNotify, EventCallRet, EventPong, EventLoginRet, EventClose, EventKick)}
	var ok bool
	switch frame.Event {
	case EventLoginRet:
		var r [2]Value
		if ok = f[1].fields(r[:]); ok {
			ok = frame.answer(r[0], r[1])
		}
	case EventCallRet:
		var r [3]Value
		if ok = f[1].fields(r[:]); ok {
			frame.N, ok = r[0].Int()
			ok = ok && frame.answer(r[1], r[2])
		}
	case EventPong:
		frame.N, ok = f[1].Int()
	case EventKick:
		ok = true
	case EventClose:
		frame.Reason, ok = f[1].textInPlace(), f[1].IsString()
	case EventNotify:
		ok = frame.notify(f[1])
	}
	if !ok {
		return RawFrame{}, ErrShape
	}
	return frame, nil
}

// plainOK is the answer that most calls have.
const plainOK = `{"result":"ok"}`

func (f *RawFrame) answer(err, ret Value) bool {
	f.Err = err.textInPlace()
	text := ret.textInPlace()
	if string(text) == plainOK {
		f.Ret = Value(text)
		return true
	}
	v, bad := ParseValue(text)
	f.Ret = v
	return bad == nil && v.IsObject()
}

// OK reports whether the frame is an answer that says so.
func (f *RawFrame) OK() bool {
	return len(f.Err) == 0 && (string(f.Ret) == plainOK || f.Ret.Get("result").name("ok") == "ok")
}

func (f *RawFrame) notify(v Value) bool {
	var p [4]Value
	n := 0
	for e := range v.Elements() {
		if n < len(p) {
			p[n] = e
		}
		n++
	}
	var ok bool
	switch f.Kind = p[0].name(NotifyChannel, NotifyRecvMsg, NotifyMsg, NotifyKicked); f.Kind {
	case NotifyRecvMsg:
		f.Trace = p[2].traceInPlace()
		ok = f.pushed(p[1].textInPlace())
	case NotifyMsg:
		f.Ver, ok = Version(p[1])
		ok = ok && p[1] != nil
	case NotifyChannel:
		ok = p[1].IsString() && p[3].IsString()
		f.Name, f.Line = p[1].textInPlace(), p[3].textInPlace()
		if ok {
			f.Ver, ok = Version(p[2])
		}
	case NotifyKicked:
		f.Name, ok = p[1].textInPlace(), p[1].IsString()
	default:
		ok = f.Kind != "" // another dialect's: not ours to judge
	}
	return ok
}

// A ServerFrame is a RawFrame that holds its own texts.
type ServerFrame struct {
	Event  string
	N      int64
	Err    string
	Ret    Value
	Kind   string
	Ver    uint64
	Line   string
	Trace  string
	Name   string
	Reason string
}

// ParseServerFrame is ReadServerFrame that leaves data as it is.
func ParseServerFrame(data []byte) (ServerFrame, error) {
	f, err := ReadServerFrame(bytes.Clone(data))
	return ServerFrame{
		Event: f.Event, N: f.N, Err: string(f.Err), Ret: f.Ret, Kind: f.Kind, Ver: f.Ver,
		Line: string(f.Line), Trace: string(f.Trace), Name: string(f.Name), Reason: string(f.Reason),
	}, err
}

// AppendLoginRet appends the answer to a login; ret is a JSON object.
func AppendLoginRet(dst []byte, err string, ret []byte) []byte {
	dst = AppendString(append(dst, `["login_ret",[`...), err)
	return append(AppendString(append(dst, ','), ret), `]]`...)
}

// AppendCallRet appends the answer to the call that the client numbered id; ret is a JSON object.
func AppendCallRet(dst []byte, id Value, ret []byte) []byte {
	dst = append(append(dst, `["call2-ret",[`...), id...)
	return append(AppendString(append(dst, `,"",`...), ret), `]]`...)
}

// AppendPong appends the answer to a heartbeat.
func AppendPong(dst []byte, n int64) []byte { return appendNumbered(dst, EventPong, n) }

// AppendClose appends the word that a session or a socket is over.
func AppendClose(dst []byte, reason string) []byte {
	return append(AppendString(append(dst, `["close",`...), reason), ']')
}

// AppendKick appends the word that the account has logged in elsewhere.
func AppendKick(dst []byte) []byte { return append(dst, `["kick",""]`...) }

// AppendRecvMsg appends the push of a personal message.
func AppendRecvMsg(dst []byte, ver uint64, line []byte) []byte {
	dst = strconv.AppendUint(append(dst, `["notify",["recvmsg","[`...), ver, 10)
	dst = appendEscaped(append(dst, `,\"`...), line, 2)
	return append(dst, `\"]"]]`...)
}

// AppendTracedRecvMsg is AppendRecvMsg of a message that has a trace. Clients that know none read over it.
func AppendTracedRecvMsg(dst []byte, ver uint64, line []byte, trace string) []byte {
	dst = AppendRecvMsg(dst, ver, line)
	if trace == "" {
		return dst
	}
	return append(append(append(dst[:len(dst)-len(`]]`)], `,"`...), trace...), `"]]`...)
}

// AppendRecvByID appends the push of a personal message that has an id, which may hold no space.
func AppendRecvByID(dst []byte, id string, line []byte) []byte {
	dst = append(dst, `["notify",["recvmsg_by_msgid","`+lineByID+` `...)
	dst = appendEscaped(appendEscaped(dst, id, 1), line[len(lineVersion):], 1)
	return append(dst, `"]]`...)
}

// AppendKicked appends the word that the server's owner took its receiver out of a channel. The channel sends it nothing any more.
func AppendKicked(dst []byte, channel string) []byte {
	return append(AppendString(append(dst, `["notify",["channel_kicked",`...), channel), `]]`...)
}

// AppendMsg appends the word that personal messages up to ver exist.
func AppendMsg(dst []byte, ver uint64) []byte {
	return append(strconv.AppendUint(append(dst, `["notify",["msg",`...), ver, 10), `]]`...)
}

// AppendChannel appends an event of a channel.
func AppendChannel(dst []byte, channel string, msgID uint64, line []byte) []byte {
	dst = AppendString(append(dst, `["notify",["channel2",`...), channel)
	dst = append(strconv.AppendUint(append(dst, ','), msgID, 10), ',')
	return append(AppendString(dst, line), `]]`...)
}

// Failure returns the object that answers a call which failed, in the three shapes that clients read.
func Failure(reason string, ecode int) []byte {
	var data, o Object
	data.Str("result", reason)
	return o.Str("result", "failed").Str("reason", reason).Int("ecode", int64(ecode)).Raw("data", data.Bytes()).Bytes()
}

// OK begins the object that answers a call which succeeded.
func OK() *Object {
	o := &Object{make([]byte, 0, 64)}
	return o.Str("result", "ok")
}
