package dispatch

import (
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// model is what a Queue should be like: a slice, two bounds and a handler that
// the script lets go on. Events are their own sizes; a negative one is what
// Panicked made of the positive.
type model struct {
	events, bytes int // the bounds

	waiting []int
	handled []int
	busy    bool // the last of handled is being handled
	full    bool
	rooms   int
	keep    func(int) bool
}

func (m *model) push(events ...int) {
	for _, e := range events {
		if m.keep == nil || m.keep(e) {
			m.waiting = append(m.waiting, e)
		}
	}
	m.full = m.full || len(m.waiting) >= m.events || m.size() >= m.bytes
	m.take()
}

func (m *model) size() (sum int) {
	for _, e := range m.waiting {
		sum += e
	}
	return sum
}

// take gives the handler what waits, if it is free.
func (m *model) take() {
	if m.busy || len(m.waiting) == 0 {
		return
	}
	m.handled = append(m.handled, m.waiting[0])
	m.waiting, m.busy = m.waiting[1:], true
	m.ease()
}

func (m *model) ease() {
	if m.full && 2*len(m.waiting) < m.events && 2*m.size() < m.bytes {
		m.full = false
		m.rooms++
	}
}

// leave ends the running handler; a failed one is followed by its report.
func (m *model) leave(failed bool) {
	e := m.handled[len(m.handled)-1]
	if failed && e > 0 && (m.keep == nil || m.keep(-e)) {
		m.handled = append(m.handled, -e)
		return
	}
	m.busy = false
	m.take()
}

func (m *model) drain(keep func(int) bool) {
	m.keep = keep
	if keep != nil {
		m.waiting = slices.DeleteFunc(m.waiting, func(e int) bool { return !keep(e) })
		m.ease()
	}
}

// FuzzQueue plays a script against the model. The lower half of a byte says
// what is done, the upper half how much of it.
func FuzzQueue(f *testing.F) {
	f.Add([]byte{0x30, 0x04, 0x05, 0x06, 0x04, 0x05, 0x04})
	f.Add([]byte{0xf0, 0xf1, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04})
	f.Add([]byte{0xf0, 0x28, 0x05, 0x06, 0x40, 0x09, 0xf0, 0x04, 0x38, 0x06, 0x06})
	f.Add([]byte{0x10, 0x18, 0x05, 0xf0, 0xf8, 0xf0, 0xf9, 0xf0})
	f.Fuzz(func(t *testing.T, script []byte) {
		script = script[:min(len(script), 200)]
		m := &model{events: 20, bytes: 400}
		taken := make(chan int)
		leave := make(chan func(), 1)
		rooms := 0
		q := New(Config[int]{
			Events: m.events,
			Bytes:  int64(m.bytes),
			Size:   func(e int) int { return e },
			Handle: func(e int) {
				taken <- e
				(<-leave)()
			},
			Panicked: func(e int, _ any, _ []byte) (int, bool) { return -e, e > 0 },
			Room:     func() { rooms++ },
		})
		var got []int
		follow := func() { // what the model says was taken
			for len(got) < len(m.handled) {
				got = append(got, <-taken)
			}
			require.Equal(t, m.handled, got)
			require.Equal(t, len(m.waiting), q.Len())
			require.Equal(t, m.full, q.Full())
		}
		next := 1
		for _, b := range script {
			switch op, much := b&15, int(b>>4); op {
			case 0, 1, 2, 3:
				var events []int
				for range much {
					events = append(events, next)
					next = next%40 + 1
				}
				m.push(events...)
				q.Push(events...)
			case 4, 5, 6, 7:
				if !m.busy {
					continue
				}
				m.leave(op == 5 || op == 6)
				leave <- []func(){func() {}, func() { panic(much) }, runtime.Goexit, func() {}}[op-4]
			case 8:
				keep := func(e int) bool { return e%(much+2) != 0 }
				m.drain(keep)
				q.Drain(keep)
			case 9:
				m.drain(nil)
				q.Drain(nil)
			}
			follow()
		}
		q.Close()
		q.Push(1000)
		for m.busy {
			m.leave(false)
			leave <- func() {}
			follow()
		}
		<-q.Done()
		require.Equal(t, m.rooms, rooms)
		require.Zero(t, q.Len())
	})
}
