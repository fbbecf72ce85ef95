package core_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

func TestFrozenCoreIsThawed(t *testing.T) {
	each(t, func(w *world) {
		alice, bob := w.login("alice", wire.DeviceGo), w.login("bob", python)
		alice.ok(wire.FnJoin, "name", "room")
		alice.ok(wire.FnSetAttr, "name", "n", "value", "v")
		bob.ok(wire.FnJoin, "name", "room")
		alice.say("bob", "hi")
		for i, c := range w.cores {
			frozen := c.Freeze(nil)
			thawed, peers, err := core.Thaw(core.Config{Cores: len(w.cores)}, i, frozen, func(core.PeerID) (core.Conn, func(string)) {
				return &socket{}, nil
			})
			require.NoError(t, err)
			assert.Equal(t, frozen, thawed.Freeze(nil))
			assert.Len(t, peers, c.Sessions())
		}
	})
}
