package wire

// Args is the members of an object, read in one pass so that each is found at once afterwards. It aliases the object,
// and can be used again and again.
type Args struct {
	object Value
	n      int
	all    [maxArgs]arg
}

type arg struct {
	name []byte
	val  Value
}

// maxArgs is more than any call has. An object with more of them is looked through each time.
const maxArgs = 16

// Read takes up the members of v, of which there are none when it is no object.
func (a *Args) Read(v Value) {
	a.object, a.n = v, 0
	if !v.IsObject() {
		return
	}
	for i := skipSpace(v, 1); v[i] != '}'; a.n++ {
		if a.n == maxArgs {
			a.n++
			return
		}
		end := skipText(v, i+1)
		name := v[i+1 : end]
		if v[end] != '"' {
			end = skipString(v, i) - 1
			name = appendUnquoted(nil, v[i:end+1])
		}
		start := skipSpace(v, skipSpace(v, end+1)+1) // past the colon
		end = skipValue(v, start)
		a.all[a.n] = arg{name, v[start:end]}
		i = nextElement(v, end)
	}
}

// Get returns what Value.Get would.
func (a *Args) Get(name string) Value {
	if a.n > maxArgs {
		return a.object.Get(name)
	}
	for i := a.n - 1; i >= 0; i-- {
		if m := &a.all[i]; string(m.name) == name {
			return m.val
		}
	}
	return nil
}
