package wire_test

import (
	"bytes"
	"encoding/json"
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
)

// A list of members is read as the standard library reads it, whatever else stands in it, and what was read is
// the same when it was written again.
func FuzzMembers(f *testing.F) {
	for _, text := range []string{
		`[]`, `[["a",0]]`, `[["é\"\n",0],["",0],["b]",0]]`, `[["a"],["b",1,2]]`, `[[],null,1,"x",{},["a",0]]`, `[[1,0]]`, `{}`, `null`,
		`[["a",0],[["b"],0],[{"c":"d"}],["\ud83d",0],[null]]`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := wire.ParseValue(data)
		if err != nil {
			return
		}
		var elements []json.RawMessage
		if v.IsArray() {
			require.NoError(t, json.Unmarshal(data, &elements))
		}
		var want []string
		for _, e := range elements {
			if e[0] != '[' {
				continue
			}
			var member []json.RawMessage
			require.NoError(t, json.Unmarshal(e, &member))
			if len(member) > 0 {
				want = append(want, textOf(t, member[0]))
			}
		}
		accounts := wire.ParseMembers(v)
		require.Equal(t, want, accounts)

		text := wire.AppendMembers(nil, accounts)
		require.Equal(t, accounts, wire.ParseMembers(parse(t, string(text))))
		var members [][2]any
		require.NoError(t, json.Unmarshal(text, &members))
		require.Len(t, members, len(accounts))
		for i, m := range members {
			require.Equal(t, [2]any{accounts[i], 0.0}, m)
		}
	})
}

// Attributes are read as the standard library reads them, and an answer to user_get_attr_all, an object inside a
// string inside a string, gives the same ones back to both.
func FuzzAttributes(f *testing.F) {
	for _, text := range []string{
		`{}`, `{"a":"1","_c":"","é\"":"\n"}`, `{"a":1,"b":-0.50,"c":"x","\u0064":"\u0041"}`, `{"a":null,"b":true,"c":{},"d":[1]}`,
		`{"a":"1","a":"2"}`, `{"a":"1","\u0061":2}`, `[]`, `"x"`, `{"":"","\ud83d":"\ude00"}`, `{"a\u0000":"\u2028<>&"}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := wire.ParseValue(data)
		if err != nil {
			return
		}
		want := make(map[string]string)
		if v.IsObject() {
			members, text := membersOf(t, string(data))
			for name, raw := range members {
				if want[name] = text(name); raw[0] == '-' || '0' <= raw[0] && raw[0] <= '9' {
					want[name] = string(raw)
				}
			}
		}
		attrs := wire.ParseStrings(v)
		require.Equal(t, want, attrs)

		names := wire.SortedNames(attrs)
		text := wire.AppendStrings(nil, names, attrs)
		require.Equal(t, attrs, wire.ParseStrings(parse(t, string(text))))
		answer := wire.OK().Str("json", string(text)).Raw("attrs", text).Bytes()
		frame, err := wire.ParseServerFrame(wire.AppendCallRet(nil, wire.Value("1"), answer))
		require.NoError(t, err)
		inside, ok := wire.ParseObject(frame.Ret.Get("json").Text())
		require.True(t, ok)
		require.Equal(t, attrs, wire.ParseStrings(inside))
		require.Equal(t, attrs, wire.ParseStrings(frame.Ret.Get("attrs")))
		var standard map[string]string
		require.NoError(t, json.Unmarshal([]byte(frame.Ret.Get("json").Text()), &standard))
		require.Equal(t, attrs, standard)
		var order []string
		for name := range inside.Members() {
			order = append(order, name)
		}
		require.ElementsMatch(t, names, order)
		require.True(t, bytes.Equal(frame.Ret.Get("attrs"), text))
	})
}

// A versioned message and a number of one are read as the standard library reads them.
func FuzzVersioned(f *testing.F) {
	for _, text := range []string{
		`[1,"msg-v2 a b v1:E:3600 instant 1 hi"]`, `[0,""]`, `[9223372036854775807,"x"]`, `[9223372036854775808,"x"]`, `[-1,"x"]`, `[-0,"x"]`,
		`[1.0,"x"]`, `[1e3,"x"]`, `["1","x"]`, `[1,2]`, `[1,"x",3]`, `[1]`, `[]`, `null`, `7`, `"7"`, `"007"`, `"+7"`, `"7\u0030"`, `""`, `[ 1 , "\ud83d" ]`,
	} {
		f.Add([]byte(text), "line")
	}
	f.Fuzz(func(t *testing.T, data []byte, line string) {
		v, err := wire.ParseValue(data)
		if err != nil {
			return
		}
		ver, text, ok := wire.ParseVersioned(v)
		var fields []any
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.UseNumber()
		var whole any
		require.NoError(t, dec.Decode(&whole))
		if fields, _ = whole.([]any); len(fields) == 2 {
			n, isNumber := fields[0].(json.Number)
			want, isText := fields[1].(string)
			i, err := n.Int64()
			require.Equal(t, isNumber && isText && err == nil && i >= 0, ok)
			if ok {
				require.Equal(t, uint64(i), ver)
				require.Equal(t, want, text)
			}
		} else {
			require.False(t, ok)
		}
		if !ok {
			require.Zero(t, ver)
			require.Empty(t, text)
		}
		numberLikeStandard(t, v, whole)

		again, gotLine, ok := wire.ParseVersioned(parse(t, string(wire.AppendVersioned(nil, ver, []byte(line)))))
		require.True(t, ok)
		require.Equal(t, ver, again)
		require.Equal(t, valid(line), gotLine)
	})
}

// numberLikeStandard checks what Version makes of a value: digits, in quotes or not, that fit an int64.
func numberLikeStandard(t *testing.T, v wire.Value, whole any) {
	t.Helper()
	var digits string
	switch whole := whole.(type) {
	case json.Number:
		digits = whole.String()
	case string:
		digits = whole
	}
	isDigits := digits != ""
	for _, c := range []byte(digits) {
		isDigits = isDigits && '0' <= c && c <= '9'
	}
	want, _ := new(big.Int).SetString(digits, 10)
	isDigits = isDigits && want.Cmp(big.NewInt(math.MaxInt64)) <= 0
	n, ok := wire.Version(v)
	require.Equal(t, isDigits, ok, "%s", v)
	if ok {
		require.Equal(t, want.Uint64(), n)
	}
}
