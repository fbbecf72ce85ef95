package wire_test

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
)

func TestVoipRoundTrips(t *testing.T) {
	for text, v := range map[string]wire.Voip{
		`{"channel":"c","peer":"bob","peeruid":0,"extra":""}`:                        {Channel: "c", Peer: "bob"},
		`{"channel":"c d","peer":"é\"","peeruid":0,"extra":"{\"a\":\"\\n\"}"}`:       {Channel: "c d", Peer: `é"`, Extra: `{"a":"\n"}`},
		`{"channel":"c","peer":"bob","peeruid":0,"extra":"","ecode":703}`:            {Channel: "c", Peer: "bob", ECode: 703},
		`{"channel":"c","peer":"bob","peeruid":0,"extra":"","ecode":-1,"call":"id"}`: {Channel: "c", Peer: "bob", ECode: -1, Call: "id"},
		`{"channel":"c","peer":"bob","peeruid":0,"extra":"","call":"id","trace":"` + trace + `"}`: {
			Channel: "c", Peer: "bob", Call: "id", Trace: trace,
		},
		"{\"channel\":\"c\",\"peer\":\"b\",\"peeruid\":0,\"extra\":\"\\u0000\ufffd\"}": {Channel: "c", Peer: "b", Extra: "\x00\ufffd"},
	} {
		assert.Equal(t, text, string(v.Append(nil)))
		assert.Equal(t, "x"+text, string(v.Append([]byte("x"))))
		got, ok := wire.ParseVoip(text)
		assert.True(t, ok, text)
		assert.Equal(t, v, got, text)
	}
}

func TestParseVoipWantsChannelAndPeerAndForgivesTheRest(t *testing.T) {
	for text, want := range map[string]wire.Voip{
		`{"channel":"c","peer":"b"}`:                                 {Channel: "c", Peer: "b"},
		` {"peer":"b","channel":"c","peeruid":"0","x":[]} `:          {Channel: "c", Peer: "b"},
		`{"channel":"c","peer":"b","extra":{ "a" : 1 }}`:             {Channel: "c", Peer: "b", Extra: `{ "a" : 1 }`},
		`{"channel":"c","peer":"b","extra":null}`:                    {Channel: "c", Peer: "b"},
		`{"channel":"c","peer":"b","extra":[1],"ecode":"703"}`:       {Channel: "c", Peer: "b"},
		`{"channel":"c","peer":"b","trace":"no trace"}`:              {Channel: "c", Peer: "b"},
		`{"channel":"c","peer":"b","extra":"","ecode":1.5,"call":1}`: {Channel: "c", Peer: "b"},
	} {
		got, ok := wire.ParseVoip(text)
		assert.True(t, ok, text)
		assert.Equal(t, want, got, text)
	}
	for _, text := range []string{
		``, `null`, `[]`, `"{}"`, `{`, `{}`, `{"channel":"c"}`, `{"peer":"b"}`, `{"channel":"","peer":"b"}`, `{"channel":"c","peer":""}`,
		`{"channel":1,"peer":"b"}`, `{"channel":"c","peer":["b"]}`, "{\"channel\":\"c\",\"peer\":\"\xff\"}",
	} {
		_, ok := wire.ParseVoip(text)
		assert.False(t, ok, "%q", text)
	}
}

func FuzzVoip(f *testing.F) {
	for _, content := range []string{
		``, `{}`, `{"channel":"c","peer":"bob","peeruid":0,"extra":"{\"_timeout\":5}"}`,
		`{"channel":"c","peer":"bob","peeruid":0,"extra":{"a":"\ud83d"},"ecode":703,"call":"id"}`,
		`{"channel":"c","peer":"b","ecode":99999999999999999999}`, `{"channel":"c","peer":"b","ecode":-1e5}`,
		`{"channel":"c","peer":"b","trace":"` + trace + `"}`, `{"channel":"c","peer":"b","trace":"\u0030` + trace[1:] + `"}`,
		`{"channel":"c","peer":"b","peer":"d","extra":{"msgtype":"dtmf","msgdata":"12#"}}`,
	} {
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content string) {
		v, ok := wire.ParseVoip(content)
		if !ok {
			return
		}
		require.True(t, isJSON([]byte(content)))
		voipLikeStandard(t, content, v)
		text := string(v.Append(nil))
		got, ok := wire.ParseVoip(text)
		require.True(t, ok, "%q", text)
		require.Equal(t, v, got, "%q", text)
		voipLikeStandard(t, text, v)
	})
}

