package core

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/agora-signal-go/signal/internal/wire"
)

// ErrKind means that an entry is of a kind that this version does not know.
var ErrKind = errors.New("core: unknown kind of entry")

// EntryKind says what an Entry stands for. The numbers are for good.
type EntryKind uint8

// The kinds of Entry.
const (
	EntryTick       EntryKind = iota + 1 // nothing but that time has passed
	EntryLogin                           // [Login]: Peer, Login, MayWatch, ByID
	EntryLineLogin                       // [LineLogin]: Peer, Line
	EntryCall                            // [Call]: Peer, Frame
	EntryAck                             // [Ack]: Peer, ID
	EntryDown                            // [Down]: Peer
	EntryExtReturn                       // [ExtReturn]: Ext
	EntryMessage                         // a [Message] of another Core: Partition, Number, Message
	EntryKickUser                        // [KickUser]: App, Account and, as all that the owner wishes, Node and Token
	EntryCloseApp                        // [CloseApp]: App
	EntryKickFrom                        // [KickFromChannel]: App, Channel, Account
	EntrySystem                          // [SendSystem]: App, Account (To), Text, TTL
	EntrySystemRoom                      // [SendSystemChannel]: App, Channel, Text
	EntryTakeover                        // [Takeover]: Limits, and as Node who took over
	lastEntry       = EntryTakeover
)

// An Entry is an Input as it can be written down: what has to be known to let the same happen again elsewhere. Its kind says
// which fields mean something. It is large: use one again and again.
type Entry struct {
	Kind EntryKind
	Peer PeerID

	Login          wire.Login // the Token is not written
	MayWatch, ByID bool
	Line           wire.LineLogin
	Frame          []byte // the text of a call2 frame, as it came; parsed, it is part of what was parsed
	ID             int64

	Ext ExtReturn

	Partition int    // whose the Message is
	Number    uint64 // which of them
	Message   *Message

	Node, Token                 uint64 // whom to tell what came of it, and which wish it is the answer to
	App, Account, Channel, Text string
	TTL                         time.Duration

	Limits Limits
}

// Append appends the entry's bytes, by which it does not end: its length has to be known to who reads it. Its Kind is one of those
// above, and an EntryMessage has a Message, which stays the caller's.
func (e *Entry) Append(dst []byte) []byte {
	w := writer{append(dst, byte(e.Kind))}
	switch e.Kind {
	case EntryLogin, EntryLineLogin, EntryCall, EntryAck, EntryDown:
		w.peerID(e.Peer)
		e.appendPeers(&w)
	case EntryExtReturn:
		w.uvarint(e.Ext.Session)
		w.uvarint(e.Ext.Request)
		w.text(e.Ext.Ret)
		w.text(e.Ext.Reason)
		w.varint(int64(e.Ext.Code))
	case EntryMessage:
		w.uvarint(uint64(e.Partition))
		w.uvarint(e.Number)
		w.b = AppendMessage(w.b, e.Message)
	case EntryTakeover:
		w.uvarint(e.Node)
		w.limits(&e.Limits)
	case EntryKickUser, EntryCloseApp, EntryKickFrom, EntrySystem, EntrySystemRoom:
		w.uvarint(e.Node)
		w.uvarint(e.Token)
		w.text(e.App)
		e.appendWish(&w)
	}
	return w.b
}

// appendPeers appends what a socket brings.
func (e *Entry) appendPeers(w *writer) {
	switch e.Kind {
	case EntryLogin:
		w.text(e.Login.AppID)
		w.text(e.Login.Account)
		w.text(e.Login.Device)
		w.text(e.Login.Instance)
		w.varint(e.Login.Seq)
		w.bool(e.MayWatch)
		w.bool(e.ByID)
	case EntryLineLogin:
		w.text(e.Line.Line)
		w.bool(e.Line.Resume)
		w.uvarint(e.Line.VerClear)
		w.text(e.Line.Channel)
		w.uvarint(e.Line.MsgID)
	case EntryCall:
		w.fixed(e.Frame) // to the end
	case EntryAck:
		w.varint(e.ID)
	}
}

