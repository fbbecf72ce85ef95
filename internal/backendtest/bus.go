package backendtest

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/server/backend"
)

func busTests() []test {
	return []test{
		{"Everybody", testEverybody},
		{"Order", testBusOrder},
		{"Stop", testStop},
		{"StopWaits", testStopWaits},
		{"Sizes", testMessageSizes},
		{"BytesAreFs", testBytesAreFs},
		{"BadSubjects", testBadSubjects},
	}
}

// listener is a subscriber that remembers.
type listener struct {
	mu   sync.Mutex
	got  []string // guarded by mu
	stop func()
}

func listen(t *testing.T, b backend.Backend, subject string) *listener {
	t.Helper()
	l := &listener{}
	stop, err := b.Subscribe(subject, func(data []byte) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.got = append(l.got, string(data))
	})
	require.NoError(t, err)
	l.stop = stop
	return l
}

func (l *listener) messages() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string{}, l.got...)
}

// since returns what came behind a message.
func (l *listener) since(message string) []string {
	got := l.messages()
	for i, m := range got {
		if m == message {
			return got[i+1:]
		}
	}
	return nil
}

// hears publishes until all listeners have heard of it: it may take a while until a node knows of another's subscription.
func hears(t *testing.T, b backend.Backend, subject, message string, listeners ...*listener) {
	t.Helper()
	n := 0
	require.Eventually(t, func() bool {
		n++
		assert.NoError(t, b.Publish(subject, fmt.Appendf(nil, "%s?%d", message, n)))
		for _, l := range listeners {
			if !strings.Contains(strings.Join(l.messages(), " "), message+"?") {
				return false
			}
		}
		return true
	}, patience, look)
	require.NoError(t, b.Publish(subject, []byte(message)))
	require.Eventually(t, func() bool {
		for _, l := range listeners {
			if got := l.messages(); len(got) == 0 || got[len(got)-1] != message {
				return false
			}
		}
		return true
	}, patience, look)
}

func testEverybody(t *testing.T, node func() backend.Backend) {
	a, b := node(), node()
	here, again, there, elsewhere := listen(t, a, "s"), listen(t, a, "s"), listen(t, b, "s"), listen(t, b, "other")
	hears(t, a, "s", "from-a", here, again, there)
	hears(t, b, "s", "from-b", here, again, there)
	hears(t, a, "other", "elsewhere", elsewhere)
	for _, m := range elsewhere.messages() {
		assert.Contains(t, m, "elsewhere")
	}
	assert.NoError(t, a.Publish("nobody", []byte("x")))
}

func testBusOrder(t *testing.T, node func() backend.Backend) {
	const messages = 300
	nodes := []backend.Backend{node(), node()}
	listeners := []*listener{listen(t, nodes[0], "s"), listen(t, nodes[1], "s")}
	hears(t, nodes[0], "s", "begin-0", listeners...)
	hears(t, nodes[1], "s", "begin-1", listeners...)
	var wg sync.WaitGroup
	for p, b := range nodes {
		wg.Go(func() {
			for i := range messages {
				assert.NoError(t, b.Publish("s", fmt.Appendf(nil, "%d:%d", p, i)))
			}
		})
	}
	wg.Wait()
	for _, l := range listeners {
		require.Eventually(t, func() bool { return len(l.since("begin-1")) == 2*messages }, patience, look)
		var next [2]int
		for _, m := range l.since("begin-1") {
			var p, i int
			_, err := fmt.Sscanf(m, "%d:%d", &p, &i)
			require.NoError(t, err)
			require.Equal(t, next[p], i, "out of order")
			next[p]++
		}
	}
}

func testStop(t *testing.T, node func() backend.Backend) {
	a, b := node(), node()
	stays, goes := listen(t, a, "s"), listen(t, a, "s")
	hears(t, b, "s", "one", stays, goes)
	goes.stop()
	before := goes.messages()
	hears(t, b, "s", "two", stays)
	goes.stop()
	assert.Equal(t, before, goes.messages())
}

// testStopWaits: when stop has returned, f does not run.
func testStopWaits(t *testing.T, node func() backend.Backend) {
	b := node()
	entered, leave := make(chan struct{}), make(chan struct{})
	var once sync.Once
	var mu sync.Mutex
	var running, stopped bool
	stop, err := b.Subscribe("s", func([]byte) {
		mu.Lock()
		assert.False(t, stopped, "called after stop")
		running = true
		mu.Unlock()
		once.Do(func() { close(entered) })
		<-leave
		mu.Lock()
		running = false
		mu.Unlock()
	})
	require.NoError(t, err)
	for range 10 {
		require.NoError(t, b.Publish("s", []byte("x")))
	}
	<-entered
	done := make(chan struct{})
	go func() {
		defer close(done)
		stop()
		mu.Lock()
		defer mu.Unlock()
		assert.False(t, running)
		stopped = true
	}()
	close(leave)
	<-done
}

func testMessageSizes(t *testing.T, node func() backend.Backend) {
	a, b := node(), node()
	require.GreaterOrEqual(t, a.MaxMessage(), 256<<10)
	l := listen(t, b, "s")
	hears(t, a, "s", "begin", l)
	large := bytesOf(a.MaxMessage(), 1)
	require.NoError(t, a.Publish("s", nil))
	require.NoError(t, a.Publish("s", large))
	require.ErrorIs(t, a.Publish("s", append(large, 0)), backend.ErrTooLarge)
	require.Eventually(t, func() bool { return len(l.since("begin")) == 2 }, patience, look)
	assert.True(t, assert.ObjectsAreEqual([]string{"", string(large)}, l.since("begin")), "not what was published")
}

// testBytesAreFs: the publisher may use its bytes again, and each subscriber may write to its own.
func testBytesAreFs(t *testing.T, node func() backend.Backend) {
	b := node()
	var mu sync.Mutex
	var got []string
	for range 2 {
		_, err := b.Subscribe("s", func(data []byte) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, string(data))
			clear(data)
		})
		require.NoError(t, err)
	}
	data := []byte("before")
	require.NoError(t, b.Publish("s", data))
	copy(data, "after!")
	require.Eventually(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(got) == 2
	}, patience, look)
	assert.Equal(t, []string{"before", "before"}, got)
}

func testBadSubjects(t *testing.T, node func() backend.Backend) {
	b := node()
	for _, subject := range []string{"", "a.b", "*", ">", "a b", strings.Repeat("x", 129)} {
		require.Error(t, b.Publish(subject, nil))
		_, err := b.Subscribe(subject, func([]byte) {})
		require.Error(t, err)
	}
}