// voipLikeStandard checks what was read from the content of an invite event against what the standard library reads.
func voipLikeStandard(t *testing.T, content string, v wire.Voip) {
	t.Helper()
	members, text := membersOf(t, content)
	want := wire.Voip{Channel: text("channel"), Peer: text("peer"), Extra: text("extra"), Call: text("call"), Trace: traceOf(members)}
	if extra := members["extra"]; len(extra) > 0 && extra[0] == '{' {
		want.Extra = string(extra)
	}
	if code := members["ecode"]; len(code) > 0 && json.Unmarshal(code, &want.ECode) != nil {
		want.ECode = 0
	}
	require.Equal(t, want, v)
}

func TestArgumentsMayComeAsObjectsWhereStringsAreMeant(t *testing.T) {
	for text, want := range map[string]string{
		`"a\n"`: "a\n", `""`: "", `{}`: `{}`, `{ "a" : "\n" }`: `{ "a" : "\n" }`, `[1]`: "", `1`: "", `null`: "", `true`: "",
	} {
		assert.Equal(t, want, wire.StringOrObject(parse(t, text)), text)
	}
	assert.Empty(t, wire.StringOrObject(nil))
}

func TestDTMFTravelsInTheExtra(t *testing.T) {
	assert.JSONEq(t, `{"msgtype":"dtmf","msgdata":"12#"}`, wire.DTMFExtra("12#"))
	for extra, want := range map[string][2]string{
		wire.DTMFExtra("*0#"):                 {"dtmf", "*0#"},
		`{"msgtype":"other","msgdata":"x\n"}`: {"other", "x\n"},
		`{"msgtype":1,"msgdata":{}}`:          {},
		`{}`:                                  {},
		``:                                    {},
		`["dtmf","1"]`:                        {},
		`{"msgtype":"dtmf"`:                   {},
	} {
		msgType, msgData := wire.ParseInviteMsg(extra)
		assert.Equal(t, want, [2]string{msgType, msgData}, extra)
	}
}

func TestChannelEventRoundTrips(t *testing.T) {
	const odd = "a \"b\"\\\n\x00é😀"
	for _, tc := range []struct {
		event wire.ChannelEvent
		want  string
	}{
		{wire.ChannelEvent{Type: wire.TypeChannelJoin, Channel: "c", Account: "a"}, `{"channel":"c","account":"a","uid":0}`},
		{wire.ChannelEvent{Type: wire.TypeChannelLeave, Channel: odd, Account: odd}, ""},
		{wire.ChannelEvent{Type: wire.TypeChannelMsg, Channel: "c", Account: "a", Msg: "hi"}, `{"channel":"c","account":"a","uid":0,"msg":"hi"}`},
		{wire.ChannelEvent{Type: wire.TypeChannelMsg, Channel: "c", Msg: odd}, ""},
		{
			wire.ChannelEvent{Type: wire.TypeChannelMsg, Channel: "c", Account: "a", Msg: "hi", Trace: trace},
			`{"channel":"c","account":"a","uid":0,"msg":"hi","trace":"` + trace + `"}`,
		},
		{wire.ChannelEvent{Type: wire.TypeChannelMsg, Channel: "c", Account: "a"}, `{"channel":"c","account":"a","uid":0,"msg":""}`},
		{
			wire.ChannelEvent{Type: wire.TypeChannelAttr, Channel: "c", Name: "n", Value: "v", Change: wire.AttrUpdate},
			`{"channel":"c","account":"","uid":0,"name":"n","value":"v","type":"update"}`,
		},
		{wire.ChannelEvent{Type: wire.TypeChannelAttr, Channel: "c", Account: "a", Name: odd, Value: odd, Change: wire.AttrDel}, ""},
		{
			wire.ChannelEvent{Type: wire.TypeChannelAttr, Channel: "c", Account: "a", Change: wire.AttrClear},
			`{"channel":"c","account":"a","uid":0,"name":"","value":"","type":"clear"}`,
		},
	} {
		text := string(tc.event.Append(nil))
		if tc.want != "" {
			assert.Equal(t, tc.want, text)
		}
		assert.Equal(t, "x"+text, string(tc.event.Append([]byte("x"))))
		got, ok := wire.ParseChannelEvent(tc.event.Type, text)
		assert.True(t, ok, text)
		assert.Equal(t, tc.event, got, text)
	}
}

