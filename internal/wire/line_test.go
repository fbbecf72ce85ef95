package wire_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
)

var lines = map[string]wire.Line{
	"msg-v2 alice bob v1:E:3600 instant 1 hi":          {Src: "alice", Dst: "bob", Flag: "v1:E:3600", Type: "instant", Time: 1, Content: "hi"},
	"msg-v2 - c - channel_msg 1605830400000 {\"a\":1}": {Src: "-", Dst: "c", Flag: "-", Type: "channel_msg", Time: 1605830400000, Content: `{"a":1}`},
	"msg-v2 a b - instant 1 ":                          {Src: "a", Dst: "b", Flag: "-", Type: "instant", Time: 1},
	"msg-v2 a b - instant 1  ":                         {Src: "a", Dst: "b", Flag: "-", Type: "instant", Time: 1, Content: " "},
	"msg-v2 a b - instant 1  two  words \n\r\n\x00 ":   {Src: "a", Dst: "b", Flag: "-", Type: "instant", Time: 1, Content: " two  words \n\r\n\x00 "},
	"msg-v2 a b - instant 1 50%20%":                    {Src: "a", Dst: "b", Flag: "-", Type: "instant", Time: 1, Content: "50%20%"},
	"msg-v2 a b - instant 1 msg-v2 c d - instant 2 ":   {Src: "a", Dst: "b", Flag: "-", Type: "instant", Time: 1, Content: "msg-v2 c d - instant 2 "},
	"msg-v2 50% a%20b - t 0 x":                         {Src: "50%", Dst: "a b", Flag: "-", Type: "t", Content: "x"},
	"msg-v2 a %20%20%25 - t 0 x":                       {Src: "a", Dst: "  %", Flag: "-", Type: "t", Content: "x"},
	"msg-v2 a %2520 - t 0 x":                           {Src: "a", Dst: "%20", Flag: "-", Type: "t", Content: "x"},
	"msg-v2 a é😀 - t 0 é😀":                             {Src: "a", Dst: "é😀", Flag: "-", Type: "t", Content: "é😀"},
	"msg-v2 a b - t 9223372036854775807 x":             {Src: "a", Dst: "b", Flag: "-", Type: "t", Time: math.MaxInt64, Content: "x"},
	"msg-v2 a b - t -9223372036854775808 x":            {Src: "a", Dst: "b", Flag: "-", Type: "t", Time: math.MinInt64, Content: "x"},
}

var oddLines = []string{
	"", " ", "      ", "msg-v2", "msg-v2 ", "msg-v2 a b - t 1", "msg-v2 a b - t", "msg-v2 a b - t 1\nx", "msg-v2 a b - 1 x",
	"msg-v1 a b - t 1 x", "msg-v3 1 a b - t 1 x", "MSG-V2 a b - t 1 x", " msg-v2 a b - t 1 x", "msg-v2\ta\tb\t-\tt\t1\tx",
	"msg-v2  a b - t 1 x", "msg-v2 a  - t 1 x", "msg-v2 a b  t 1 x", "msg-v2 a b -  1 x", "msg-v2 a b - t  1 x",
	"msg-v2 a b - t x x", "msg-v2 a b - t 1.5 x", "msg-v2 a b - t 1e3 x", "msg-v2 a b - t 0x1 x", "msg-v2 a b - t 9223372036854775808 x",
}

func TestLineIsSevenFieldsAndTheLastRunsToTheEnd(t *testing.T) {
	for text, want := range lines {
		got, ok := wire.ParseLine(text)
		assert.True(t, ok, "%q", text)
		assert.Equal(t, want, got, "%q", text)
		assert.Equal(t, text, string(want.Append(nil)))
		assert.Equal(t, "x"+text, string(want.Append([]byte("x"))))
	}
}

func TestParseLineRefusesWhatIsNoLine(t *testing.T) {
	for _, text := range oddLines {
		got, ok := wire.ParseLine(text)
		assert.False(t, ok, "%q", text)
		assert.Zero(t, got, "%q", text)
	}
}

func TestPercentSignsOfOldServersStandForThemselves(t *testing.T) {
	for written, want := range map[string]string{
		"100%": "100%", "%": "%", "%2": "%2", "%%": "%%", "%2F": "%2F", "%2f%20": "%2f ", "%%20": "% ", "%2%20": "%2 ", "+": "+",
	} {
		got, ok := wire.ParseLine("msg-v2 a " + written + " - t 1 x")
		assert.True(t, ok, written)
		assert.Equal(t, want, got.Dst, written)
	}
}

func FuzzLine(f *testing.F) {
	for text := range lines {
		f.Add(text, "a b%", "con tent\n")
	}
	for _, text := range oddLines {
		f.Add(text, "%25 %20", "")
	}
	f.Add("msg-v2 a %2F% - t +1 x", "", " ")
	f.Fuzz(func(t *testing.T, text, dst, content string) {
		l, ok := wire.ParseLine(text)
		if !ok {
			require.Zero(t, l)
			return
		}
		lineRoundTrips(t, l)
		l.Content = content
		if dst != "" {
			l.Dst = dst
		}
		lineRoundTrips(t, l)
	})
}

func lineRoundTrips(t *testing.T, l wire.Line) {
	t.Helper()
	text := string(l.Append(nil))
	got, ok := wire.ParseLine(text)
	require.True(t, ok, "%q", text)
	require.Equal(t, l, got, "%q", text)
	require.Equal(t, 6, strings.Count(strings.TrimSuffix(text, l.Content), " "), "%q", text)
}
