package core_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

// crowd returns a Core with 100,000 accounts that are online, each with a message that waits and an attribute, in 1,000
// channels.
func crowd(b *testing.B) *core.Core {
	b.Helper()
	r := newRig(b, 1)
	const n = 100_000
	for i := range n {
		c := r.login("user"+strconv.Itoa(i), wire.DeviceGo)
		c.peer = core.NewNamedPeer(c.ear, core.PeerID{Node: 1, Socket: uint64(i)})
		r.step(0, core.LineLogin{Peer: c.peer, Line: wire.LineLogin{Line: c.line}, Done: func(string) {}})
		for _, call := range []func(){
			c.say(wire.FnJoin, `"name":"room`+strconv.Itoa(i%1000)+`"`),
			c.say(wire.FnSetAttr, `"name":"avatar","value":"https://example.com/avatar.png"`),
			c.say(wire.FnSendMsg, `"peer":"user`+strconv.Itoa((i+1)%n)+`","flag":"v1:E:3600","t":"instant","content":"How are you?","messageID":"`+strconv.Itoa(i)+`"`),
		} {
			call()
		}
		r.step(0, core.Ack{Peer: c.peer, ID: c.num})
	}
	return r.cores[0]
}

// BenchmarkFreeze and BenchmarkThaw tell how long it takes to write down a large Core, and to read it.
func BenchmarkFreeze(b *testing.B) {
	c := crowd(b)
	frozen := c.Freeze(nil)
	b.SetBytes(int64(len(frozen)))
	for b.Loop() {
		frozen = c.Freeze(frozen[:0])
	}
}

func BenchmarkThaw(b *testing.B) {
	frozen := crowd(b).Freeze(nil)
	b.SetBytes(int64(len(frozen)))
	for b.Loop() {
		_, peers, err := core.Thaw(thawConfig(1), 0, frozen, toMute)
		require.NoError(b, err)
		require.Len(b, peers, 100_000)
	}
}
