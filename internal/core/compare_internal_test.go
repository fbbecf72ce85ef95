package core

import (
	"bytes"
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// A Comparison finds where two Cores differ, by looking at every field there is: one that somebody adds is compared as long
// as nobody says here that it is not state.
type Comparison struct {
	seen map[string]bool // fields: whether one was found that is not zero
}

// notState is what may differ between two Cores that go on in the same way, or is compared in another way.
var notState = []string{
	"Core.cfg", "Core.nobody", "Core.now", "Core.start", "Core.timers",
	"Core.local",                                                                                // empty between two steps
	"Core.messages", "Core.calls", "Core.entries", "Core.waiting", "Core.lists", "Core.answers", // memory that is used again
	"Core.names", "Core.args", "Core.buf", "Core.body", "Core.obj",
	"members.targets", // follows from the rest, and is made when it is needed
	"Peer.conn", "arrival.done",
	"timer.owner", "timer.at", "timer.seq", "timer.pos", // see timer
}

// neverKept is state that is zero between two steps.
var neverKept = []string{"ask.args"}

// Differences returns where a and b differ.
func (cp *Comparison) Differences(a, b *Core) []string {
	if cp.seen == nil {
		cp.seen = make(map[string]bool)
	}
	w := comparing{seen: cp.seen, pairs: make(map[pointer]pointer)}
	w.check("now", a.now.UnixNano() == b.now.UnixNano() && a.now.IsZero() == b.now.IsZero())
	w.check("start", a.start.UnixNano() == b.start.UnixNano() && a.start.IsZero() == b.start.IsZero())
	w.check("local", len(a.local) == 0 && len(b.local) == 0)
	w.timers(a.timers, b.timers)
	w.value("Core", reflect.ValueOf(a), reflect.ValueOf(b))
	return w.found
}

// Unseen returns the fields that were zero wherever they were compared, which says nothing then.
func (cp *Comparison) Unseen() (fields []string) {
	for field, seen := range cp.seen {
		if !seen && !slices.Contains(neverKept, field) {
			fields = append(fields, field)
		}
	}
	slices.Sort(fields)
	return fields
}

type comparing struct {
	seen  map[string]bool
	pairs map[pointer]pointer // of the one: what the other has in their place
	found []string
}

type pointer struct {
	to reflect.Type
	at uintptr
}

func pointerOf(p reflect.Value) pointer { return pointer{p.Type().Elem(), p.Pointer()} }

func (w *comparing) check(path string, same bool) {
	if !same {
		w.found = append(w.found, path)
	}
}

// timers compares what is due, in which order.
func (w *comparing) timers(a, b timerHeap) {
	inOrder := func(h timerHeap) timerHeap {
		for i, t := range h {
			w.check("the place of a timer", t.pos == i+1)
		}
		h = slices.Clone(h)
		slices.SortFunc(h, func(t, u *timer) int { return cmp.Or(cmp.Compare(t.at, u.at), cmp.Compare(t.seq, u.seq)) })
		return h
	}
	a, b = inOrder(a), inOrder(b)
	if w.check("timers", len(a) == len(b)); len(a) != len(b) {
		return
	}
	for i := range a {
		w.value(fmt.Sprintf("timers[%d]", i), reflect.ValueOf(a[i]), reflect.ValueOf(b[i]))
	}
}

// timer compares what a timer is for and when it is due, of one that is set.
func (w *comparing) timer(path string, a, b reflect.Value) {
	set := !a.FieldByName("pos").IsZero()
	if w.check(path+" is set", set == !b.FieldByName("pos").IsZero()); !set {
		return
	}
	owner, other := a.FieldByName("owner").Elem(), b.FieldByName("owner").Elem()
	if w.check(path+".owner", owner.Type() == other.Type()); owner.Type() == other.Type() {
		if ch := reflect.TypeFor[*channel](); owner.CanConvert(ch) {
			owner, other = owner.Convert(ch), other.Convert(ch)
		}
		w.value(path+".owner", owner, other)
	}
	w.value(path+".at", a.FieldByName("at"), b.FieldByName("at"))
	w.value(path+".seq", a.FieldByName("seq"), b.FieldByName("seq"))
}

func (w *comparing) value(path string, a, b reflect.Value) {
	if a.IsValid() != b.IsValid() || (a.IsValid() && a.Type() != b.Type()) {
		w.check(path, false)
		return
	}
	switch a.Kind() {
	case reflect.Invalid:
	case reflect.Pointer:
		w.pointer(path, a, b)
	case reflect.Interface:
		w.value(path, a.Elem(), b.Elem())
	case reflect.Struct:
		w.fields(path, a, b)
	case reflect.Slice, reflect.Array:
		if a.Kind() == reflect.Slice && a.Type().Elem().Kind() == reflect.Uint8 {
			w.check(path, bytes.Equal(a.Bytes(), b.Bytes()))
			return
		}
		if w.check(path+" is as long", a.Len() == b.Len()); a.Len() != b.Len() {
			return
		}
		for i := range a.Len() {
			w.value(fmt.Sprintf("%s[%d]", path, i), a.Index(i), b.Index(i))
		}
	case reflect.Map:
		if w.check(path+" is as large", a.Len() == b.Len()); a.Len() != b.Len() {
			return
		}
		for _, key := range a.MapKeys() {
			w.value(fmt.Sprintf("%s[%v]", path, key), a.MapIndex(key), b.MapIndex(key))
		}
	case reflect.Func:
		w.check(path, a.IsNil() == b.IsNil())
	default:
		w.check(path, a.Equal(b))
	}
}

// pointer compares what is pointed to, once, and that all who point there do so.
func (w *comparing) pointer(path string, a, b reflect.Value) {
	if isRecent := strings.HasPrefix(a.Type().Elem().Name(), "recent["); isRecent && (w.isEmpty(path, a) || w.isEmpty(path, b)) {
		w.check(path, w.isEmpty(path, a) && w.isEmpty(path, b))
		return
	}
	if w.check(path+" is nil", a.IsNil() == b.IsNil()); a.IsNil() || b.IsNil() {
		return
	}
	if p, ok := a.Elem(), a.Type() == reflect.TypeFor[*Peer](); ok && p.FieldByName("session").IsNil() {
		// Of a socket that is gone everybody may have a Peer of his own. One that waits is a pointer of its arrival alone.
		w.fields(path, a.Elem(), b.Elem())
		return
	}
	known, again := w.pairs[pointerOf(a)]
	if again {
		w.check(path+" is the same", known == pointerOf(b))
		return
	}
	w.pairs[pointerOf(a)] = pointerOf(b)
	w.value(path, a.Elem(), b.Elem())
}

// isEmpty says whether nothing is remembered; then nothing is due either.
func (w *comparing) isEmpty(path string, r reflect.Value) bool {
	if r.IsNil() {
		return true
	}
	if !r.Elem().FieldByName("order").FieldByName("len").IsZero() {
		return false
	}
	w.check(path+" is empty and has a timer", r.Elem().FieldByName("timer").FieldByName("pos").IsZero())
	return true
}

func (w *comparing) fields(path string, a, b reflect.Value) {
	name, _, _ := strings.Cut(a.Type().Name(), "[")
	switch name {
	case "timer":
		w.timer(path, a, b)
	case "ring":
		inOrder := func(r reflect.Value) (all []reflect.Value) {
			ts, begin := r.FieldByName("all"), int(r.FieldByName("begin").Int())
			for i := range int(r.FieldByName("len").Int()) {
				all = append(all, ts.Index((begin+i)%ts.Len()))
			}
			return all
		}
		as, bs := inOrder(a), inOrder(b)
		if w.check(path+" is as long", len(as) == len(bs)); len(as) != len(bs) {
			return
		}
		for i := range as {
			w.value(fmt.Sprintf("%s[%d]", path, i), as[i], bs[i])
		}
	case "table":
		byKey := func(t reflect.Value) map[string]reflect.Value {
			all := make(map[string]reflect.Value)
			for i := range t.FieldByName("keys").Len() {
				if k := t.FieldByName("keys").Index(i); !k.IsZero() {
					all[fmt.Sprint(k)] = t.FieldByName("vals").Index(i)
				}
			}
			w.check(path+" has its length", int(t.FieldByName("len").Int()) == len(all))
			return all
		}
		as, bs := byKey(a), byKey(b)
		w.check(path+" is as large", len(as) == len(bs))
		for k, v := range as {
			w.value(path+"["+k+"]", v, bs[k])
		}
	default:
		for i := range a.NumField() {
			field := name + "." + a.Type().Field(i).Name
			if slices.Contains(notState, field) {
				continue
			}
			w.seen[field] = w.seen[field] || !a.Field(i).IsZero()
			w.value(path+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i))
		}
	}
}
