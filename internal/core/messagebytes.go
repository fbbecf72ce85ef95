package core

import (
	"encoding/binary"
	"math"
)

// What of a Message is not zero: one bit each, in the order in which it stands in bytes. They are for good.
const (
	hasApp = 1 << iota
	hasName
	hasCore
	hasSession
	hasFromCore
	hasFromSession
	hasFromRequest
	hasFromAccount
	hasChannel
	hasCall
	hasType
	hasKey
	hasFlag
	hasAttrName
	hasValue
	hasText
	hasFn
	hasAccount
	hasReason
	hasCode
	isForce
	isProbe
	isAgain
	hasNum
	hasJoin
	hasBody
	hasJoins
	hasFrame
	hasFrames
	hasRoom
	hasAll // this and above: nobody's yet
)

// A fieldWriter writes what is not zero, and notes what that is.
type fieldWriter struct {
	writer
	has uint32
}

func (w *fieldWriter) text(bit uint32, v string) {
	if v != "" {
		w.has |= bit
		w.writer.text(v)
	}
}

func (w *fieldWriter) uvarint(bit uint32, v uint64) {
	if v != 0 {
		w.has |= bit
		w.writer.uvarint(v)
	}
}

func (w *fieldWriter) blob(bit uint32, v []byte) {
	if len(v) > 0 {
		w.has |= bit
		w.writer.blob(v)
	}
}

func (w *fieldWriter) bool(bit uint32, v bool) {
	if v {
		w.has |= bit
	}
}

// AppendMessage appends a Message as bytes. Of Body and Ret there is one at most.
func AppendMessage(dst []byte, m *Message) []byte {
	start := len(dst)
	w := fieldWriter{writer: writer{append(dst, 0, 0, 0, 0, byte(m.To.Target), byte(m.Op))}}
	w.text(hasApp, m.To.App)
	w.text(hasName, m.To.Name)
	w.uvarint(hasCore, uint64(m.To.Core))
	w.uvarint(hasSession, m.To.Session)
	w.uvarint(hasFromCore, uint64(m.From.Core))
	w.uvarint(hasFromSession, m.From.Session)
	w.uvarint(hasFromRequest, m.From.Request)
	w.text(hasFromAccount, m.From.Account)
	w.text(hasChannel, m.Channel)
	w.text(hasCall, m.Call)
	w.text(hasType, m.Type)
	if m.Key != (digest{}) {
		w.has |= hasKey
		w.fixed(m.Key[:])
	}
	w.text(hasFlag, m.Flag)
	w.text(hasAttrName, m.Name)
	w.text(hasValue, m.Value)
	w.text(hasText, m.Text)
	w.text(hasFn, m.Fn)
	w.text(hasAccount, m.Account)
	w.text(hasReason, m.Reason)
	if m.Code != 0 {
		w.has |= hasCode
		w.varint(int64(m.Code))
	}
	w.bool(isForce, m.Force)
	w.bool(isProbe, m.Probe)
	w.bool(isAgain, m.Again)
	w.uvarint(hasNum, m.Num)
	w.uvarint(hasJoin, m.Join)
	w.blob(hasBody, m.answer())
	if len(m.Joins) > 0 {
		w.has |= hasJoins
		w.joins(m.Joins)
	}
	w.blob(hasFrame, m.Frame)
	if len(m.Frames) > 0 {
		w.has |= hasFrames
		w.writer.uvarint(uint64(len(m.Frames)))
		for _, frame := range m.Frames {
			w.writer.blob(frame)
		}
	}
	if m.Room != nil {
		w.has |= hasRoom
		w.room(m.Room)
	}
	binary.LittleEndian.PutUint32(w.b[start:], w.has)
	return w.b
}

// joins writes numbers that mostly rise, and not by much.
func (w *writer) joins(joins []uint64) {
	w.uvarint(uint64(len(joins)))
	last := uint64(0)
	for _, join := range joins {
		w.varint(int64(join - last))
		last = join
	}
}

func (w *writer) room(s *snapshot) {
	w.blob(s.List)
	w.blob(s.Attrs)
	w.uvarint(s.MsgID)
	w.text(s.Epoch)
}

