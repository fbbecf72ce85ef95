package wire

import (
	"errors"
	"strconv"
	"unicode/utf8"
)

// The events of frames that clients send.
const (
	EventLogin     = "login"
	EventLineLogin = "line_login"
	EventPing      = "ping"
	EventAck       = "ack"
	EventCall      = "call2"
	EventSetFlag   = "set_flag" // of web clients from 1.4.0 on, which offer to take compressed frames
)

// ErrShape says that a frame is JSON but none of the frames of the protocol.
var ErrShape = errors.New("wire: not a frame of the protocol")

// A ClientFrame is what a client sends. It aliases the bytes that it was parsed from.
type ClientFrame struct {
	Event string
	N     int64 // of EventPing and EventAck
	Args  Value // the object of EventLogin and EventLineLogin; of EventCall whatever stands there
	Func  string
	ID    Value // of EventCall: the number that the client gave the call, as it wrote it
}

// maxPing is the largest number that every client's language holds exactly.
const maxPing = 1 << 53

// ParseClientFrame reads a frame. The error is ErrNotJSON or ErrShape.
func ParseClientFrame(data []byte) (ClientFrame, error) {
	if frame, ok := parseCall(data); ok {
		return frame, nil
	}
	v, err := ParseValue(data)
	if err != nil {
		return ClientFrame{}, err
	}
	var f [2]Value
	if !v.fields(f[:]) {
		return ClientFrame{}, ErrShape
	}
	frame := ClientFrame{Event: f[0].event()}
	ok := false
	switch frame.Event {
	case EventLogin, EventLineLogin:
		frame.Args, ok = f[1], f[1].IsObject()
	case EventPing, EventAck:
		frame.N, ok = f[1].Int()
		ok = ok && -maxPing <= frame.N && frame.N <= maxPing
	case EventSetFlag:
		ok = true
	case EventCall:
		var c [3]Value
		if ok = f[1].fields(c[:]) && c[0].IsString() && c[1].IsNumber(); ok {
			frame.Func, frame.ID, frame.Args = c[0].function(), c[1], c[2]
		}
	}
	if !ok {
		return ClientFrame{}, ErrShape
	}
	return frame, nil
}

// parseCall reads a call as all clients write it, without a space between its parts, in one pass. What it does not read
// may still be a frame.
func parseCall(data []byte) (ClientFrame, bool) {
	const start = `["` + EventCall + `",["`
	if len(data) < len(start) || string(data[:len(start)]) != start || !utf8.Valid(data) {
		return ClientFrame{}, false
	}
	fn := len(start) - 1
	fnEnd := checkString(data, fn)
	id := fnEnd + 1
	if fnEnd < 0 || id >= len(data) || data[fnEnd] != ',' || (data[id] != '-' && !isDigit(data[id])) {
		return ClientFrame{}, false
	}
	idEnd := checkNumber(data, id)
	if idEnd < 0 || idEnd >= len(data) || data[idEnd] != ',' {
		return ClientFrame{}, false
	}
	end := checkValue(data, idEnd+1, 2)
	if end < 0 || string(data[end:]) != "]]" {
		return ClientFrame{}, false
	}
	return ClientFrame{
		Event: EventCall, Func: Value(data[fn:fnEnd]).function(), ID: data[id:idEnd], Args: data[idEnd+1 : end],
	}, true
}

// event returns the text of a string without making one for the events that there are.
func (v Value) event() string {
	switch string(v) {
	case `"` + EventLogin + `"`:
		return EventLogin
	case `"` + EventLineLogin + `"`:
		return EventLineLogin
	case `"` + EventPing + `"`:
		return EventPing
	case `"` + EventAck + `"`:
		return EventAck
	case `"` + EventCall + `"`:
		return EventCall
	case `"` + EventSetFlag + `"`:
		return EventSetFlag
	}
	return v.Text()
}

