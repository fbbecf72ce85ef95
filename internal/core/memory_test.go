package core_test

import (
	"runtime"
	"strconv"
	"testing"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

// BenchmarkIdleSession tells the bytes of heap that a session costs which does nothing, all maps included.
func BenchmarkIdleSession(b *testing.B) {
	for range b.N {
		r := newRig(b, 2)
		const n = 100_000
		peers := make([]*core.Peer, 0, n)
		e := &ear{}
		before := heap()
		for i := range n {
			account := "user" + strconv.Itoa(i)
			p := core.NewPeer(e)
			peers = append(peers, p)
			r.step(core.Owner(app, account, 2), core.Login{
				Peer: p, Login: wire.Login{AppID: app, Account: account, Device: wire.DeviceGo, Instance: "0123456789abcdef0123"}, Done: func(bool) {},
			})
		}
		b.ReportMetric(float64(heap()-before)/n, "B/session")
		runtime.KeepAlive(peers)
		runtime.KeepAlive(r)
	}
}

// BenchmarkKnownKey tells the bytes of heap that an idempotency key costs which an account remembers.
func BenchmarkKnownKey(b *testing.B) {
	for range b.N {
		r := newRig(b, 1)
		send := messages(0, wire.DeviceWeb, true)(r)
		send(16 * ackEvery)
		const n = 19_000
		before := heap()
		send(n - n%ackEvery)
		b.ReportMetric(float64(heap()-before)/n, "B/key")
		runtime.KeepAlive(r)
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
