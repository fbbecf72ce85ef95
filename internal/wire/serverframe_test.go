package wire_test

import (
	"encoding/json"
	"math"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
)

var oddServerFrames = []string{
	`["pong",null]`, `["pong","1"]`, `["pong",1.5]`, `["pong",9223372036854775808]`,
	`["close",null]`, `["close",1]`, `["close",["kick"]]`,
	`["login_ret",null]`, `["login_ret","ok"]`, `["login_ret",[]]`, `["login_ret",[""]]`, `["login_ret",["","{}",1]]`,
	`["login_ret",["",{}]]`, `["login_ret",["",null]]`, `["login_ret",["",""]]`, `["login_ret",["","["]]`,
	`["login_ret",["","[]"]]`, `["login_ret",["","null"]]`, `["login_ret",["","{} {}"]]`,
	`["call2-ret",null]`, `["call2-ret",[1,""]]`, `["call2-ret",[1,"","{}",0]]`, `["call2-ret",["1","","{}"]]`,
	`["call2-ret",[1.5,"","{}"]]`, `["call2-ret",[null,"","{}"]]`, `["call2-ret",[1,"",{}]]`, `["call2-ret",[1,"","1"]]`,
	`["notify",null]`, `["notify","msg"]`, `["notify",{}]`, `["notify",[]]`, `["notify",[1]]`, `["notify",[null,1]]`, `["notify",[""]]`,
	`["notify",["msg"]]`, `["notify",["msg",null]]`, `["notify",["msg",-1]]`, `["notify",["msg","x"]]`, `["notify",["msg",1.5]]`,
	`["notify",["recvmsg"]]`, `["notify",["recvmsg",null]]`, `["notify",["recvmsg",[1,"x"]]]`, `["notify",["recvmsg",""]]`,
	`["notify",["recvmsg","["]]`, `["notify",["recvmsg","{}"]]`, `["notify",["recvmsg","[]"]]`, `["notify",["recvmsg","[1]"]]`,
	`["notify",["recvmsg","[1,2]"]]`, `["notify",["recvmsg","[1,\"x\",3]"]]`, `["notify",["recvmsg","[-1,\"x\"]"]]`,
	`["notify",["recvmsg","[\"1\",\"x\"]"]]`, `["notify",["recvmsg","[1.5,\"x\"]"]]`,
	`["notify",["channel2"]]`, `["notify",["channel2","c"]]`, `["notify",["channel2","c",1]]`, `["notify",["channel2",1,1,"x"]]`,
	`["notify",["channel2","c",-1,"x"]]`, `["notify",["channel2","c",null,"x"]]`, `["notify",["channel2","c",1,null]]`,
	`["notify",["channel2","c",1,["x"]]]`,
	`["ping",1]`, `["ack",1]`, `["login",{}]`, `["line_login",{"line":"x"}]`, `["call2",["f",1,{}]]`,
}

func TestParseServerFrameRefusesEveryOtherShape(t *testing.T) {
	for text, want := range oddFrames {
		frame, err := wire.ParseServerFrame([]byte(text))
		assert.ErrorIs(t, err, want, "%q", text)
		assert.Zero(t, frame, "%q", text)
	}
	for _, text := range oddServerFrames {
		frame, err := wire.ParseServerFrame([]byte(text))
		assert.ErrorIs(t, err, wire.ErrShape, "%q", text)
		assert.Zero(t, frame, "%q", text)
	}
}