// A Login asks for a new session.
type Login struct {
	AppID, Account, Token, Device string
	Instance                      string // (ours) names the client; with Seq it tells a late login from a new one
	Seq                           int64
}

// Append appends the frame.
func (l *Login) Append(dst []byte) []byte {
	o := NewObject(append(dst, `["login",`...))
	o.Str("vid", l.AppID).Str("account", l.Account).Int("uid", 0).Str("token", l.Token).Str("device", l.Device).Str("ip", "")
	if l.Instance != "" {
		o.Str("instance", l.Instance).Int("seq", l.Seq)
	}
	return append(o.Bytes(), ']')
}

// ParseLogin reads the object of a login frame. A string that is missing counts as "".
func ParseLogin(v Value) (Login, error) {
	var l Login
	texts := [...]struct {
		name string
		into *string
	}{{"vid", &l.AppID}, {"account", &l.Account}, {"token", &l.Token}, {"device", &l.Device}, {"instance", &l.Instance}}
	for _, t := range texts {
		val := v.Get(t.name)
		if val != nil && !val.IsString() {
			return Login{}, ErrShape
		}
		*t.into = val.Text()
	}
	l.Seq, _ = v.Get("seq").Int()
	return l, nil
}

// A LineLogin asks to go on with a session on a new socket. Original clients send Line alone.
type LineLogin struct {
	Line     string
	Resume   bool   // whether what was missed is wanted: the fields below are there
	VerClear uint64 // the client has its personal messages up to here
	Channel  string // the channel that the client is in
	MsgID    uint64 // it has that channel's events up to here
}

// Append appends the frame.
func (l *LineLogin) Append(dst []byte) []byte {
	o := NewObject(append(dst, `["line_login",`...))
	o.Str("line", l.Line)
	if l.Resume {
		o.Int("ver_clear", int64(l.VerClear)).Str("channel", l.Channel).Int("msgid", int64(l.MsgID))
	}
	return append(o.Bytes(), ']')
}

// ParseLineLogin reads the object of a line_login frame.
func ParseLineLogin(v Value) (LineLogin, error) {
	line, ok := v.Get("line").Str()
	if !ok {
		return LineLogin{}, ErrShape
	}
	l := LineLogin{Line: line}
	ver, channel, msgID := v.Get("ver_clear"), v.Get("channel"), v.Get("msgid")
	if ver == nil && channel == nil && msgID == nil {
		return l, nil
	}
	l.Resume = true
	var okVer, okID bool
	l.VerClear, okVer = Version(ver)
	l.MsgID, okID = Version(msgID)
	if !okVer || !okID || (channel != nil && !channel.IsString()) {
		return LineLogin{}, ErrShape
	}
	l.Channel = channel.Text()
	return l, nil
}

// Version reads a number of a message: a JSON number or a string of digits; absent counts as 0.
func Version(v Value) (uint64, bool) {
	if v == nil {
		return 0, true
	}
	digits := v.Text()
	if v.IsNumber() {
		digits = string(v)
	}
	n, err := strconv.ParseUint(digits, 10, 63)
	return n, err == nil
}

// AppendPing appends a heartbeat.
func AppendPing(dst []byte, n int64) []byte { return appendNumbered(dst, EventPing, n) }

// AppendAck appends the word that every answer up to call id has arrived.
func AppendAck(dst []byte, id int64) []byte { return appendNumbered(dst, EventAck, id) }

func appendNumbered(dst []byte, event string, n int64) []byte {
	dst = append(append(append(dst, `["`...), event...), `",`...)
	return append(strconv.AppendInt(dst, n, 10), ']')
}

// AppendCall appends a call. args is a JSON object.
func AppendCall(dst []byte, fn string, id int64, args []byte) []byte {
	dst = append(AppendString(append(dst, `["call2",[`...), fn), ',')
	dst = append(strconv.AppendInt(dst, id, 10), ',')
	return append(append(dst, args...), `]]`...)
}