// A fieldReader reads what is there; the rest is zero.
type fieldReader struct {
	reader
	has uint32
}

func (r *fieldReader) text(bit uint32) string {
	if r.has&bit == 0 {
		return ""
	}
	return r.reader.text()
}

func (r *fieldReader) uvarint(bit uint32) uint64 {
	if r.has&bit == 0 {
		return 0
	}
	return r.reader.uvarint()
}

func (r *fieldReader) index(bit uint32) int {
	if r.has&bit == 0 {
		return 0
	}
	return r.reader.index(math.MaxInt32, "the index of a Core")
}

// ParseMessage reads what AppendMessage wrote, and nothing behind it, into m: that is an empty Message, as NewMessage gives
// one, and keeps nothing of b. The error is an ErrDamaged; then m is as good as empty.
//
// A Ret is read as a Body: they are the same to who gets them.
func ParseMessage(b []byte, m *Message) error {
	r := fieldReader{reader: reader{b: b}}
	r.message(m)
	if err := r.end(); err != nil {
		*m = Message{Body: m.Body[:0]}
		return err
	}
	return nil
}

func (r *fieldReader) message(m *Message) {
	if head := r.fixed(4); head != nil {
		r.has = binary.LittleEndian.Uint32(head)
	}
	r.check(r.has < hasAll, "fields that are known")
	m.To.Target, m.Op = Target(r.byte()), Op(r.byte())
	r.check(m.isKnown(), "a target and what it can be asked for")
	m.To.App = r.text(hasApp)
	m.To.Name = r.text(hasName)
	m.To.Core = r.index(hasCore)
	m.To.Session = r.uvarint(hasSession)
	m.From.Core = r.index(hasFromCore)
	m.From.Session = r.uvarint(hasFromSession)
	m.From.Request = r.uvarint(hasFromRequest)
	m.From.Account = r.text(hasFromAccount)
	m.Channel = r.text(hasChannel)
	m.Call = r.text(hasCall)
	m.Type = r.text(hasType)
	if r.has&hasKey != 0 {
		m.Key = r.digest()
	}
	m.Flag = r.text(hasFlag)
	m.Name = r.text(hasAttrName)
	m.Value = r.text(hasValue)
	m.Text = r.text(hasText)
	m.Fn = r.text(hasFn)
	m.Account = r.text(hasAccount)
	m.Reason = r.text(hasReason)
	if r.has&hasCode != 0 {
		m.Code = r.int()
	}
	m.Force, m.Probe, m.Again = r.has&isForce != 0, r.has&isProbe != 0, r.has&isAgain != 0
	m.Num = r.uvarint(hasNum)
	r.check(m.Num <= math.MaxInt64, "a number of events or names")
	m.Join = r.uvarint(hasJoin)
	if r.has&hasBody != 0 {
		m.Body = append(m.Body[:0], r.blob()...)
	}
	if r.has&hasJoins != 0 {
		m.Joins = r.joins()
	}
	if r.has&hasFrame != 0 {
		m.Frame = r.clone()
	}
	if r.has&hasFrames != 0 {
		m.Frames = r.frames()
	}
	if r.has&hasRoom != 0 {
		m.Room = &snapshot{List: r.clone(), Attrs: r.clone(), MsgID: r.reader.uvarint(), Epoch: r.reader.text()}
	}
}

// isKnown says whether what a Message asks for is what its target can be asked for.
func (m *Message) isKnown() bool {
	switch m.To.Target {
	case ToAccount:
		return OpSend <= m.Op && m.Op <= OpCallEvent
	case ToChannel:
		return OpJoin <= m.Op && m.Op <= OpReport
	case ToSession:
		return OpAnswer <= m.Op && m.Op <= OpKicked
	case ToCore:
		return m.Op == OpFanout || m.Op == OpWatch
	}
	return false
}

func (r *reader) joins() []uint64 {
	joins := make([]uint64, r.count(1))
	last := uint64(0)
	for i := range joins {
		last += uint64(r.varint())
		joins[i] = last
	}
	return joins
}

func (r *reader) frames() [][]byte {
	frames := make([][]byte, r.count(1))
	for i := range frames {
		frames[i] = r.clone()
	}
	return frames
}
