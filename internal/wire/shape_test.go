package wire

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzKnownFrames reads each frame in both ways: what the quick one takes is what the other one makes of it.
func FuzzKnownFrames(f *testing.F) {
	event := ChannelEvent{Channel: "hall", Type: TypeChannelMsg, Account: "alice", Msg: `a "quoted" \ text` + "\n\u2028é"}
	line := Line{Src: "alice", Dst: "ha ll", Flag: "-", Type: TypeChannelMsg, Time: 1700000000000, Content: string(event.Append(nil))}
	text := line.Append(nil)
	for _, frame := range [][]byte{
		AppendChannel(nil, "hall", 7, text),
		AppendRecvMsg(nil, 7, text),
		AppendTracedRecvMsg(nil, 7, text, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
		[]byte(`["notify",["recvmsg","[1,\"a\"]","00-\u0030"]]`),
		[]byte(`["notify",["recvmsg","[1,\"a\"]",null]]`),
		AppendCallRet(nil, Value("12"), []byte(`{"result":"ok"}`)),
		AppendCallRet(nil, Value("12"), []byte(`{"result":"ok","list":[["a",0]]}`)),
		[]byte(`["call2-ret",[9223372036854775807,"","{}"]]`),
		[]byte(`["call2-ret",[01,"","{}"]]`),
		[]byte(`["call2-ret",[1,"","[]"]]`),
		[]byte(`["notify",["channel2","a",18446744073709551615,"b"]]`),
		[]byte(`["notify",["channel2","a", 1 ,"b"]]`),
		[]byte(`["notify",["channel2","a",1,"b","more"]]`),
		[]byte(`["notify",["channel2","a",1.5,"b"]]`),
		[]byte(`["notify",["channel2","\ud800",1,"\u00e9\\"]]`),
		[]byte(`["notify",["channel2","` + "\xff" + `",1,"b"]]`),
		[]byte(`["notify",["recvmsg","[1, \"a\"]"]]`),
		[]byte(`["notify",["recvmsg","[1]"]]`),
		[]byte(`["notify",["recvmsg","[1,\"a`),
	} {
		f.Add(frame)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var quick RawFrame
		same := bytes.Clone(data)
		known, ok := quick.known(same)
		want, err := readAnyFrame(bytes.Clone(data))
		if !known {
			require.Equal(t, data, same, "changed and not read")
			return
		}
		require.Equal(t, err == nil, ok)
		if !ok {
			return
		}
		require.Equal(t, string(want.Err), string(quick.Err))
		want.Err, quick.Err = nil, nil
		require.Equal(t, want, quick)
	})
}

// FuzzKnownEvents reads the content of a channel's event in both ways.
func FuzzKnownEvents(f *testing.F) {
	for _, content := range []string{
		`{"channel":"hall","account":"alice","uid":0,"msg":"a\"b"}`, `{}`, `{"msg":"a","msg":"b"}`, `{"msg":1}`, `{"m\u0073g":"a"}`,
		`{"msg":"a","trace":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}`, `{"trace":1}`,
		`{"msg": "a"}`, `{"a":{"b":[1,2,{"c":null}]},"msg":"x"}`, `{"msg":"a"`, `{"msg":"a"}}`, `{"msg":"a",}`, `[]`,
	} {
		f.Add([]byte(content))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		got, ok := ReadChannelEvent(bytes.Clone(content))
		o, err := ParseValue(bytes.Clone(content))
		require.Equal(t, err == nil && o.IsObject(), ok)
		if !ok {
			return
		}
		var p parts
		for key, val := range o.members() {
			p.add(key, val)
		}
		require.Equal(t, p.event(), got)
	})
}
