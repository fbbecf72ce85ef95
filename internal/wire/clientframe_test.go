package wire_test

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
)

// oddFrames are no frames of either direction.
var oddFrames = map[string]error{
	``:                         wire.ErrNotJSON,
	`hello`:                    wire.ErrNotJSON,
	`["ping",1`:                wire.ErrNotJSON,
	`["ping",1]]`:              wire.ErrNotJSON,
	`["ping",1]["ping",2]`:     wire.ErrNotJSON,
	`["ping",01]`:              wire.ErrNotJSON,
	"[\"close\",\"\xff\"]":     wire.ErrNotJSON,
	"[\"close\",\"\xed\xa0\"]": wire.ErrNotJSON,
	"\x00":                     wire.ErrNotJSON,
	`null`:                     wire.ErrShape,
	`1`:                        wire.ErrShape,
	`"ping"`:                   wire.ErrShape,
	`{}`:                       wire.ErrShape,
	`{"0":"ping","1":1}`:       wire.ErrShape,
	`[]`:                       wire.ErrShape,
	`["ping"]`:                 wire.ErrShape,
	`["pong"]`:                 wire.ErrShape,
	`["ping",1,2]`:             wire.ErrShape,
	`["pong",1,2]`:             wire.ErrShape,
	`[1,"ping"]`:               wire.ErrShape,
	`[null,1]`:                 wire.ErrShape,
	`["",1]`:                   wire.ErrShape,
	`["Ping",1]`:               wire.ErrShape,
	`["ping ",1]`:              wire.ErrShape,
	`["nosuchevent",{}]`:       wire.ErrShape,
	`[["ping"],1]`:             wire.ErrShape,
}

var oddClientFrames = []string{
	`["login",null]`, `["login","{}"]`, `["login",[]]`, `["login",1]`,
	`["line_login","x"]`, `["line_login",["x"]]`, `["line_login",null]`,
	`["ping","1"]`, `["ping",null]`, `["ping",[1]]`, `["ping",1.5]`, `["ping",1.0]`, `["ping",1e3]`, `["ping",true]`,
	`["ping",9007199254740993]`, `["ping",-9007199254740993]`, `["ping",9223372036854775808]`, `["ping",1e400]`,
	`["ack","1"]`, `["ack",0.5]`, `["ack",9007199254740993]`, `["ack",{}]`,
	`["call2",null]`, `["call2",{}]`, `["call2","f"]`, `["call2",[]]`, `["call2",["f",1]]`, `["call2",["f",1,{},{}]]`,
	`["call2",["f","1",{}]]`, `["call2",["f",null,{}]]`, `["call2",["f",[1],{}]]`, `["call2",["f",true,{}]]`,
	`["call2",[1,1,{}]]`, `["call2",[null,1,{}]]`, `["call2",[["f"],1,{}]]`,
	`["pong",1]`, `["login_ret",["","{}"]]`, `["notify",["msg",1]]`, `["close","kick"]`,
}

func TestParseClientFrameRefusesEveryOtherShape(t *testing.T) {
	for text, want := range oddFrames {
		frame, err := wire.ParseClientFrame([]byte(text))
		assert.ErrorIs(t, err, want, "%q", text)
		assert.Zero(t, frame, "%q", text)
	}
	for _, text := range oddClientFrames {
		frame, err := wire.ParseClientFrame([]byte(text))
		assert.ErrorIs(t, err, wire.ErrShape, "%q", text)
		assert.Zero(t, frame, "%q", text)
	}
}

