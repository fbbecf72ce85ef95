package server

import (
	"testing"

	"github.com/agora-signal-go/signal/internal/core"
)

// BenchmarkPost is an input to an idle shard, from its reader and back.
func BenchmarkPost(b *testing.B) {
	sh := testShard()
	in := core.Input(core.Down{Peer: core.NewPeer(&fakeConn{})})
	b.ReportAllocs()
	for b.Loop() {
		sh.post(in)
	}
	stopShards([]*shard{sh})
}
