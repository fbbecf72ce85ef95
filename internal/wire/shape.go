package wire

import (
	"bytes"
	"math"
	"unicode/utf8"
)

// This file reads the frames that come most, as our server and the original one write them: without space. They are
// checked in the same pass that finds their parts. What looks any different is left to those who read any JSON.

// A shape reads a frame from left to right. After something unexpected it reads nothing more.
type shape struct {
	b  []byte
	i  int
	ok bool
}

// lit reads a text that has to be there.
func (s *shape) lit(want string) {
	if s.ok = s.ok && len(s.b)-s.i >= len(want) && string(s.b[s.i:s.i+len(want)]) == want; s.ok {
		s.i += len(want)
	}
}

// next reads a byte if it is there.
func (s *shape) next(want byte) bool {
	if !s.ok || s.i >= len(s.b) || s.b[s.i] != want {
		return false
	}
	s.i++
	return true
}

// str reads a JSON string.
func (s *shape) str() Value {
	if !s.ok || s.i >= len(s.b) || s.b[s.i] != '"' {
		s.ok = false
		return nil
	}
	end := checkString(s.b, s.i)
	if end < 0 {
		s.ok = false
		return nil
	}
	v := Value(s.b[s.i:end])
	s.i = end
	return v
}

// num reads a number as versions and calls have them.
func (s *shape) num() uint64 {
	const most = math.MaxInt64/10 - 1
	start, n := s.i, uint64(0)
	for s.i < len(s.b) && isDigit(s.b[s.i]) && n <= most {
		n = n*10 + uint64(s.b[s.i]-'0')
		s.i++
	}
	length := s.i - start
	s.ok = s.ok && length > 0 && (length == 1 || s.b[start] != '0') && (s.i == len(s.b) || !isDigit(s.b[s.i]))
	return n
}

// end reports whether all has been read.
func (s *shape) end() bool { return s.ok && s.i == len(s.b) }

const (
	beginChannel = `["notify",["` + NotifyChannel + `",`
	beginRecvMsg = `["notify",["` + NotifyRecvMsg + `",`
	beginCallRet = `["call2-ret",[`
)

// known reads a frame whose shape is known. When it is not, data is as it was.
func (f *RawFrame) known(data []byte) (known, ok bool) {
	s := shape{b: data, ok: true}
	switch {
	case bytes.HasPrefix(data, []byte(beginChannel)):
		s.lit(beginChannel)
		name := s.str()
		s.lit(`,`)
		ver := s.num()
		s.lit(`,`)
		line := s.str()
		s.lit(`]]`)
		if known = s.end() && utf8.Valid(data); known {
			*f = RawFrame{Event: EventNotify, Kind: NotifyChannel, Ver: ver, Name: name.textInPlace(), Line: line.textInPlace()}
		}
		return known, known
	case bytes.HasPrefix(data, []byte(beginRecvMsg)):
		s.lit(beginRecvMsg)
		pushed := s.str()
		var trace Value
		if s.next(',') {
			trace = s.str()
		}
		s.lit(`]]`)
		if !s.end() || !utf8.Valid(data) {
			return false, false
		}
		*f = RawFrame{Event: EventNotify, Kind: NotifyRecvMsg}
		if trace != nil {
			f.Trace = trace.traceInPlace()
		}
		return true, f.pushed(pushed.textInPlace())
	case bytes.HasPrefix(data, []byte(beginCallRet)):
		s.lit(beginCallRet)
		id := s.num()
		s.lit(`,"",`)
		answer := s.str()
		s.lit(`]]`)
		if !s.end() || !utf8.Valid(data) {
			return false, false
		}
		*f = RawFrame{Event: EventCallRet, N: int64(id)}
		return true, f.answer(nil, answer)
	}
	return false, false
}

// pushed reads what NotifyRecvMsg brings: a version and a line.
func (f *RawFrame) pushed(text []byte) (ok bool) {
	s := shape{b: text, ok: true}
	s.lit(`[`)
	ver := s.num()
	s.lit(`,`)
	line := s.str()
	s.lit(`]`)
	if s.end() {
		f.Ver, f.Line = ver, line.textInPlace()
		return true
	}
	v, err := ParseValue(text)
	if err != nil {
		return false
	}
	f.Ver, f.Line, ok = ReadVersioned(v)
	return ok
}

// members calls each with the members of an object, and reports whether that is all there is.
func (s *shape) members(each func(key, val Value)) bool {
	s.lit(`{`)
	for s.ok {
		key := s.str()
		s.lit(`:`)
		if !s.ok {
			return false
		}
		end := checkValue(s.b, s.i, 1)
		if end < 0 {
			return false
		}
		each(key, Value(s.b[s.i:end]))
		s.i = end
		if s.i < len(s.b) && s.b[s.i] == '}' {
			s.i++
			return s.end()
		}
		s.lit(`,`)
	}
	return false
}
