package signaltest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/signaltest"
)

// A login frame that is delivered twice is one login: the second is refused, and does not throw out the first.
func TestLoginFrameTwice(t *testing.T) {
	t.Parallel()
	srv := signaltest.NewServer(t)
	l := wire.Login{AppID: "app", Account: "alice", Token: wire.NoToken, Device: wire.DeviceGo, Instance: "i", Seq: 1}
	first, second := dial(t, srv), dial(t, srv)
	first.send(string(l.Append(nil)))
	require.Empty(t, first.frame().Err)
	second.send(string(l.Append(nil)))
	require.Equal(t, wire.ReasonRefused, second.frame().Err)
	first.works()
}