func TestParseServerFrameReadsWhatOriginalServersSend(t *testing.T) {
	for text, want := range map[string]wire.ServerFrame{
		`["pong",-9223372036854775808]`:                    {Event: "pong", N: math.MinInt64},
		`["login_ret",["kick","{\"result\":\"failed\"}"]]`: {Event: "login_ret", Err: "kick", Ret: wire.Value(`{"result":"failed"}`)},
		`["login_ret",[null," {} "]]`:                      {Event: "login_ret", Ret: wire.Value(`{}`)},
		`["call2-ret",[7,"err","{}"]]`:                     {Event: "call2-ret", N: 7, Err: "err", Ret: wire.Value(`{}`)},
		`["notify",["msg",1]]`:                             {Event: "notify", Kind: "msg", Ver: 1},
		`["notify",["msg","1",0]]`:                         {Event: "notify", Kind: "msg", Ver: 1},
		`["notify",["channel2","c","2","x",0,0]]`:          {Event: "notify", Kind: "channel2", Name: "c", Ver: 2, Line: "x"},
		`["notify",["recvmsg","[ 3 , \"x\" ]"]]`:           {Event: "notify", Kind: "recvmsg", Ver: 3, Line: "x"},
		`["notify",["recvmsg","[3,\"x\"]","no trace"]]`:    {Event: "notify", Kind: "recvmsg", Ver: 3, Line: "x"},
		`["notify",["recvmsg","[3,\"x\"]",1]]`:             {Event: "notify", Kind: "recvmsg", Ver: 3, Line: "x"},
		`["notify",["recvmsg","[3,\"x\"]","","more"]]`:     {Event: "notify", Kind: "recvmsg", Ver: 3, Line: "x"},
		`["notify",["recvmsg_by_msgid","{",1]]`:            {Event: "notify", Kind: "recvmsg_by_msgid"},
		`["close","maintenance"]`:                          {Event: "close", Reason: "maintenance"},
	} {
		got, err := wire.ParseServerFrame([]byte(text))
		assert.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
}

func TestServerFramesRoundTrip(t *testing.T) {
	const odd = "a \"b\"\\\n\x00é😀"
	ret := wire.OK().Str("line", odd).Bytes()
	for _, tc := range []struct {
		frame []byte
		want  wire.ServerFrame
	}{
		{wire.AppendPong(nil, math.MinInt64), wire.ServerFrame{Event: "pong", N: math.MinInt64}},
		{wire.AppendLoginRet(nil, "", ret), wire.ServerFrame{Event: "login_ret", Ret: ret}},
		{wire.AppendLoginRet(nil, odd, []byte(`{}`)), wire.ServerFrame{Event: "login_ret", Err: odd, Ret: wire.Value(`{}`)}},
		{wire.AppendCallRet(nil, wire.Value(`-3`), ret), wire.ServerFrame{Event: "call2-ret", N: -3, Ret: ret}},
		{wire.AppendClose(nil, wire.CloseBadFrame), wire.ServerFrame{Event: "close", Reason: "bad frame"}},
		{wire.AppendClose(nil, odd), wire.ServerFrame{Event: "close", Reason: odd}},
		{wire.AppendMsg(nil, math.MaxInt64), wire.ServerFrame{Event: "notify", Kind: "msg", Ver: math.MaxInt64}},
		{wire.AppendRecvMsg(nil, math.MaxInt64, []byte(odd)), wire.ServerFrame{Event: "notify", Kind: "recvmsg", Ver: math.MaxInt64, Line: odd}},
		{wire.AppendRecvMsg(nil, 0, nil), wire.ServerFrame{Event: "notify", Kind: "recvmsg"}},
		{wire.AppendChannel(nil, odd, math.MaxInt64, []byte(odd)), wire.ServerFrame{Event: "notify", Kind: "channel2", Name: odd, Ver: math.MaxInt64, Line: odd}},
		{wire.AppendChannel(nil, "", 0, nil), wire.ServerFrame{Event: "notify", Kind: "channel2"}},
	} {
		got, err := wire.ParseServerFrame(tc.frame)
		assert.NoError(t, err, "%s", tc.frame)
		assert.Equal(t, tc.want, got, "%s", tc.frame)
		serverFrameRoundTrips(t, tc.frame)
	}
}

func TestServerFramesAreWrittenAsOriginalClientsReadThem(t *testing.T) {
	for want, got := range map[string][]byte{
		`["pong",1]`: wire.AppendPong(nil, 1),
		`["login_ret",["","{\"result\":\"ok\"}"]]`:                wire.AppendLoginRet(nil, "", wire.OK().Bytes()),
		`["call2-ret",[1.50,"","{\"result\":\"ok\",\"num\":2}"]]`: wire.AppendCallRet(nil, wire.Value("1.50"), wire.OK().Int("num", 2).Bytes()),
		`["close","kick"]`:     wire.AppendClose(nil, wire.CloseKick),
		`["kick",""]`:          wire.AppendKick(nil),
		`["notify",["msg",5]]`: wire.AppendMsg(nil, 5),
		`["notify",["recvmsg","[5,\"msg-v2 a b - instant 1 \\\"\"]"]]`:     wire.AppendRecvMsg(nil, 5, []byte(`msg-v2 a b - instant 1 "`)),
		`["notify",["channel2","c",6,"msg-v2 a c - channel_msg 1 {}"]]`:    wire.AppendChannel(nil, "c", 6, []byte(`msg-v2 a c - channel_msg 1 {}`)),
		`{"result":"failed","reason":"R","ecode":4,"data":{"result":"R"}}`: wire.Failure("R", 4),
	} {
		assert.Equal(t, want, string(got))
	}
}

// The web client reads data.result, the Python client reason, ours ecode.
func TestFailureSaysItInThreeShapes(t *testing.T) {
	var got struct {
		Result, Reason string
		ECode          int
		Data           struct{ Result string }
	}
	require.NoError(t, json.Unmarshal(wire.Failure("no \"such\" call", wire.GeneralEWrongParam), &got))
	assert.Equal(t, "failed", got.Result)
	assert.Equal(t, "no \"such\" call", got.Reason)
	assert.Equal(t, "no \"such\" call", got.Data.Result)
	assert.Equal(t, 1004, got.ECode)
}

func TestAnswersOfOnePatternDoNotShareMemory(t *testing.T) {
	a, b := wire.OK(), wire.OK()
	first, second := a.Int("n", 1).Bytes(), b.Int("n", 2).Bytes()
	assert.JSONEq(t, `{"result":"ok","n":1}`, string(first))
	assert.JSONEq(t, `{"result":"ok","n":2}`, string(second))
}

func TestServerFramesAreValidWhateverTheyCarry(t *testing.T) {
	for _, text := range texts {
		for _, frame := range [][]byte{
			wire.AppendLoginRet(nil, text, wire.Failure(text, 1)),
			wire.AppendClose(nil, text),
			wire.AppendRecvMsg(nil, 1, []byte(text)),
			wire.AppendChannel(nil, text, 1, []byte(text)),
		} {
			assert.True(t, serverFrameRoundTrips(t, frame), "%q", frame)
		}
	}
}

func FuzzServerFrame(f *testing.F) {
	for text := range oddFrames {
		f.Add([]byte(text))
	}
	for _, text := range oddServerFrames {
		f.Add([]byte(text))
	}
	for _, text := range []string{
		`["pong",1]`, `["login_ret",["","{\"result\":\"ok\",\"uid\":0,\"line\":\"l\"}"]]`, `["call2-ret",[1,"","{\"result\":\"ok\"}"]]`,
		`["close","kick"]`, `["notify",["msg",1]]`, `["notify",["recvmsg","[1,\"msg-v2 a b v1:E:3600 instant 1 hi\"]"]]`,
		`["notify",["channel2","c",1,"msg-v2 a c - channel_user_join 1 {\"channel\":\"c\",\"account\":\"a\",\"uid\":0}"]]`,
		`["notify",["recvmsg","[1,\"msg-v2 a b v1:E:3600 instant 1 hi\"]","` + trace + `"]]`,
		`["notify",["recvmsg","[1,\"msg-v2 a b v1:E:3600 instant 1 hi\"]", "00-\u0030"]]`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) { serverFrameRoundTrips(t, data) })
}

