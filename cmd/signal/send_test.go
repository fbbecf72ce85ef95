package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/server"
)

func TestSend(t *testing.T) {
	pl := newPlace(t)
	bob := pl.user("bob")
	for name, test := range map[string]struct {
		input string
		args  []string
		want  string
	}{
		"words":          {"", []string{"send", "bob", "hello", "there"}, "hello there"},
		"nothing":        {"", []string{"send", "bob", ""}, ""},
		"piped":          {"one\ntwo\n", []string{"send", "bob"}, "one\ntwo"},
		"dash":           {"piped\r\n", []string{"send", "bob", "-"}, "piped"},
		"a dash of many": {"", []string{"send", "bob", "-", "x"}, "- x"},
		"as a flag":      {"", []string{"send", "bob", "--", "--json"}, "--json"},
		"any UTF-8":      {"", []string{"send", "bob", "日本\x1b[2J\u202e"}, "日本\x1b[2J\u202e"},
	} {
		t.Run(name, func(t *testing.T) {
			o := pl.runWith(test.input, append(test.args[:2:2], append([]string{"--account", "alice"}, test.args[2:]...)...)...)
			require.Empty(t, o.ok())
			require.Equal(t, "Sent to bob.\n", o.err)
			m := message(t, bob)
			require.Equal(t, test.want, m.Text)
			require.Equal(t, "alice", m.From)
		})
	}
	o := pl.run("send", "bob", "quietly", "--quiet")
	require.Empty(t, o.ok()+o.err)
}

func TestSendJSON(t *testing.T) {
	pl := newPlace(t)
	r := pl.run("send", "bob", "hello", "--json").record()
	require.Equal(t, "sent", r["event"])
	require.Equal(t, "bob", r["to"])
	require.EqualValues(t, 5, r["bytes"])
	at, err := time.Parse(time.RFC3339, r["time"].(string))
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), at, time.Minute)
	r = pl.run("channel", "send", "lobby", "hello", "--json").record()
	require.Equal(t, "lobby", r["channel"])
	require.NotContains(t, r, "to")
}

// One that is too large is refused, with the limit.
func TestSendTooLarge(t *testing.T) {
	pl := newPlace(t)
	pl.runWith(strings.Repeat("x", 8197), "send", "bob").fails(exitFailed, "GENERAL_E_LARGE_PARAM (1005)")
	o := pl.runWith(strings.Repeat("x", 8197), "send", "bob", "--json")
	o.fails(exitFailed, "")
	failed := object(t, o.err)
	require.EqualValues(t, 1005, failed["code"])
	require.Equal(t, "GENERAL_E_LARGE_PARAM", failed["name"])
	require.Contains(t, failed["hint"], "8,196")
}

// Lines that come faster than the server takes messages are held back, none is lost and all are in order.
func TestSendLines(t *testing.T) {
	pl := newPlace(t, server.WithLimits(server.Limits{UserMessagesPerSecond: 20}))
	bob := pl.user("bob")
	var input strings.Builder
	const n = 30
	for i := range n {
		fmt.Fprintf(&input, "line %d\n", i)
	}
	records := pl.runWith(input.String(), "send", "--lines", "bob", "--json").records()
	require.Len(t, records, n)
	for i := range n {
		require.Equal(t, fmt.Sprintf("line %d", i), message(t, bob).Text)
	}
}

func TestSendToAChannel(t *testing.T) {
	pl := newPlace(t)
	bob := pl.user("bob")
	ch, err := bob.Join(t.Context(), "the lobby")
	require.NoError(t, err)
	for _, args := range [][]string{
		{"send", "#the lobby", "hello"}, {"send", "-c", "the lobby", "hello"}, {"channel", "send", "the lobby", "hello"},
	} {
		pl.run(append(args, "--account", "alice")...).ok()
		for m, err := range ch.Messages(t.Context()) {
			require.NoError(t, err)
			require.Equal(t, "hello", m.Text)
			require.Equal(t, "alice", m.From)
			break
		}
	}
	piped := pl.runWith("one\ntwo\n", "channel", "send", "the lobby", "--lines", "--json").records()
	require.Len(t, piped, 2)
}
