package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/wire"
)

func (h *host) invoke(name, req string) {
	h.t.Helper()
	h.do(engine.Request{Op: engine.OpInvoke, Method: "invoke", Name: name, Text: req, ID: "i1"})
}

func TestInvokeReachesElevenFunctions(t *testing.T) {
	for _, fn := range []string{
		"user_query_user_status", "user_set_attr", "user_get_attr", "user_get_attr_all", "channel_query_num",
		"channel_query_user_isin", "channel_query_userlist", "channel_query_userlist_all",
		"channel_set_attr", "channel_del_attr", "channel_clear_attr",
	} {
		h := loggedIn(t)
		h.invoke("io.agora.signal."+fn, `{"name":"room"}`)
		c := h.called(fn)
		assert.JSONEq(t, `{"line":"line1","name":"room"}`, string(c.Args))
		h.ok(c, `"num":1`)
		h.expect(`onInvokeRet i1 "" {"result":"ok","num":1}`)
	}
}

func TestInvokeReachesNothingElseOfTheService(t *testing.T) {
	for _, name := range []string{
		"io.agora.signal.user_logout", "io.agora.signal.user_sendmsg", "io.agora.signal.user_getmsg",
		"io.agora.signal.channel_join", "io.agora.signal.voip_invite", "io.agora.signal.user_ext_call",
		"io.agora.signal.", "io.agora.signal.x", "user_set_attr", "", ".", "echo.", ".say", "echo.\n",
	} {
		t.Run(name, func(t *testing.T) {
			h := loggedIn(t)
			h.invoke(name, "{}")
			h.silent()
			require.Len(t, h.events, 1)
			assert.Equal(t, "1004", h.events[0].Name)
			assert.Contains(t, h.events[0].Text, wire.ReasonNoSuchFunc)
		})
	}
}

func TestInvokeHandsItsArgumentsOnSaveTheLine(t *testing.T) {
	for req, want := range map[string]string{
		`{}`:                           `{"line":"line1"}`,
		` { "a" : [1, 2.50, "é"] } `:   `{"line":"line1","a":[1, 2.50, "é"]}`,
		`{"line":"forged","a":1}`:      `{"line":"line1","a":1}`,
		`{"l\u0069ne":"forged"}`:       `{"line":"line1"}`,
		`{"a\"b":{"line":"nested"}}`:   `{"line":"line1","a\"b":{"line":"nested"}}`,
		`{"a":1,"line":{"x":2},"a":3}`: `{"line":"line1","a":1,"a":3}`,
	} {
		h := loggedIn(t)
		h.invoke("io.agora.signal.user_set_attr", req)
		assert.Equal(t, want, string(h.called(wire.FnSetAttr).Args))
	}
}

func TestInvokeOfAPackageIsAnExtensionCall(t *testing.T) {
	h := loggedIn(t)
	for ret, want := range map[string]string{
		`"ret":"hello"`: `onInvokeRet i1 "" hello`,
		`"ret":""`:      `onInvokeRet i1 "" {"result":"ok","ret":""}`,
		`"other":1`:     `onInvokeRet i1 "" {"result":"ok","other":1}`,
	} {
		h.invoke("com.example.echo.say", `{"line": "mine", "a":1}`)
		c := h.called(wire.FnExtCall)
		assert.JSONEq(t, `{"line":"line1","package":"com.example.echo","func":"say","args":"{\"line\": \"mine\", \"a\":1}","callid":"i1"}`,
			string(c.Args))
		h.ok(c, ret)
		h.expect(want)
	}
}

func TestInvokeAnswerOfTheServicesOwnIsHandedOnWhole(t *testing.T) {
	h := loggedIn(t)
	h.invoke("io.agora.signal.user_get_attr", `{"account":"bob","name":"a"}`)
	h.ok(h.called(wire.FnGetAttr), `"value":"v","ret":"no field of this one"`)
	h.expect(`onInvokeRet i1 "" {"result":"ok","value":"v","ret":"no field of this one"}`)
}

func TestInvokeBeyondAFrameIsTooLarge(t *testing.T) {
	req := func(n int) string { return `{"a":"` + strings.Repeat("x", n) + `"}` }
	for _, name := range []string{"io.agora.signal.channel_query_userlist_all", "com.example.echo.say"} {
		h := loggedIn(t)
		most := 0
		for n := wire.MaxFrame - 200; n < wire.MaxFrame; n++ { // the host looks at the size of what is sent
			h.invoke(name, req(n))
			if len(h.events) == 0 {
				most = n
				h.sent = nil
				continue
			}
			assert.Equal(t, "1005", h.events[0].Name)
			assert.Contains(t, h.events[0].Text, `"ecode":1005`)
			h.silent()
			h.flushEvents()
			if n > most+1 {
				break
			}
		}
		assert.Greater(t, most, wire.MaxFrame-200)
	}
}

func TestInvokeFailureIsNeverEmpty(t *testing.T) {
	for name, tc := range map[string]struct{ req, code string }{
		"no JSON": {"{", "1004"}, "no object": {"[]", "1004"}, "nothing": {"", "1004"}, "not UTF-8": {"{\"\xff\":1}", "1004"},
		"not logged in": {"{}", "1003"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.invoke("com.example.echo.say", tc.req)
			require.Len(t, h.events, 1)
			ev := h.events[0]
			assert.Equal(t, [...]string{"i1", tc.code}, [...]string{ev.ID, ev.Name})
			o, ok := wire.ParseObject(ev.Text)
			require.True(t, ok)
			assert.Equal(t, "failed", o.Get("result").Text())
			assert.NotEmpty(t, o.Get("reason").Text())
			assert.Equal(t, o.Get("reason").Text(), o.Get("data").Get("result").Text())
			assert.Equal(t, tc.code, string(o.Get("ecode")))
		})
	}
}

func TestInvokeHandsOnTheServersFailure(t *testing.T) {
	h := loggedIn(t)
	h.invoke("com.example.echo.say", `{}`)
	h.fail(h.called(wire.FnExtCall), wire.ReasonNoSuchFunc, 1004)
	h.expect(fmt.Sprintf("onInvokeRet i1 1004 %s", wire.Failure(wire.ReasonNoSuchFunc, 1004)))
}
