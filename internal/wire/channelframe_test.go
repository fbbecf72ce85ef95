package wire_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
)

// writesAlike checks AppendChannelEvent against the long way: an event in a line in a frame.
func writesAlike(t *testing.T, e wire.ChannelEvent, msgID uint64, time int64) {
	t.Helper()
	l := wire.Line{Src: e.Account, Dst: e.Channel, Flag: wire.NoSender, Type: e.Type, Time: time, Content: string(e.Append(nil))}
	if l.Src == "" {
		l.Src = wire.NoSender
	}
	want := wire.AppendChannel([]byte("x"), e.Channel, msgID, l.Append(nil))
	require.Equal(t, string(want), string(wire.AppendChannelEvent([]byte("x"), msgID, time, &e, []byte(e.Msg))))
}

func TestAppendChannelEventIsTheLongWayCutShort(t *testing.T) {
	writesAlike(t, wire.ChannelEvent{Type: wire.TypeChannelMsg, Channel: "c", Account: "a", Msg: "hi", Trace: trace}, 1, 2)
	for _, typ := range []string{wire.TypeChannelMsg, wire.TypeChannelJoin, wire.TypeChannelLeave, wire.TypeChannelAttr} {
		for i, text := range texts {
			other := texts[(i*7+3)%len(texts)]
			writesAlike(t, wire.ChannelEvent{Type: typ, Channel: text, Account: other, Msg: text, Name: other, Value: text, Change: wire.AttrUpdate}, uint64(i), 1700000000000)
			writesAlike(t, wire.ChannelEvent{Type: typ, Channel: "a room % of " + other, Msg: other, Name: text, Value: other, Change: wire.AttrClear}, 1<<63, -1)
		}
	}
}
