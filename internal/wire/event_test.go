package wire_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
)

// An event of a channel is read as the standard library reads it; one that is written in a line in a frame comes out
// again field by field, those that its type has.
func FuzzChannelEvent(f *testing.F) {
	for typ, content := range map[string]string{
		"channel_traced":      `{"channel":"c","account":"a","uid":0,"msg":"hi","trace":"` + trace + `"}`,
		wire.TypeChannelMsg:   `{"channel":"c","account":"a","uid":0,"msg":"hi \"you\"\n"}`,
		wire.TypeChannelJoin:  `{"channel":"c d","account":"a","uid":0}`,
		wire.TypeChannelLeave: `{"account":1,"msg":{},"x":0}`,
		wire.TypeChannelAttr:  `{"channel":"100%","account":"","uid":0,"name":"n","value":"v","type":"update"}`,
		"channel_new":         `{"channel":"c","channel":"d","\u0074ype":"del","name":null,"value":7}`,
		"":                    `[]`,
	} {
		f.Add(typ, content)
	}
	f.Fuzz(func(t *testing.T, typ, content string) {
		e, ok := wire.ParseChannelEvent(typ, content)
		if !ok {
			require.Zero(t, e)
			return
		}
		members, text := membersOf(t, content)
		require.Equal(t, wire.ChannelEvent{
			Type: typ, Channel: text("channel"), Account: text("account"), Msg: text("msg"),
			Name: text("name"), Value: text("value"), Change: text("type"), Trace: traceOf(members),
		}, e)

		want := wire.ChannelEvent{Type: typ, Channel: e.Channel, Account: e.Account}
		switch typ {
		case wire.TypeChannelMsg:
			want.Msg, want.Trace = e.Msg, e.Trace
		case wire.TypeChannelAttr:
			want.Name, want.Value, want.Change = e.Name, e.Value, e.Change
		}
		written := string(e.Append(nil))
		got, ok := wire.ParseChannelEvent(typ, written)
		require.True(t, ok, "%q", written)
		require.Equal(t, want, got)

		if e.Channel == "" {
			return // no channel has no name
		}
		l := wire.Line{Src: wire.NoSender, Dst: e.Channel, Flag: wire.NoSender, Type: wire.TypeChannelAttr, Time: 1, Content: written}
		frame, err := wire.ParseServerFrame(wire.AppendChannel(nil, e.Channel, 7, l.Append(nil)))
		require.NoError(t, err)
		line, ok := wire.ParseLine(frame.Line)
		require.True(t, ok)
		require.Equal(t, l, line)
		require.Equal(t, e.Channel, frame.Name)
	})
}
