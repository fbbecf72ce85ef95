package server

import (
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal/internal/wsconn"
)

// A deadlined is a connection of which only the read deadline matters.
type deadlined struct {
	net.Conn
	over chan time.Time
}

func (c *deadlined) SetReadDeadline(t time.Time) error {
	c.over <- t
	return nil
}

func watched(v *vigil, within time.Duration) (*outbox, chan time.Time) {
	over := make(chan time.Time, 1)
	o := &outbox{stream: wsconn.New(&deadlined{over: over})}
	v.watch(o, time.Now(), within)
	return o, over
}

// Each socket is over at its own time after what it said last, however many there are and whatever their order.
func TestVigil(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := &vigil{began: time.Now()}
		defer v.end()
		start := time.Now()
		after := func(over chan time.Time) time.Duration { return (<-over).Sub(start) }
		_, long := watched(v, 60*time.Second)
		_, short := watched(v, time.Second) // less than the last chance
		talking, middle := watched(v, 10*time.Second)
		gone, never := watched(v, 5*time.Second)
		assert.Equal(t, time.Second, after(short))
		time.Sleep(3 * time.Second)
		v.hear(talking)
		v.forget(gone)
		v.forget(gone)
		assert.Equal(t, 14*time.Second, after(middle))
		assert.Equal(t, 60*time.Second, after(long))
		assert.Empty(t, never)
		_, again := watched(v, 30*time.Second)
		assert.Equal(t, 90*time.Second, after(again))
	})
}

// An alarm that comes late tells of a process that was stopped: what came meanwhile can still be read.
func TestVigilLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := &vigil{began: time.Now()}
		defer v.end()
		_, over := watched(v, 30*time.Second)
		v.mu.Lock()
		v.timer.Reset(100 * time.Second)
		v.mu.Unlock()
		assert.Equal(t, 102*time.Second, (<-over).Sub(v.began))
	})
}

func TestVigilEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := &vigil{began: time.Now()}
		_, one := watched(v, 30*time.Second)
		v.end()
		_, two := watched(v, 30*time.Second)
		time.Sleep(time.Minute)
		v.fire()
		assert.Empty(t, one)
		assert.Empty(t, two)
	})
}
