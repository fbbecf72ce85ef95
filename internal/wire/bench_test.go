package wire_test

import (
	"testing"

	"github.com/agora-signal-go/signal/internal/wire"
)

const benchLine = `msg-v2 alice bob v1:E:86400 instant 1605830400000 {"text":"see you at 8 \"sharp\"","n":42}`

func BenchmarkParseClientFrameCall(b *testing.B) {
	var args wire.Object
	args.Str("line", "0123456789abcdef0123456789abcdef").Str("peer", "bob").Str("flag", "v1:E:86400").Str("t", "instant")
	args.Str("messageID", "6ba7b810-9dad-11d1-80b4-00c04fd430c8").Str("content", `{"text":"see you at 8 \"sharp\"","n":42}`)
	frame := wire.AppendCall(nil, wire.FnSendMsg, 12345, args.Bytes())
	b.ReportAllocs()
	b.SetBytes(int64(len(frame)))
	for b.Loop() {
		if _, err := wire.ParseClientFrame(frame); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseServerFrameRecvMsg(b *testing.B) {
	frame := wire.AppendRecvMsg(nil, 12345, []byte(benchLine))
	b.ReportAllocs()
	b.SetBytes(int64(len(frame)))
	for b.Loop() {
		if _, err := wire.ParseServerFrame(frame); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendRecvMsg(b *testing.B) {
	line := []byte(benchLine)
	frame := wire.AppendRecvMsg(nil, 12345, line)
	b.ReportAllocs()
	b.SetBytes(int64(len(frame)))
	for b.Loop() {
		frame = wire.AppendRecvMsg(frame[:0], 12345, line)
	}
}

// BenchmarkReadCall is all that a server reads of a call: the frame, checked, and the text of every argument.
func BenchmarkReadCall(b *testing.B) {
	frame := []byte(`["call2",["user_sendmsg",12345,{"line":"0123456789abcdef0123456789abcdef","peer":"bob","flag":"v1:E:86400","t":"instant","messageID":"6ba7b810-9dad-11d1-80b4-00c04fd430c8","content":"{\"text\":\"see you at 8 \\\"sharp\\\"\",\"n\":42}"}]]`)
	names := []string{"line", "peer", "flag", "t", "messageID", "content"}
	var args wire.Args
	var text []byte
	b.ReportAllocs()
	b.SetBytes(int64(len(frame)))
	for b.Loop() {
		f, err := wire.ParseClientFrame(frame)
		if err != nil {
			b.Fatal(err)
		}
		args.Read(f.Args)
		for _, name := range names {
			text = args.Get(name).AppendText(text[:0])
		}
	}
}
