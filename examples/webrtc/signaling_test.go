package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSplitAndJoin(t *testing.T) {
	for name, data := range map[string]string{
		"nothing":     "",
		"null":        "null",
		"short":       `{"candidate":"candidate:1 1 udp 2130706431 127.0.0.1 4711 typ host"}`,
		"one message": strings.Repeat("a", maxQuote-2),
		"two":         strings.Repeat("a", maxQuote-1),
		"long":        strings.Repeat("a=rtpmap:96 VP8/90000\r\n", 2_000),
		"quotes":      strings.Repeat(`"\`, 10_000),
		"controls":    strings.Repeat("\x00\x1f<>&", 6_000),
		"wide":        strings.Repeat("é√🎥", 5_000),
	} {
		t.Run(name, func(t *testing.T) {
			parts := taken(t, "call", data)
			assert.Equal(t, data, joined(t, parts))
			slices.Reverse(parts)
			assert.Equal(t, data, joined(t, parts))
		})
	}
}

// taken returns the parts of data as the other side takes them.
func taken(t *testing.T, call, data string) []part {
	t.Helper()
	texts, err := split(call, kindOffer, 7, data)
	require.NoError(t, err)
	parts := make([]part, 0, len(texts))
	for i, text := range texts {
		require.Less(t, len(text), 8_196)
		require.True(t, utf8.ValidString(text))
		p, ok := parse(text)
		require.True(t, ok)
		assert.Equal(t, part{RTC: 1, Call: call, Kind: kindOffer, ID: 7, Part: i, Parts: len(texts), Data: p.Data}, p)
		parts = append(parts, p)
	}
	return parts
}

// joined joins parts, each of which comes twice.
func joined(t *testing.T, parts []part) string {
	t.Helper()
	var j joiner
	for i, p := range parts {
		if i > 0 {
			_, all := j.add(parts[i-1])
			require.False(t, all)
		}
		data, all := j.add(p)
		require.Equal(t, i == len(parts)-1, all)
		if all {
			assert.Empty(t, j.open)
			return data
		}
	}
	return ""
}

func TestSplitKnowsItsLimits(t *testing.T) {
	_, err := split("call", kindOffer, 1, strings.Repeat("a", maxData+1))
	assert.EqualError(t, err, "split: want at most 64 parts and 131072 bytes, got 19 and 131073")
	_, err = split("call", kindOffer, 1, strings.Repeat("\x00", maxData))
	assert.ErrorContains(t, err, "split: want at most 64 parts")
	_, err = split(strings.Repeat("c", 2_000), kindOffer, 1, strings.Repeat("a", maxQuote-2))
	assert.ErrorContains(t, err, "split: want messages below 8196 bytes")
	taken(t, strings.Repeat("\x01", 128), strings.Repeat("a", maxQuote-2)) // the longest name that an invite can have, and worse
}

func TestParseIgnores(t *testing.T) {
	good := part{RTC: 1, Call: "c", Kind: kindICE, ID: 1, Part: 0, Parts: 1, Data: "null"}
	text, err := json.Marshal(good)
	require.NoError(t, err)
	p, ok := parse(string(text))
	require.True(t, ok)
	require.Equal(t, good, p)
	for _, text := range []string{
		"", "hello", "1", "null", "[]", "{}", `{"rtc":1}`, string(text) + "x",
		`{"rtc":2,"call":"c","kind":"ice","id":1,"part":0,"parts":1,"data":""}`,
		`{"rtc":1,"call":"","kind":"ice","id":1,"part":0,"parts":1,"data":""}`,
		`{"rtc":1,"call":"c","kind":"bye","id":1,"part":0,"parts":1,"data":""}`,
		`{"rtc":1,"call":"c","kind":"ice","id":-1,"part":0,"parts":1,"data":""}`,
		`{"rtc":1,"call":"c","kind":"ice","id":1,"part":-1,"parts":1,"data":""}`,
		`{"rtc":1,"call":"c","kind":"ice","id":1,"part":1,"parts":1,"data":""}`,
		`{"rtc":1,"call":"c","kind":"ice","id":1,"part":0,"parts":0,"data":""}`,
		`{"rtc":1,"call":"c","kind":"ice","id":1,"part":0,"parts":65,"data":""}`,
		`{"rtc":1,"call":"c","kind":"ice","id":1,"part":0,"parts":1e9,"data":""}`,
		`{"rtc":1,"call":"c","kind":"ice","id":1,"part":0,"parts":1,"data":{}}`,
		`{"rtc":1,"call":"c","kind":"ice","id":1,"part":0,"parts":1,"data":"` + strings.Repeat("a", maxText) + `"}`,
	} {
		_, ok := parse(text)
		assert.False(t, ok, text)
	}
}

func TestJoinerKeepsNoMoreThanItsBounds(t *testing.T) {
	var j joiner
	first := part{Kind: kindOffer, ID: 1, Parts: 2, Data: "a"}
	j.add(first)
	for id := range uint64(maxOpen) { // crowd it out
		j.add(part{Kind: kindOffer, ID: 100 + id, Parts: 2})
	}
	assert.Len(t, j.open, maxOpen)
	_, all := j.add(part{Kind: kindOffer, ID: 1, Part: 1, Parts: 2, Data: "b"})
	assert.False(t, all, "its beginning was given up")

	j = joiner{}
	j.add(first)
	for _, other := range []part{
		{Kind: kindAnswer, ID: 1, Part: 1, Parts: 2}, // of another kind
		{Kind: kindOffer, ID: 1, Part: 2, Parts: 3},  // of another number
		{Kind: kindOffer, ID: 1, Part: 0, Parts: 2},  // that has come
	} {
		_, all := j.add(other)
		assert.False(t, all)
	}
	data, all := j.add(part{Kind: kindOffer, ID: 1, Part: 1, Parts: 2, Data: "b"})
	assert.True(t, all)
	assert.Equal(t, "ab", data)

	for i := range maxParts { // 128 KiB, and the end of it
		_, all = j.add(part{Kind: kindOffer, ID: 2, Part: i, Parts: maxParts, Data: strings.Repeat("a", 8_000)})
		assert.False(t, all)
		for _, o := range j.open {
			assert.LessOrEqual(t, o.size, maxData)
		}
	}
}

// FuzzSplit: whatever is split is joined again, from messages that are small enough.
func FuzzSplit(f *testing.F) {
	f.Add("call", `{"type":"offer","sdp":"v=0\r\n"}`)
	f.Add("c", strings.Repeat(`"\`, 4_000))
	f.Add("c", strings.Repeat("é√🎥\x00", 2_000))
	f.Fuzz(func(t *testing.T, call, data string) {
		if call == "" || len(call) > 128 || !utf8.ValidString(call) || len(data) > 60_000 || !utf8.ValidString(data) {
			t.Skip() // no name of a channel; more than fits; no text
		}
		assert.Equal(t, data, joined(t, taken(t, call, data)))
	})
}

// FuzzParse: whatever comes is taken or ignored, within the bounds.
func FuzzParse(f *testing.F) {
	f.Add(`{"rtc":1,"call":"c","kind":"ice","id":1,"part":0,"parts":2,"data":"nu"}` + "\n" +
		`{"rtc":1,"call":"c","kind":"ice","id":1,"part":1,"parts":2,"data":"ll"}`)
	f.Add(`{"rtc":1,"call":"c","kind":"offer","id":18446744073709551615,"part":63,"parts":64,"data":"\ud800"}`)
	f.Fuzz(func(t *testing.T, lines string) {
		var j joiner
		for line := range strings.Lines(lines) {
			p, ok := parse(line)
			if !ok {
				continue
			}
			data, all := j.add(p)
			require.LessOrEqual(t, len(data), maxData)
			require.True(t, all || data == "")
			require.LessOrEqual(t, len(j.open), maxOpen)
		}
	})
}
