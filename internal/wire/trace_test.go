package wire_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
)

const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

var traceparent = regexp.MustCompile(`^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$`)

// isTrace is IsTrace the long way.
func isTrace(text string) bool {
	return traceparent.MatchString(text) && !strings.HasSuffix(text, "\n") &&
		text[3:35] != strings.Repeat("0", 32) && text[36:52] != strings.Repeat("0", 16)
}

// traceOf returns the trace that is among the members of an object as it stands there, "" for none.
func traceOf(members map[string]json.RawMessage) string {
	if raw := members["trace"]; len(raw) > 2 && raw[0] == '"' && isTrace(string(raw[1:len(raw)-1])) {
		return string(raw[1 : len(raw)-1])
	}
	return ""
}

var noTraces = []string{
	"", "00", "no trace", trace[1:], trace + "0", " " + trace, trace + "\n", strings.ToUpper(trace), "01" + trace[2:], "ff" + trace[2:],
	"00-00000000000000000000000000000000-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
	strings.Replace(trace, "-", "_", 1), strings.ReplaceAll(trace, "-", "a"), strings.Replace(trace, "f", "g", 1),
	trace[:54] + "é", trace[:54] + `"`, trace[:54] + "\x00",
}

func TestATraceIsATraceparentOfVersion00(t *testing.T) {
	for _, text := range []string{
		trace, trace[:53] + "00", trace[:53] + "ff", "00-00000000000000000000000000000001-0000000000000001-00", "00-f0000000000000000000000000000000-f000000000000000-00",
	} {
		assert.True(t, wire.IsTrace(text), text)
		assert.True(t, isTrace(text), text)
	}
	for _, text := range noTraces {
		assert.False(t, wire.IsTrace(text), "%q", text)
		assert.False(t, wire.IsTrace([]byte(text)), "%q", text)
		assert.False(t, isTrace(text), "%q", text)
	}
}

func TestATraceIsReadAsItStands(t *testing.T) {
	assert.Equal(t, trace, parse(t, `"`+trace+`"`).Trace())
	for _, text := range []string{`"\u0030` + trace[1:] + `"`, `1`, `null`, `["` + trace + `"]`, `{}`, `""`} {
		assert.Empty(t, parse(t, text).Trace(), text)
	}
	assert.Empty(t, wire.Value(nil).Trace())
}

func TestTracesOfAPoll(t *testing.T) {
	all := []string{"", trace, ""}
	of := func(i int) string { return all[i] }
	assert.Equal(t, `["","`+trace+`",""]`, string(wire.AppendTraces(nil, 3, of)))
	assert.Nil(t, wire.AppendTraces(nil, 1, of))
	assert.Nil(t, wire.AppendTraces(nil, 0, of))
}

// A client of before reads what it knows and nothing else.
func TestATracedPushIsAPushWithMoreBehindIt(t *testing.T) {
	line := []byte(`msg-v2 a b v1:E:60 instant 1 say "hi"`)
	plain := wire.AppendRecvMsg(nil, 7, line)
	assert.Equal(t, plain, wire.AppendTracedRecvMsg(nil, 7, line, ""))
	traced := wire.AppendTracedRecvMsg(nil, 7, line, trace)
	assert.Equal(t, string(plain[:len(plain)-2])+`,"`+trace+`"]]`, string(traced))
	f, err := wire.ParseServerFrame(traced)
	require.NoError(t, err)
	assert.Equal(t, wire.ServerFrame{Event: wire.EventNotify, Kind: wire.NotifyRecvMsg, Ver: 7, Line: string(line), Trace: trace}, f)
	spaced := bytes.ReplaceAll(traced, []byte(`",`), []byte(`" , `))
	f, err = wire.ParseServerFrame(spaced)
	require.NoError(t, err)
	assert.Equal(t, trace, f.Trace)
}

func FuzzTrace(f *testing.F) {
	f.Add(trace)
	for _, text := range noTraces {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		require.Equal(t, isTrace(text), wire.IsTrace(text))
		require.Equal(t, isTrace(text), wire.IsTrace([]byte(text)))
		v := wire.Value(wire.AppendString(nil, text))
		if isTrace(text) {
			require.Equal(t, text, v.Trace())
		} else {
			require.Empty(t, v.Trace())
		}
	})
}