func TestParseChannelEventWantsAnObject(t *testing.T) {
	for _, content := range []string{``, `[]`, `null`, `"{}"`, `{`, "{\"msg\":\"\xff\"}"} {
		got, ok := wire.ParseChannelEvent(wire.TypeChannelMsg, content)
		assert.False(t, ok, "%q", content)
		assert.Zero(t, got, "%q", content)
	}
	got, ok := wire.ParseChannelEvent(wire.TypeChannelMsg, `{"account":1,"msg":{},"x":0}`)
	assert.True(t, ok)
	assert.Equal(t, wire.ChannelEvent{Type: wire.TypeChannelMsg}, got)
}

func TestMembersRoundTrip(t *testing.T) {
	for text, accounts := range map[string][]string{
		`[]`:                            nil,
		`[["a",0]]`:                     {"a"},
		`[["é\"\n",0],["",0],["b]",0]]`: {"é\"\n", "", "b]"},
	} {
		assert.Equal(t, text, string(wire.AppendMembers(nil, accounts)))
		assert.Equal(t, "x"+text, string(wire.AppendMembers([]byte("x"), accounts)))
		assert.Equal(t, accounts, wire.ParseMembers(parse(t, text)))
	}
}

func TestParseMembersForgivesOtherShapes(t *testing.T) {
	for text, want := range map[string][]string{
		`[["a"],["b",1,2]]`:          {"a", "b"},
		`[[],null,1,"x",{},["a",0]]`: {"a"},
		`[[1,0]]`:                    {""},
		`{}`:                         nil,
		`null`:                       nil,
	} {
		assert.Equal(t, want, wire.ParseMembers(parse(t, text)), text)
	}
	assert.Nil(t, wire.ParseMembers(nil))
}

func TestVersionedRoundTrips(t *testing.T) {
	for _, ver := range []uint64{0, 1, 1 << 53, math.MaxInt64} {
		for _, line := range []string{"", "msg-v2 a b - instant 1 hi", "\"\\\n\x00é😀"} {
			text := string(wire.AppendVersioned([]byte("x"), ver, []byte(line)))
			gotVer, gotLine, ok := wire.ParseVersioned(parse(t, text[1:]))
			assert.True(t, ok, text)
			assert.Equal(t, fmt.Sprint("x", ver, line), fmt.Sprint(text[:1], gotVer, gotLine))
		}
	}
	assert.Equal(t, `[1,"a\"b"]`, string(wire.AppendVersioned(nil, 1, []byte(`a"b`))))
}

func TestParseVersionedWantsANumberAndAText(t *testing.T) {
	for _, text := range []string{
		`null`, `{}`, `"x"`, `[]`, `[1]`, `[1,"x",2]`, `["1","x"]`, `[-1,"x"]`, `[1.5,"x"]`, `[9223372036854775808,"x"]`, `[null,"x"]`,
		`[1,null]`, `[1,2]`, `[1,["x"]]`,
	} {
		ver, line, ok := wire.ParseVersioned(parse(t, text))
		assert.False(t, ok, text)
		assert.Zero(t, ver, text)
		assert.Empty(t, line, text)
	}
}
