package server

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

// A fakeConn counts what a core sends.
type fakeConn struct{ sent atomic.Int32 }

func (c *fakeConn) Send([]byte) { c.sent.Add(1) }
func (c *fakeConn) Close(int)   {}

func testShard() *shard {
	var ids atomic.Int64
	return newShards(core.Config{Cores: 1, NewID: func() string { return strconv.FormatInt(ids.Add(1), 36) }})[0]
}

// lineLogin is an input that does nothing but call done.
func lineLogin(done func()) core.Input {
	return core.LineLogin{
		Peer: core.NewPeer(&fakeConn{}), Line: wire.LineLogin{Line: "none"}, Done: func(string) { done() },
	}
}

// What one goroutine posts to a shard happens in that order, one at a time, whoever carries it out.
func TestShardOrder(t *testing.T) {
	t.Parallel()
	sh := testShard()
	const posters, each = 8, 2000
	var inside atomic.Int32
	seen := make([][]int, posters)
	var posting, handled sync.WaitGroup
	handled.Add(posters * each)
	for p := range posters {
		posting.Go(func() {
			for i := range each {
				sh.post(lineLogin(func() {
					assert.Equal(t, int32(1), inside.Add(1))
					seen[p] = append(seen[p], i)
					inside.Add(-1)
					handled.Done()
				}))
			}
		})
	}
	posting.Wait()
	handled.Wait()
	for p := range posters {
		require.Len(t, seen[p], each)
		for i, got := range seen[p] {
			require.Equal(t, i, got)
		}
	}
	stopShards([]*shard{sh})
}

// A reader that posts does at most a turn of others' work.
func TestShardReleasesReaders(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sh := testShard()
		const more = 3 * turnInputs
		block := make(chan struct{})
		for i := range more {
			sh.push(lineLogin(func() {
				if i == turnInputs { // the first that is no business of the reader
					<-block
				}
			}))
		}
		done := make(chan struct{})
		go func() {
			sh.postNow(lineLogin(func() { close(done) }))
			<-block
		}()
		synctest.Wait()
		select {
		case <-done:
			t.Error("out of order")
		default:
		}
		close(block)
		<-done
		stopShards([]*shard{sh})
	})
}

// Readers wait while too much is to be done, and only they.
func TestShardBackPressure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sh := testShard()
		sh.mu.Lock()
		sh.busy = true // somebody is inside and takes his time
		sh.mu.Unlock()
		var done atomic.Int32
		count := func() { done.Add(1) }
		for range backlog {
			sh.post(lineLogin(count))
		}
		var posted atomic.Bool
		go func() {
			sh.post(lineLogin(count))
			posted.Store(true)
		}()
		synctest.Wait()
		assert.False(t, posted.Load())
		sh.postNow(lineLogin(count))

		sh.leave(nil, time.Now(), time.Time{}, false)
		drive(sh, true)
		synctest.Wait()
		assert.True(t, posted.Load())
		assert.Equal(t, int32(backlog+2), done.Load())
		stopShards([]*shard{sh})
	})
}

// The timer fires when the core has something due, also when that moved to an earlier time meanwhile.
func TestShardTimer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sh := testShard()
		start := time.Now()
		sessions := func() int {
			sh.mu.Lock()
			defer sh.mu.Unlock()
			return sh.core.Sessions()
		}
		login := func(account string) *core.Peer {
			p := core.NewPeer(&fakeConn{})
			sh.post(core.Login{Peer: p, Login: wire.Login{AppID: "app", Account: account}, Done: func(bool) {}})
			return p
		}
		for i := range 3 {
			sh.post(core.Down{Peer: login(strconv.Itoa(i))}) // expires after 120 s
			time.Sleep(time.Second)
		}
		assert.Equal(t, 3, sessions())
		for i := range 3 {
			time.Sleep(time.Until(start.Add(time.Duration(120+i)*time.Second + 2*soonest)))
			synctest.Wait()
			assert.Equal(t, 2-i, sessions())
		}
		sh.post(core.Down{Peer: login("last")})
		stopShards([]*shard{sh}) // with the timer set: the bubble ends
		time.Sleep(time.Hour)
		assert.Equal(t, 1, sessions())
	})
}

func TestQueue(t *testing.T) {
	t.Parallel()
	var q queue
	assert.Empty(t, q.take())
	next, want := 0, 0
	push := func(n int) {
		for range n {
			q.push(core.Ack{ID: int64(next)})
			next++
		}
	}
	for _, n := range []int{1, turnInputs - 1, turnInputs, turnInputs + 1, 5 * turnInputs, 3} {
		push(n)
		chunk := q.take()
		push(2) // while the chunk is in use
		for _, in := range chunk {
			assert.Equal(t, core.Ack{ID: int64(want)}, in)
			want++
		}
		q.recycle(chunk)
		assert.Equal(t, next-want, q.len)
	}
	for q.len > 0 {
		chunk := q.take()
		assert.LessOrEqual(t, len(chunk), turnInputs)
		for _, in := range chunk {
			assert.Equal(t, core.Ack{ID: int64(want)}, in)
			want++
		}
		q.recycle(chunk)
	}
	assert.Equal(t, want, next)
}
