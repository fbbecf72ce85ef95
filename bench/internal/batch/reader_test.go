package batch

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What contenders send each other is understood the same by both.
func TestReadersAgree(t *testing.T) {
	for frame, want := range map[string]request{
		`["login",{"vid":"bench","account":"user1","uid":0,"token":"_no_need_token","device":"gosdk"}]`: {fn: loginFn, account: "user1"},
		`["ping",12]`: {fn: pingFn, id: 12},
		`["call2",["user_get_attr",3,{"line":"L","account":"user1","name":"n"}]]`:                         {fn: "user_get_attr", id: 3, line: "L", account: "user1", name: "n"},
		`["call2",["user_set_attr",3,{"line":"L","name":"n","value":"v"}]]`:                               {fn: "user_set_attr", id: 3, line: "L", name: "n", value: "v"},
		`["call2",["user_sendmsg",3,{"line":"L","peer":"user2","flag":"F","t":"instant","content":"c"}]]`: {fn: "user_sendmsg", id: 3, line: "L", peer: "user2", flag: "F", typ: "instant", content: "c"},
		`["call2",["user_getmsg",3,{"line":"L","ver_clear":7,"max":30}]]`:                                 {fn: "user_getmsg", id: 3, line: "L", ver: 7},
		`["call2",["channel_join",3,{"line":"L","name":"channel1"}]]`:                                     {fn: "channel_join", id: 3, line: "L", name: "channel1"},
		`["call2",["channel_sendmsg",3,{"line":"L","name":"channel1","msg":"m"}]]`:                        {fn: "channel_sendmsg", id: 3, line: "L", name: "channel1", msg: "m"},
	} {
		for _, r := range []reader{decoder{}, sharp{}} {
			got := request{peer: "of the frame before"}
			require.NoError(t, r.request([]byte(frame), &got), "%T %s", r, frame)
			assert.Equal(t, want, got, "%T %s", r, frame)
		}
	}
	for frame, want := range map[string]event{
		`["login_ret",["","{\"result\":\"ok\",\"line\":\"L\"}"]]`: {kind: loggedIn, line: "L"},
		`["pong",12]`: {kind: pong},
		`["call2-ret",[3,"","{\"result\":\"ok\"}"]]`:                                                                                  {kind: answer, id: 3},
		`["call2-ret",[3,"","{\"result\":\"ok\",\"account\":\"a\",\"name\":\"n\",\"value\":\"v\"}"]]`:                                 {kind: answer, id: 3, value: "v"},
		`["call2-ret",[3,"","{\"result\":\"ok\",\"ver_clear\":5,\"msgs\":[[6,\"msg-v2 x\"],[7,\"msg-v2 y\"]]}"]]`:                     {kind: answer, id: 3, msgs: []message{{6, "msg-v2 x"}, {7, "msg-v2 y"}}},
		`["notify",["recvmsg","[8,\"msg-v2 a b F instant 1 c\"]"]]`:                                                                   {kind: messages, msgs: []message{{8, "msg-v2 a b F instant 1 c"}}},
		`["notify",["channel2","ch",9,"msg-v2 a ch - channel_msg 1 {\"channel\":\"ch\",\"account\":\"a\",\"uid\":0,\"msg\":\"m\"}"]]`: {kind: channelMessage, value: "m"},
	} {
		for _, r := range []reader{decoder{}, sharp{}} {
			got := event{value: "of the frame before"}
			require.NoError(t, r.event([]byte(frame), &got), "%T %s", r, frame)
			if len(got.msgs) == 0 {
				got.msgs = nil
			}
			assert.Equal(t, want, got, "%T %s", r, frame)
		}
	}
	for _, frame := range []string{``, `{}`, `["shout",1]`, `["call2-ret",[3,"","{\"result\":\"failed\",\"reason\":\"Full\"}"]]`} {
		for _, r := range []reader{decoder{}, sharp{}} {
			assert.Error(t, r.request([]byte(frame), new(request)), "%T %s", r, frame)
			assert.Error(t, r.event([]byte(frame), new(event)), "%T %s", r, frame)
		}
	}
}
