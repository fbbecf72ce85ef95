package wire_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
)

// Whatever a client or a server puts into its frames, each side reads what the other wrote, no side takes the frames
// of its own kind for those of the other, and to the standard library they are the same JSON.
func FuzzFrameFields(f *testing.F) {
	for _, text := range texts {
		f.Add(text, text, int64(len(text)), uint64(len(text)), false)
	}
	f.Add("kick", "alice", int64(math.MinInt64), uint64(math.MaxUint64), true)
	f.Add("", "_no_need_token", int64(1<<53), uint64(math.MaxInt64), true)
	f.Fuzz(func(t *testing.T, a, b string, n int64, u uint64, more bool) {
		u &= math.MaxInt64 // numbers of messages fit an int64, or an answer could not hold them
		clientFieldsRoundTrip(t, a, b, n, u, more)
		serverFieldsRoundTrip(t, a, b, n, u)
	})
}

// valid is what becomes of a text on its way.
func valid(s string) string { return string([]rune(s)) }

func clientFieldsRoundTrip(t *testing.T, a, b string, n int64, u uint64, more bool) {
	t.Helper()
	read := func(frame []byte) wire.ClientFrame {
		t.Helper()
		require.True(t, json.Valid(frame), "%q", frame)
		got, err := wire.ParseClientFrame(frame)
		require.NoError(t, err, "%q", frame)
		_, err = wire.ParseServerFrame(frame)
		require.ErrorIs(t, err, wire.ErrShape, "%q", frame)
		return got
	}
	login := wire.Login{AppID: a, Account: b, Token: a + b, Device: b + a}
	if more {
		login.Instance, login.Seq = "i"+a, n
	}
	got, err := wire.ParseLogin(read(login.Append(nil)).Args)
	require.NoError(t, err)
	login.AppID, login.Account, login.Token = valid(login.AppID), valid(login.Account), valid(login.Token)
	login.Device, login.Instance = valid(login.Device), valid(login.Instance)
	require.Equal(t, login, got)

	line := wire.LineLogin{Line: a}
	if more {
		line = wire.LineLogin{Line: a, Resume: true, VerClear: u, Channel: b, MsgID: u / 2}
	}
	gotLine, err := wire.ParseLineLogin(read(line.Append(nil)).Args)
	require.NoError(t, err)
	line.Line, line.Channel = valid(line.Line), valid(line.Channel)
	require.Equal(t, line, gotLine)

	var args wire.Object
	args.Str("line", a).Member(b, wire.Value(`"x"`))
	call := read(wire.AppendCall(nil, b, n, args.Bytes()))
	id, ok := call.ID.Int()
	require.True(t, ok)
	require.Equal(t, wire.ClientFrame{Event: wire.EventCall, Func: valid(b), ID: call.ID, Args: args.Bytes()}, call)
	require.Equal(t, n, id)
	if -1<<53 <= n && n <= 1<<53 {
		require.Equal(t, wire.ClientFrame{Event: wire.EventPing, N: n}, read(wire.AppendPing(nil, n)))
		require.Equal(t, wire.ClientFrame{Event: wire.EventAck, N: n}, read(wire.AppendAck(nil, n)))
	}
}

func serverFieldsRoundTrip(t *testing.T, a, b string, n int64, u uint64) {
	t.Helper()
	ret := wire.OK().Str("line", b).Int("n", n).Bytes()
	id := wire.Value(`-7`)
	for _, tc := range []struct {
		frame []byte
		want  wire.ServerFrame
	}{
		{wire.AppendPong(nil, n), wire.ServerFrame{Event: wire.EventPong, N: n}},
		{wire.AppendLoginRet(nil, a, ret), wire.ServerFrame{Event: wire.EventLoginRet, Err: valid(a), Ret: ret}},
		{wire.AppendCallRet(nil, id, ret), wire.ServerFrame{Event: wire.EventCallRet, N: -7, Ret: ret}},
		{wire.AppendCallRet(nil, id, wire.Failure(a, 1)), wire.ServerFrame{Event: wire.EventCallRet, N: -7, Ret: wire.Failure(a, 1)}},
		{wire.AppendKick(nil), wire.ServerFrame{Event: wire.EventKick}},
		{wire.AppendClose(nil, a), wire.ServerFrame{Event: wire.EventClose, Reason: valid(a)}},
		{wire.AppendMsg(nil, u), wire.ServerFrame{Event: wire.EventNotify, Kind: wire.NotifyMsg, Ver: u}},
		{
			wire.AppendRecvMsg(nil, u, []byte(a)),
			wire.ServerFrame{Event: wire.EventNotify, Kind: wire.NotifyRecvMsg, Ver: u, Line: valid(a)},
		},
		{
			wire.AppendChannel(nil, a, u, []byte(b)),
			wire.ServerFrame{Event: wire.EventNotify, Kind: wire.NotifyChannel, Name: valid(a), Ver: u, Line: valid(b)},
		},
		{wire.AppendKicked(nil, a), wire.ServerFrame{Event: wire.EventNotify, Kind: wire.NotifyKicked, Name: valid(a)}},
		{
			wire.AppendRecvByID(nil, "epoch.1", []byte("msg-v2 "+a)),
			wire.ServerFrame{Event: wire.EventNotify, Kind: wire.NotifyRecvByID},
		},
	} {
		require.True(t, json.Valid(tc.frame), "%q", tc.frame)
		got, err := wire.ParseServerFrame(tc.frame)
		require.NoError(t, err, "%q", tc.frame)
		require.Equal(t, tc.want, got, "%q", tc.frame)
		_, err = wire.ParseClientFrame(tc.frame)
		require.ErrorIs(t, err, wire.ErrShape, "%q", tc.frame)
	}

	// Original clients read the answer in two steps, the outer array and the text in it.
	var frame []json.RawMessage
	var fields [2]string
	require.NoError(t, json.Unmarshal(wire.AppendLoginRet(nil, a, ret), &frame))
	require.NoError(t, json.Unmarshal(frame[1], &fields))
	var inner struct {
		Line string
		N    int64
	}
	require.NoError(t, json.Unmarshal([]byte(fields[1]), &inner))
	require.Equal(t, valid(a), fields[0])
	require.Equal(t, valid(b), inner.Line)
	require.Equal(t, n, inner.N)

	var byID [2]json.RawMessage
	require.NoError(t, json.Unmarshal(wire.AppendRecvByID(nil, "epoch.1", []byte("msg-v2 "+a)), &byID))
	var kindAndLine [2]string
	require.NoError(t, json.Unmarshal(byID[1], &kindAndLine))
	id3, rest, ok := strings.Cut(strings.TrimPrefix(kindAndLine[1], "msg-v3 "), " ")
	require.True(t, ok)
	require.Equal(t, []string{"epoch.1", valid(a)}, []string{id3, rest})
}