// appendWish appends what the owner wishes.
func (e *Entry) appendWish(w *writer) {
	switch e.Kind {
	case EntryKickUser:
		w.text(e.Account)
	case EntryKickFrom:
		w.text(e.Channel)
		w.text(e.Account)
	case EntrySystem:
		w.text(e.Account)
		w.text(e.Text)
		w.varint(int64(e.TTL))
	case EntrySystemRoom:
		w.text(e.Channel)
		w.text(e.Text)
	}
}

// ParseEntry reads what Append wrote, and nothing behind it, into e. An e.Message that is there is used for an EntryMessage;
// it is an empty one, as NewMessage gives one, and stays there for the next else. Nothing but Frame is part of b.
// The error is an ErrDamaged or an ErrKind; then e means nothing.
func ParseEntry(b []byte, e *Entry) error {
	*e = Entry{Message: e.Message}
	r := reader{b: b}
	e.Kind = EntryKind(r.byte())
	switch e.Kind {
	case EntryTick:
	case EntryLogin, EntryLineLogin, EntryCall, EntryAck, EntryDown:
		e.Peer = r.peerID()
		e.parsePeers(&r)
	case EntryExtReturn:
		e.Ext = ExtReturn{Session: r.uvarint(), Request: r.uvarint(), Ret: r.text(), Reason: r.text(), Code: r.int()}
	case EntryMessage:
		e.Partition, e.Number = r.index(math.MaxInt32, "the index of a Core"), r.uvarint()
		if r.err != nil {
			return r.err
		}
		if e.Message == nil {
			e.Message = new(Message)
		}
		return ParseMessage(r.b, e.Message)
	case EntryTakeover:
		e.Node, e.Limits = r.uvarint(), r.limits()
	case EntryKickUser, EntryCloseApp, EntryKickFrom, EntrySystem, EntrySystemRoom:
		e.Node, e.Token, e.App = r.uvarint(), r.uvarint(), r.text()
		e.parseWish(&r)
	default:
		if r.err == nil {
			return fmt.Errorf("%w: want 1 to %d, got %d", ErrKind, lastEntry, e.Kind)
		}
	}
	return r.end()
}

func (e *Entry) parsePeers(r *reader) {
	switch e.Kind {
	case EntryLogin:
		e.Login = wire.Login{
			AppID: r.text(), Account: r.text(), Device: r.text(), Instance: r.text(), Seq: r.varint(),
		}
		e.MayWatch, e.ByID = r.bool(), r.bool()
	case EntryLineLogin:
		e.Line = wire.LineLogin{
			Line: r.text(), Resume: r.bool(), VerClear: r.uvarint(), Channel: r.text(), MsgID: r.uvarint(),
		}
	case EntryCall:
		e.Frame = r.fixed(len(r.b))
	case EntryAck:
		e.ID = r.varint()
	}
}

func (e *Entry) parseWish(r *reader) {
	switch e.Kind {
	case EntryKickUser:
		e.Account = r.text()
	case EntryKickFrom:
		e.Channel, e.Account = r.text(), r.text()
	case EntrySystem:
		e.Account, e.Text, e.TTL = r.text(), r.text(), time.Duration(r.varint())
	case EntrySystemRoom:
		e.Channel, e.Text = r.text(), r.text()
	}
}

// Wish returns the input of an entry of one of the kinds that the owner wishes and that end in an error or not, which
// done is told; nil for any other.
func (e *Entry) Wish(done func(error)) Input {
	switch e.Kind {
	case EntryKickUser:
		return KickUser{App: e.App, Account: e.Account, Done: done}
	case EntryKickFrom:
		return KickFromChannel{App: e.App, Channel: e.Channel, Account: e.Account, Done: done}
	case EntrySystem:
		return SendSystem{App: e.App, To: e.Account, Text: e.Text, TTL: e.TTL, Done: done}
	case EntrySystemRoom:
		return SendSystemChannel{App: e.App, Channel: e.Channel, Text: e.Text, Done: done}
	}
	return nil
}
