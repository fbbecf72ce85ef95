package engine_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal/internal/engine"
)

func TestEventSizeCountsWhatOthersChoose(t *testing.T) {
	const n = 1000
	empty := engine.Event{}.Size()
	assert.Positive(t, empty)
	for _, name := range []string{"ID", "Channel", "Account", "Name", "Text", "Extra"} {
		var ev engine.Event
		reflect.ValueOf(&ev).Elem().FieldByName(name).SetString(strings.Repeat("x", n))
		assert.Equal(t, empty+n, ev.Size(), name)
	}
	ev := engine.Event{Accounts: []string{strings.Repeat("x", n), ""}}
	assert.Greater(t, ev.Size(), empty+n)
}

func TestNewsIsNotOwed(t *testing.T) {
	for _, k := range []engine.Kind{
		engine.ReconnectTry, engine.Reconnected, engine.ChannelUserJoined, engine.ChannelUserLeaved, engine.ChannelUserList,
		engine.ChannelAttr, engine.ChannelMessage, engine.InstantMessage, engine.InviteReceived, engine.InviteReceivedByPeer,
		engine.InviteAccepted, engine.InviteMsg, engine.Log,
	} {
		assert.False(t, k.Owed(), "kind %d", k)
	}
	for _, k := range []engine.Kind{ // of requests: the host sees to those
		engine.LoginSuccess, engine.LoginFailed, engine.Logout, engine.InviteRefused, engine.InviteEndByPeer,
	} {
		assert.True(t, k.Owed(), "kind %d", k)
	}
}
