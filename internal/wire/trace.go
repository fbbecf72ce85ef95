package wire

// ArgTrace is the argument of a call, and the member of an event, by which a trace goes from a sender to a handler.
const ArgTrace = "trace"

// traceLen is how long a traceparent of version 00 is: 00-TRACE-PARENT-FLAGS.
const traceLen = 2 + 1 + 32 + 1 + 16 + 1 + 2

// IsTrace reports whether text is a traceparent as the W3C has it, of version 00: the only form that is handed on.
// Of what is none nobody is told, for no message is worse for it.
func IsTrace[T string | []byte](text T) bool {
	if len(text) != traceLen || text[0] != '0' || text[1] != '0' {
		return false
	}
	ids := [2]bool{} // whether the trace's and the parent's have a digit that is not 0
	for i := 2; i < len(text); i++ {
		switch c := text[i]; {
		case i == 2 || i == 35 || i == 52:
			if c != '-' {
				return false
			}
		case !isDigit(c) && (c < 'a' || 'f' < c):
			return false
		case c != '0' && i < 35:
			ids[0] = true
		case c != '0' && i < 52:
			ids[1] = true
		}
	}
	return ids[0] && ids[1]
}

// Trace reads a traceparent, "" where there is none. One with escapes in it is none.
func (v Value) Trace() string {
	return string(v.traceInPlace())
}

// traceInPlace is Trace that makes no text of its own.
func (v Value) traceInPlace() []byte {
	if !v.IsString() || !IsTrace([]byte(v[1:len(v)-1])) {
		return nil
	}
	return v[1 : len(v)-1]
}

// Trace adds a traceparent, unless it is "".
func (o *Object) Trace(trace string) *Object {
	if trace != "" {
		o.Str(ArgTrace, trace)
	}
	return o
}

// AppendTraces appends the traces of several messages as an array in their order, or nothing when none has one.
func AppendTraces(dst []byte, n int, trace func(i int) string) []byte {
	some := false
	for i := 0; i < n && !some; i++ {
		some = trace(i) != ""
	}
	if !some {
		return dst
	}
	for i := range n {
		sep := byte(',')
		if i == 0 {
			sep = '['
		}
		dst = AppendString(append(dst, sep), trace(i))
	}
	return append(dst, ']')
}
