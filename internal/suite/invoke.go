package suite

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
)

var invokeParts = []part{
	{"Invoke", func(t *testing.T, s *stage) {
		alice, bob, room := s.user(t, "alice"), s.user(t, "bob"), s.name("room")
		bob.join(t, room)
		ask := func(fn, req string) map[string]any {
			t.Helper()
			alice.Invoke("io.agora.signal."+fn, req, fn)
			c := alice.Expect(t, "OnInvokeRet", fn, "")
			var answer map[string]any
			require.NoError(t, json.Unmarshal([]byte(c.Args[2].(string)), &answer))
			return answer
		}
		whom := fmt.Sprintf(`{"account":%q}`, bob.account)
		assert.EqualValues(t, 1, ask("user_query_user_status", whom)["status"])
		ask("user_set_attr", `{"name":"mood","value":"fine","line":"forged"}`)
		mine := fmt.Sprintf(`{"account":%q,"name":"mood"}`, alice.account)
		assert.Equal(t, "fine", ask("user_get_attr", mine)["value"])
		assert.JSONEq(t, `{"mood":"fine"}`, ask("user_get_attr_all", mine)["json"].(string))
		where := fmt.Sprintf(`{"name":%q}`, room)
		assert.EqualValues(t, 1, ask("channel_query_num", where)["num"])
		in := fmt.Sprintf(`{"name":%q,"account":%q}`, room, bob.account)
		assert.EqualValues(t, 1, ask("channel_query_user_isin", in)["isin"])
		members := []any{[]any{bob.account, 0.0}}
		assert.Equal(t, members, ask("channel_query_userlist", where)["list"])
		assert.Equal(t, members, ask("channel_query_userlist_all", where)["list"])

		ask("channel_set_attr", fmt.Sprintf(`{"channel":%q,"name":"topic","value":"x"}`, room))
		bob.Expect(t, "OnChannelAttrUpdated", room, "topic", "x", "update")
		ask("channel_del_attr", fmt.Sprintf(`{"channel":%q,"name":"topic"}`, room))
		bob.Expect(t, "OnChannelAttrUpdated", room, "topic", "", "del")
		ask("channel_set_attr", fmt.Sprintf(`{"channel":%q,"name":"topic","value":"y"}`, room))
		bob.Expect(t, "OnChannelAttrUpdated", room, "topic", "y", "update")
		ask("channel_clear_attr", fmt.Sprintf(`{"channel":%q}`, room))
		bob.Expect(t, "OnChannelAttrUpdated", room, "", "", "clear")

		for _, c := range []struct {
			name, req string
			want      signal.Code
		}{
			{"io.agora.signal.user_logout", `{}`, signal.GeneralEWrongParam},
			{"io.agora.signal.no_such", `{}`, signal.GeneralEWrongParam},
			{"nodots", `{}`, signal.GeneralEWrongParam},
			{"io.agora.signal.user_get_attr", `[]`, signal.GeneralEWrongParam},
			{"io.agora.signal.user_get_attr", `{"account":1}`, signal.GeneralEWrongParam},
			{"my.app.function", `{}`, signal.GeneralEWrongParam}, // nobody registered the package
			{"my.app.function", `{"x":"` + strings.Repeat("x", 66000) + `"}`, signal.GeneralELargeParam},
		} {
			alice.Invoke(c.name, c.req, "bad")
			got := alice.Expect(t, "OnInvokeRet", "bad", fmt.Sprint(int(c.want)))
			assert.True(t, json.Valid([]byte(got.Args[2].(string))), "%v", got)
		}
	}},
}
