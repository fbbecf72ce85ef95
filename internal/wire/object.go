package wire

import (
	"bytes"
	"strconv"
)

// An Object builds a JSON object by appending; the zero Object is empty. Names must need no escapes.
type Object struct{ b []byte }

// NewObject returns an Object that appends to dst, which may be nil.
func NewObject(dst []byte) Object { return Object{append(dst, '{')} }

func (o *Object) comma() {
	switch {
	case len(o.b) == 0:
		o.b = append(o.b, '{')
	case o.b[len(o.b)-1] != '{':
		o.b = append(o.b, ',')
	}
}

func (o *Object) name(name string) {
	o.comma()
	o.b = append(o.b, '"')
	o.b = append(o.b, name...)
	o.b = append(o.b, '"', ':')
}

// Member adds a value that is JSON already under a name that may hold anything.
func (o *Object) Member(name string, value Value) *Object {
	o.comma()
	o.b = append(AppendString(o.b, name), ':')
	o.b = append(o.b, value...)
	return o
}

// Str adds a string.
func (o *Object) Str(name, value string) *Object {
	o.name(name)
	o.b = AppendString(o.b, value)
	return o
}

// Int adds an integer.
func (o *Object) Int(name string, value int64) *Object {
	o.name(name)
	o.b = strconv.AppendInt(o.b, value, 10)
	return o
}

// Bool adds true or false.
func (o *Object) Bool(name string, value bool) *Object {
	o.name(name)
	o.b = strconv.AppendBool(o.b, value)
	return o
}

// Raw adds a value that is JSON already.
func (o *Object) Raw(name string, value []byte) *Object {
	o.name(name)
	o.b = append(o.b, value...)
	return o
}

// Strings adds an object of strings, in the order of names.
func (o *Object) Strings(name string, names []string, values map[string]string) *Object {
	o.name(name)
	o.b = AppendStrings(o.b, names, values)
	return o
}

// Members adds the members of another object, given as its text.
func (o *Object) Members(object []byte) *Object {
	inside := bytes.TrimSpace(object)
	inside = inside[1 : len(inside)-1]
	if len(bytes.TrimSpace(inside)) > 0 {
		o.comma()
		o.b = append(o.b, inside...)
	}
	return o
}

// Bytes closes the object and returns its text.
func (o *Object) Bytes() []byte {
	if len(o.b) == 0 {
		o.b = append(o.b, '{')
	}
	return append(o.b, '}')
}

// OKIn is OK in the memory of dst, which counts as empty.
func OKIn(dst []byte) Object {
	o := Object{dst[:0]}
	o.Str("result", "ok")
	return o
}

// AppendStrings appends a JSON object of strings, in the order of names. The names may hold anything.
func AppendStrings(dst []byte, names []string, values map[string]string) []byte {
	dst = append(dst, '{')
	for i, n := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(AppendString(dst, n), ':')
		dst = AppendString(dst, values[n])
	}
	return append(dst, '}')
}
