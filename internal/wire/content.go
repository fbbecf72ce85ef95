package wire

import (
	"bytes"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Voip is the content of an invite event in a personal list.
type Voip struct {
	Channel string
	Peer    string // the other account
	Extra   string
	ECode   int    // of TypeInviteFailed only
	Call    string // (ours) which call it is; "" from a server that does not say
	Trace   string // (ours) a traceparent, "" for none
}

// Append appends the JSON text.
func (v *Voip) Append(dst []byte) []byte {
	o := NewObject(dst)
	o.Str("channel", v.Channel).Str("peer", v.Peer).Int("peeruid", 0).Str("extra", v.Extra)
	if v.ECode != 0 {
		o.Int("ecode", int64(v.ECode))
	}
	if v.Call != "" {
		o.Str("call", v.Call)
	}
	return o.Trace(v.Trace).Bytes()
}

// ParseVoip reads the content of an invite event.
func ParseVoip(content string) (Voip, bool) {
	o, ok := ParseObject(content)
	if !ok {
		return Voip{}, false
	}
	ecode, _ := o.Get("ecode").Int()
	v := Voip{
		Channel: o.Get("channel").Text(), Peer: o.Get("peer").Text(), Extra: StringOrObject(o.Get("extra")),
		ECode: int(ecode), Call: o.Get("call").Text(), Trace: o.Get(ArgTrace).Trace(),
	}
	return v, v.Channel != "" && v.Peer != ""
}

// StringOrObject reads an argument that original clients send as a JSON object where a string is meant:
// the object's text counts.
func StringOrObject(v Value) string {
	if v.IsObject() {
		return string(v)
	}
	return v.Text()
}

// DTMFExtra returns the extra of a voip_invite_msg that carries telephone keys.
func DTMFExtra(keys string) string {
	var o Object
	return string(o.Str("msgtype", "dtmf").Str("msgdata", keys).Bytes())
}

// ParseInviteMsg reads the extra of a voip_invite_msg.
func ParseInviteMsg(extra string) (msgType, msgData string) {
	o, _ := ParseObject(extra)
	return o.Get("msgtype").Text(), o.Get("msgdata").Text()
}

// ChannelEvent is the content of an event of a channel. Type says which fields it has.
type ChannelEvent struct {
	Type    string
	Channel string
	Account string // "" where the server itself did it
	Msg     string // of TypeChannelMsg
	Name    string // of TypeChannelAttr, as Value and Change
	Value   string
	Change  string
	Trace   string // (ours) of TypeChannelMsg: a traceparent, "" for none
}

// Append appends the JSON text.
func (e *ChannelEvent) Append(dst []byte) []byte {
	o := NewObject(dst)
	o.Str("channel", e.Channel).Str("account", e.Account).Int("uid", 0)
	switch e.Type {
	case TypeChannelMsg:
		o.Str("msg", e.Msg).Trace(e.Trace)
	case TypeChannelAttr:
		o.Str("name", e.Name).Str("value", e.Value).Str("type", e.Change)
	}
	return o.Bytes()
}

// A RawChannelEvent is a ChannelEvent as it lies in the bytes that it was read from.
type RawChannelEvent struct {
	Channel, Account, Msg, Name, Value, Change []byte
	Trace                                      []byte // nil unless it is a traceparent
}

// ReadChannelEvent reads the content of a channel's line. It overwrites content, and what it returns is good as long as
// content is.
func ReadChannelEvent(content []byte) (e RawChannelEvent, ok bool) {
	var p parts
	s := shape{b: content, ok: true}
	if s.members(p.add) && utf8.Valid(content) {
		return p.event(), true
	}
	o, err := ParseValue(content)
	if err != nil || !o.IsObject() {
		return RawChannelEvent{}, false
	}
	p = parts{}
	for key, val := range o.members() {
		p.add(key, val)
	}
	return p.event(), true
}

// parts are the members of a channel's event. A name that occurs twice has its last value.
type parts struct{ channel, account, msg, name, value, change, trace Value }

func (p *parts) add(key, val Value) {
	switch key.name("channel", "account", "uid", "msg", "name", "value", "type", ArgTrace) {
	case "channel":
		p.channel = val
	case "account":
		p.account = val
	case "msg":
		p.msg = val
	case "name":
		p.name = val
	case "value":
		p.value = val
	case "type":
		p.change = val
	case ArgTrace:
		p.trace = val
	}
}

func (p *parts) event() RawChannelEvent {
	e := RawChannelEvent{
		Channel: p.channel.textInPlace(), Account: p.account.textInPlace(), Msg: p.msg.textInPlace(),
		Name: p.name.textInPlace(), Value: p.value.textInPlace(), Change: p.change.textInPlace(),
	}
	if p.trace != nil {
		e.Trace = p.trace.traceInPlace()
	}
	return e
}

// ParseChannelEvent reads the content of a channel's line of the given type.
func ParseChannelEvent(typ, content string) (ChannelEvent, bool) {
	e, ok := ReadChannelEvent([]byte(content))
	if !ok {
		return ChannelEvent{}, false
	}
	return ChannelEvent{
		Type: typ, Channel: string(e.Channel), Account: string(e.Account), Msg: string(e.Msg),
		Name: string(e.Name), Value: string(e.Value), Change: string(e.Change), Trace: string(e.Trace),
	}, true
}

// AppendMembers appends the list of a channel's members as it stands in answers: [[account, uid], …].
func AppendMembers(dst []byte, accounts []string) []byte {
	dst = append(dst, '[')
	for i, a := range accounts {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(AppendString(append(dst, '['), a), ",0]"...)
	}
	return append(dst, ']')
}

// ParseMembers reads a list of members.
func ParseMembers(v Value) []string {
	var accounts []string
	for e := range v.Elements() {
		for name := range e.Elements() {
			accounts = append(accounts, name.Text())
			break
		}
	}
	return accounts
}

// SortedNames returns the names of attributes in the order in which both ends hand them out.
func SortedNames(attrs map[string]string) []string {
	names := make([]string, 0, len(attrs))
	for name := range attrs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// ParseStrings reads a JSON object of strings. Numbers count as their text, for old servers wrote them so.
func ParseStrings(v Value) map[string]string {
	attrs := make(map[string]string)
	for name, val := range v.Members() {
		if val.IsNumber() {
			attrs[name] = string(val)
		} else {
			attrs[name] = val.Text()
		}
	}
	return attrs
}

// AppendVersioned appends [ver, text], the form of a personal message in a push and in an answer.
func AppendVersioned(dst []byte, ver uint64, line []byte) []byte {
	dst = strconv.AppendUint(append(dst, '['), ver, 10)
	return append(AppendString(append(dst, ','), line), ']')
}

// ReadVersioned reads [ver, text]. It overwrites v, and the text is good as long as v is.
func ReadVersioned(v Value) (ver uint64, text []byte, ok bool) {
	var f [2]Value
	if !v.fields(f[:]) || !f[1].IsString() {
		return 0, nil, false
	}
	n, ok := f[0].Int()
	if !ok || n < 0 {
		return 0, nil, false
	}
	return uint64(n), f[1].textInPlace(), true
}

// ParseVersioned is ReadVersioned that leaves v as it is.
func ParseVersioned(v Value) (ver uint64, line string, ok bool) {
	ver, text, ok := ReadVersioned(bytes.Clone(v))
	return ver, string(text), ok
}
