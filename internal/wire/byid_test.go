package wire_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
)

func TestAppendRecvByID(t *testing.T) {
	l := wire.Line{Src: "alice", Dst: "bob", Flag: "v1:E:60", Type: wire.TypeInstant, Time: 7, Content: `say "hi" twice`}
	frame := wire.AppendRecvByID(nil, "epoch.1", l.Append(nil))
	assert.Equal(t, `["notify",["recvmsg_by_msgid","msg-v3 epoch.1 alice bob v1:E:60 instant 7 say \"hi\" twice"]]`, string(frame))
}

func TestKickedFrame(t *testing.T) {
	frame := wire.AppendKicked(nil, `my "room"`)
	f, err := wire.ParseServerFrame(frame)
	require.NoError(t, err)
	assert.Equal(t, wire.ServerFrame{Event: wire.EventNotify, Kind: wire.NotifyKicked, Name: `my "room"`}, f)
	_, err = wire.ParseServerFrame([]byte(`["notify",["channel_kicked",1]]`))
	require.ErrorIs(t, err, wire.ErrShape)
}

func TestIsSpecial(t *testing.T) {
	assert.True(t, wire.IsSpecial("__agora_user_online"))
	assert.True(t, wire.IsSpecial("__agora_channel_event"))
	assert.False(t, wire.IsSpecial("__agora_other"))
}
