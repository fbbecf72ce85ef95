package wire

import (
	"bytes"
	"errors"
	"iter"
	"strconv"
	"unicode/utf8"
)

// ErrNotJSON says that a text is not one JSON value in valid UTF-8, or is nested too deep.
var ErrNotJSON = errors.New("wire: not a JSON text")

// maxDepth bounds the nesting of arrays and objects, and with it the recursion of the checker.
const maxDepth = 512

// A Value is one JSON value as it stands in a frame, without space around it. It aliases the frame.
// The zero Value stands for "absent"; every method takes it and answers "no".
type Value []byte

// ParseValue checks that b holds exactly one JSON value in valid UTF-8 and returns it.
// Only values that came from here (or from inside such a value) may be read.
func ParseValue(b []byte) (Value, error) {
	if !utf8.Valid(b) {
		return nil, ErrNotJSON
	}
	start := skipSpace(b, 0)
	end := checkValue(b, start, 0)
	if end < 0 || skipSpace(b, end) != len(b) {
		return nil, ErrNotJSON
	}
	return Value(b[start:end]), nil
}

// IsObject reports whether v is a JSON object.
func (v Value) IsObject() bool { return len(v) > 0 && v[0] == '{' }

// IsArray reports whether v is a JSON array.
func (v Value) IsArray() bool { return len(v) > 0 && v[0] == '[' }

// IsString reports whether v is a JSON string.
func (v Value) IsString() bool { return len(v) > 0 && v[0] == '"' }

// IsNumber reports whether v is a JSON number.
func (v Value) IsNumber() bool { return len(v) > 0 && (v[0] == '-' || isDigit(v[0])) }

// Str returns the text of a JSON string.
func (v Value) Str() (string, bool) {
	if !v.IsString() {
		return "", false
	}
	return unquote(v), true
}

// Is reports whether v is a JSON string of that text.
func (v Value) Is(text string) bool { return v.IsString() && keyIs(v, text) }

// AppendText appends the text of a JSON string, nothing for anything else.
func (v Value) AppendText(dst []byte) []byte {
	if !v.IsString() {
		return dst
	}
	return appendUnquoted(dst, v)
}

// Text returns the text of a JSON string, or "" for anything else.
func (v Value) Text() string {
	s, _ := v.Str()
	return s
}

// Int returns a JSON number that is written as an integer and fits an int64.
func (v Value) Int() (int64, bool) {
	if !v.IsNumber() {
		return 0, false
	}
	n, err := strconv.ParseInt(string(v), 10, 64)
	if err != nil {
		return 0, false // and not the nearest that fits
	}
	return n, true
}

// Float returns a JSON number. One beyond the range of float64 counts as the infinity of its sign.
func (v Value) Float() (float64, bool) {
	if !v.IsNumber() {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(v), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, false
	}
	return f, true
}

// Bool returns a JSON true or false.
func (v Value) Bool() (value, ok bool) {
	switch string(v) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}

// Get returns the member of an object, the last one where the name occurs twice. Who needs many reads them into Args.
func (v Value) Get(name string) Value {
	if !v.IsObject() {
		return nil
	}
	var found Value
	for i := skipSpace(v, 1); v[i] != '}'; {
		var key, val Value
		if key, val, i = v.member(i); keyIs(key, name) {
			found = val
		}
	}
	return found
}

// member returns the member that begins at i, and where the next one does or the closing brace is.
func (v Value) member(i int) (key, val Value, next int) {
	keyEnd := skipString(v, i)
	start := skipSpace(v, skipSpace(v, keyEnd)+1) // past the colon
	end := skipValue(v, start)
	return v[i:keyEnd], v[start:end], nextElement(v, end)
}

// Members yields the members of an object in the order in which they stand.
func (v Value) Members() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for key, val := range v.members() {
			if !yield(unquote(key), val) {
				return
			}
		}
	}
}

func (v Value) members() iter.Seq2[Value, Value] {
	return func(yield func(Value, Value) bool) {
		if !v.IsObject() {
			return
		}
		for i := skipSpace(v, 1); v[i] != '}'; {
			var key, val Value
			if key, val, i = v.member(i); !yield(key, val) {
				return
			}
		}
	}
}

// Elements yields the elements of an array.
func (v Value) Elements() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if !v.IsArray() {
			return
		}
		i := skipSpace(v, 1)
		for v[i] != ']' {
			end := skipValue(v, i)
			if !yield(v[i:end]) {
				return
			}
			i = nextElement(v, end)
		}
	}
}

// fields reads an array of exactly len(into) elements into it.
func (v Value) fields(into []Value) bool {
	if !v.IsArray() {
		return false
	}
	n := 0
	for i := skipSpace(v, 1); v[i] != ']'; n++ {
		if n == len(into) {
			return false
		}
		end := skipValue(v, i)
		into[n] = v[i:end]
		i = nextElement(v, end)
	}
	return n == len(into)
}

// nextElement returns where the next element begins after one that ended at i, or where the closing bracket is.
func nextElement(v Value, i int) int {
	i = skipSpace(v, i)
	if v[i] == ',' {
		i = skipSpace(v, i+1)
	}
	return i
}

func keyIs(key Value, name string) bool {
	text := key[1 : len(key)-1]
	if len(text) <= len(name) { // an escape is longer than what it stands for
		return string(text) == name && bytes.IndexByte(text, '\\') < 0
	}
	return bytes.IndexByte(text, '\\') >= 0 && unquote(key) == name
}