func TestParseClientFrameReadsWhatOriginalClientsSend(t *testing.T) {
	for text, want := range map[string]wire.ClientFrame{
		`["ping",0]`:                 {Event: "ping"},
		` [ "ping" , -0 ] `:          {Event: "ping"},
		`["ping",9007199254740992]`:  {Event: "ping", N: 1 << 53},
		`["ping",-9007199254740992]`: {Event: "ping", N: -1 << 53},
		`["ack",7]`:                  {Event: "ack", N: 7},
		`["set_flag",{"binary":1}]`:  {Event: "set_flag"},
		`["login",{"vid":"app"}]`:    {Event: "login", Args: wire.Value(`{"vid":"app"}`)},
		`["line_login",{}]`:          {Event: "line_login", Args: wire.Value(`{}`)},
		`["call2",["user_logout",0,{"line":"x"}]]`: {
			Event: "call2", Func: "user_logout", ID: wire.Value(`0`), Args: wire.Value(`{"line":"x"}`),
		},
		`["c\u0061ll2",["\u0066",-1.5e9,{}]]`: {Event: "call2", Func: "f", ID: wire.Value(`-1.5e9`), Args: wire.Value(`{}`)},
		`["call2",["",1,null]]`:               {Event: "call2", ID: wire.Value(`1`), Args: wire.Value(`null`)},
		`["call2",["f",1,"args"]]`:            {Event: "call2", Func: "f", ID: wire.Value(`1`), Args: wire.Value(`"args"`)},
		`["call2",["f",1,[]]]`:                {Event: "call2", Func: "f", ID: wire.Value(`1`), Args: wire.Value(`[]`)},
	} {
		got, err := wire.ParseClientFrame([]byte(text))
		assert.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
}

func TestClientFramesRoundTrip(t *testing.T) {
	const odd = "a \"b\"\\\n\x00é😀"
	for name, frame := range map[string][]byte{
		"ping":                  wire.AppendPing(nil, 0),
		"largest ping":          wire.AppendPing(nil, 1<<53),
		"smallest ping":         wire.AppendPing(nil, -1<<53),
		"ack":                   wire.AppendAck(nil, 1),
		"call":                  wire.AppendCall(nil, wire.FnSendMsg, 1, []byte(`{"line":"x","content":"\"}]"}`)),
		"call of odd name":      wire.AppendCall(nil, odd, math.MinInt64, []byte(`{}`)),
		"login":                 (&wire.Login{AppID: "app", Account: "alice", Token: "t", Device: wire.DeviceGo}).Append(nil),
		"login with instance":   (&wire.Login{AppID: odd, Account: odd, Token: odd, Device: odd, Instance: odd, Seq: math.MaxInt64}).Append(nil),
		"empty login":           (&wire.Login{}).Append(nil),
		"line alone":            (&wire.LineLogin{Line: odd}).Append(nil),
		"resume":                (&wire.LineLogin{Line: "l", Resume: true, VerClear: math.MaxInt64, Channel: odd, MsgID: math.MaxInt64}).Append(nil),
		"resume with nothing":   (&wire.LineLogin{Line: "l", Resume: true}).Append(nil),
		"behind what was there": wire.AppendPing([]byte("  "), 1),
	} {
		t.Run(name, func(t *testing.T) {
			assert.True(t, clientFrameRoundTrips(t, frame), "%s", frame)
		})
	}
}

func TestClientFramesAreWrittenAsOriginalServersReadThem(t *testing.T) {
	login := wire.Login{AppID: "app", Account: "alice", Token: wire.NoToken, Device: "gosdk"}
	resume := wire.LineLogin{Line: "l", Resume: true, VerClear: 3, Channel: "c", MsgID: 4}
	for want, got := range map[string][]byte{
		`["login",{"vid":"app","account":"alice","uid":0,"token":"_no_need_token","device":"gosdk","ip":""}]`: login.Append(nil),
		`["line_login",{"line":"l"}]`:                                       (&wire.LineLogin{Line: "l", VerClear: 3}).Append(nil),
		`["line_login",{"line":"l","ver_clear":3,"channel":"c","msgid":4}]`: resume.Append(nil),
		`["ping",1]`: wire.AppendPing(nil, 1),
		`["ack",2]`:  wire.AppendAck(nil, 2),
		`["call2",["channel_leave",3,{"name":"c"}]]`: wire.AppendCall(nil, wire.FnLeave, 3, []byte(`{"name":"c"}`)),
	} {
		assert.Equal(t, want, string(got))
	}
}

func TestParseLoginForgivesAbsenceButNoOtherType(t *testing.T) {
	got, err := wire.ParseLogin(parse(t, `{"uid":"0","ver":4,"account":"a","account":"b"}`))
	assert.NoError(t, err)
	assert.Equal(t, wire.Login{Account: "b"}, got)

	for _, name := range []string{"vid", "account", "token", "device", "instance"} {
		for _, val := range []string{`null`, `1`, `true`, `{}`, `["x"]`} {
			got, err := wire.ParseLogin(parse(t, fmt.Sprintf(`{"account":"a",%q:%s}`, name, val)))
			assert.ErrorIs(t, err, wire.ErrShape, "%s: %s", name, val)
			assert.Zero(t, got)
		}
	}
}

func TestParseLineLoginTakesALineAloneOrAWholeResume(t *testing.T) {
	for text, want := range map[string]wire.LineLogin{
		`{"line":"l"}`:                           {Line: "l"},
		`{"line":""}`:                            {},
		`{"line":"l","uid":0}`:                   {Line: "l"},
		`{"line":"l","ver_clear":3}`:             {Line: "l", Resume: true, VerClear: 3},
		`{"line":"l","ver_clear":"3"}`:           {Line: "l", Resume: true, VerClear: 3},
		`{"line":"l","msgid":4}`:                 {Line: "l", Resume: true, MsgID: 4},
		`{"line":"l","channel":""}`:              {Line: "l", Resume: true},
		`{"line":"l","channel":"c","msgid":"0"}`: {Line: "l", Resume: true, Channel: "c"},
	} {
		got, err := wire.ParseLineLogin(parse(t, text))
		assert.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
	for _, text := range []string{
		`{}`, `{"line":null}`, `{"line":1}`, `{"line":["l"]}`, `{"line":"l","ver_clear":-1}`, `{"line":"l","ver_clear":null}`,
		`{"line":"l","ver_clear":1.5}`, `{"line":"l","ver_clear":9223372036854775808}`, `{"line":"l","msgid":"x"}`,
		`{"line":"l","msgid":[]}`, `{"line":"l","channel":null}`, `{"line":"l","channel":1}`,
	} {
		got, err := wire.ParseLineLogin(parse(t, text))
		assert.ErrorIs(t, err, wire.ErrShape, text)
		assert.Zero(t, got, text)
	}
}

func TestVersionIsANumberOrAStringOfDigits(t *testing.T) {
	for text, want := range map[string]uint64{
		`0`: 0, `1`: 1, `"1"`: 1, `"007"`: 7, `"\u0031"`: 1, `9223372036854775807`: math.MaxInt64, `"9223372036854775807"`: math.MaxInt64,
	} {
		got, ok := wire.Version(parse(t, text))
		assert.True(t, ok, text)
		assert.Equal(t, want, got, text)
	}
	for _, text := range []string{
		`-1`, `1.5`, `1e3`, `9223372036854775808`, `""`, `"-1"`, `"+1"`, `" 1"`, `"1_0"`, `"0x1"`, `"9223372036854775808"`,
		`null`, `true`, `[]`, `{}`,
	} {
		_, ok := wire.Version(parse(t, text))
		assert.False(t, ok, text)
	}
	absent, ok := wire.Version(nil)
	assert.True(t, ok)
	assert.Zero(t, absent)
}

func TestLongestLegalTextFitsAFrame(t *testing.T) {
	var args wire.Object
	args.Str("line", strings.Repeat("l", 64)).Str("peer", strings.Repeat(`"`, wire.MaxName)).Str("flag", wire.Flag(math.MaxInt64))
	args.Str("t", wire.TypeInstant).Str("messageID", strings.Repeat("m", wire.MaxName)).Str("content", strings.Repeat("\x00", wire.MaxInstant))
	frame := wire.AppendCall(nil, wire.FnSendMsg, math.MaxInt64, args.Bytes())
	assert.LessOrEqual(t, len(frame), wire.MaxFrame)
}

func FuzzClientFrame(f *testing.F) {
	for text := range oddFrames {
		f.Add([]byte(text))
	}
	for _, text := range oddClientFrames {
		f.Add([]byte(text))
	}
	for _, text := range []string{
		`["ping",1]`, `["ack",9007199254740992]`, `["call2",["user_getmsg",0,{"line":"x","ver_clear":"1","max":30}]]`,
		`["login",{"vid":"app","account":"alice","uid":0,"token":"_no_need_token","device":"websdk","ip":""}]`,
		`["login",{"vid":"app","account":"a","device":"gosdk","instance":"i","seq":1}]`, `["line_login",{"line":"l"}]`,
		`["line_login",{"line":"l","ver_clear":1,"channel":"c","msgid":2}]`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) { clientFrameRoundTrips(t, data) })
}

// clientFrameRoundTrips checks that what is read from a frame, written and read again, is the same. It reports whether
// data is a frame and had all that its event wants.
func clientFrameRoundTrips(t *testing.T, data []byte) bool {
	t.Helper()
	frame, err := wire.ParseClientFrame(data)
	same, sameErr := wire.ParseClientFrame(append([]byte(" "), data...)) // which no short cut reads
	require.Equal(t, frame, same)
	require.Equal(t, err, sameErr)
	if err != nil {
		require.Zero(t, frame)
		want := wire.ErrNotJSON
		if isJSON(data) {
			want = wire.ErrShape
		}
		require.ErrorIs(t, err, want)
		return false
	}
	again := func(data []byte) wire.ClientFrame {
		t.Helper()
		frame, err := wire.ParseClientFrame(data)
		require.NoError(t, err, "%q", data)
		return frame
	}
	switch frame.Event {
	case wire.EventPing:
		require.Equal(t, frame, again(wire.AppendPing(nil, frame.N)))
	case wire.EventAck:
		require.Equal(t, frame, again(wire.AppendAck(nil, frame.N)))
	case wire.EventCall:
		id, ok := frame.ID.Int()
		if !ok {
			return true // an ID that only original clients would use
		}
		frame.ID = strconv.AppendInt(nil, id, 10)
		require.Equal(t, frame, again(wire.AppendCall(nil, frame.Func, id, frame.Args)))
	case wire.EventLogin:
		login, err := wire.ParseLogin(frame.Args)
		if err != nil {
			require.ErrorIs(t, err, wire.ErrShape)
			return false
		}
		if login.Instance == "" {
			login.Seq = 0 // means nothing then
		}
		got, err := wire.ParseLogin(again(login.Append(nil)).Args)
		require.NoError(t, err)
		require.Equal(t, login, got)
	case wire.EventLineLogin:
		login, err := wire.ParseLineLogin(frame.Args)
		if err != nil {
			require.ErrorIs(t, err, wire.ErrShape)
			return false
		}
		got, err := wire.ParseLineLogin(again(login.Append(nil)).Args)
		require.NoError(t, err)
		require.Equal(t, login, got)
	case wire.EventSetFlag: // nobody here sends one
	default:
		t.Fatalf("want no event %q", frame.Event)
	}
	return true
}

func TestParseClientFrameAllocatesNothingForACall(t *testing.T) {
	frame := wire.AppendCall(nil, wire.FnSendMsg, 12345, []byte(`{"line":"l","peer":"bob","content":"say \"hi\" é"}`))
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		f, err := wire.ParseClientFrame(frame)
		if err != nil || f.Func != wire.FnSendMsg {
			t.Error(f, err)
		}
	}))
}

func TestFunctionsAreReadWhateverTheirName(t *testing.T) {
	for _, fn := range []string{
		wire.FnLogout, wire.FnSendMsg, wire.FnGetMsg, wire.FnGetMsg2, wire.FnQueryStatus, wire.FnSetAttr, wire.FnGetAttr,
		wire.FnGetAttrAll, wire.FnExtCall, wire.FnJoin, wire.FnLeave, wire.FnChannelSend, wire.FnChannelSetAttr,
		wire.FnChannelDelAttr, wire.FnChannelClear, wire.FnQueryNum, wire.FnQueryIsIn, wire.FnQueryList, wire.FnQueryListAll,
		wire.FnInvite, wire.FnInviteAck, wire.FnInviteAccept, wire.FnInviteRefuse, wire.FnInviteBye, wire.FnInviteMsg,
		"", "user_login", `user"`, "é",
	} {
		for _, data := range [][]byte{wire.AppendCall(nil, fn, 1, []byte("{}")), wire.AppendCall([]byte(" "), fn, 1, []byte("{}"))} {
			f, err := wire.ParseClientFrame(data)
			require.NoError(t, err)
			assert.Equal(t, fn, f.Func)
		}
	}
}
