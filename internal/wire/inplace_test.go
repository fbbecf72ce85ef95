package wire_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
)

// A message to a channel is read without an allocation, however deep its texts are wrapped.
func TestReadingDoesNotAllocate(t *testing.T) {
	e := wire.ChannelEvent{Type: wire.TypeChannelMsg, Channel: "c", Account: "alice", Msg: "say \"hi\"\n\u2028é😀"}
	l := wire.Line{Src: "alice", Dst: "c", Flag: "-", Type: e.Type, Time: 1, Content: string(e.Append(nil))}
	frame := wire.AppendChannel(nil, "c", 7, l.Append(nil))
	data := make([]byte, len(frame))
	read := func() (wire.RawFrame, wire.RawChannelEvent) {
		copy(data, frame)
		f, err := wire.ReadServerFrame(data)
		line, ok := wire.ReadLine(f.Line)
		got, is := wire.ReadChannelEvent(line.Content)
		if err != nil || !ok || !is {
			t.Fatal("not read")
		}
		return f, got
	}
	f, got := read()
	assert.Equal(t, "c", string(f.Name))
	assert.Equal(t, e.Account, string(got.Account))
	assert.Equal(t, e.Msg, string(got.Msg))
	assert.Zero(t, testing.AllocsPerRun(100, func() { read() }))

	for _, frame := range [][]byte{
		wire.AppendCallRet(nil, wire.Value("7"), wire.OK().Bytes()),
		wire.AppendCallRet(nil, wire.Value("7"), wire.OK().Int("num", 3).Bytes()),
		wire.AppendRecvMsg(nil, 7, l.Append(nil)),
	} {
		data := bytes.Clone(frame)
		assert.Zero(t, testing.AllocsPerRun(100, func() {
			copy(data, frame)
			f, err := wire.ReadServerFrame(data)
			if err != nil || f.OK() != (f.Event == wire.EventCallRet) {
				t.Fatal(f, err)
			}
		}))
	}
}

// What is no more than one text is unwrapped within its own bounds.
func TestTextAtTheEnd(t *testing.T) {
	for text, want := range map[string]string{
		`["close","\n"]`: "\n", `["close","\u00e9"]`: "é", `["close","\ud83d\ude00"]`: "😀", `["close","\ud83d"]`: "\ufffd",
		`["close","\ud83d\u0041"]`: "\ufffdA", `["close","a\\\"b\/"]`: `a\"b/`, `["close",""]`: "",
	} {
		data := append([]byte(text), "kept"...)
		f, err := wire.ReadServerFrame(data[:len(text):len(text)])
		require.NoError(t, err, text)
		assert.Equal(t, want, string(f.Reason), text)
		assert.Equal(t, "kept", string(data[len(text):]))
	}
}