// serverFrameRoundTrips checks that what is read from a frame, written and read again, is the same.
// It reports whether data is a frame.
func serverFrameRoundTrips(t *testing.T, data []byte) bool {
	t.Helper()
	frame, err := wire.ParseServerFrame(data)
	if err != nil {
		require.Zero(t, frame)
		want := wire.ErrNotJSON
		if isJSON(data) {
			want = wire.ErrShape
		}
		require.ErrorIs(t, err, want)
		return false
	}
	var written []byte
	switch frame.Event {
	case wire.EventPong:
		written = wire.AppendPong(nil, frame.N)
	case wire.EventKick:
		return true
	case wire.EventClose:
		written = wire.AppendClose(nil, frame.Reason)
	case wire.EventLoginRet:
		written = wire.AppendLoginRet(nil, frame.Err, frame.Ret)
	case wire.EventCallRet:
		frame.Err = "" // the one that a server of ours ever writes
		written = wire.AppendCallRet(nil, strconv.AppendInt(nil, frame.N, 10), frame.Ret)
	case wire.EventNotify:
		switch frame.Kind {
		case wire.NotifyRecvMsg:
			written = wire.AppendTracedRecvMsg(nil, frame.Ver, []byte(frame.Line), frame.Trace)
		case wire.NotifyMsg:
			written = wire.AppendMsg(nil, frame.Ver)
		case wire.NotifyChannel:
			written = wire.AppendChannel(nil, frame.Name, frame.Ver, []byte(frame.Line))
		default:
			require.NotEmpty(t, frame.Kind)
			return true
		}
	default:
		t.Fatalf("want no event %q", frame.Event)
	}
	got, err := wire.ParseServerFrame(written)
	require.NoError(t, err, "%q", written)
	require.Equal(t, frame, got)
	return true
}
