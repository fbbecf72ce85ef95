package engine_test

import (
	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/wire"
)

// codes are those of failures that have no code of the server's; decision 7.
type codes struct{ other, timeout, ended, gone int }

var (
	general = codes{other: 1001, timeout: 1001, ended: 1001, gone: 1001}
	message = codes{other: 400, timeout: 401, ended: 400, gone: 400}
)

// ops is what an application can ask for: how it goes out, and how it ends.
var ops = map[string]struct {
	req     engine.Request
	fn      string
	args    string // besides the line
	ret     string // of a good answer
	success []string
	failure string // with a verb for the code
	codes
	rings bool // while a call of peer's rings
}{
	"query status": {
		req: engine.Request{Op: engine.OpQueryStatus, Method: "queryUserStatus", Account: peer},
		fn:  wire.FnQueryStatus, args: `"account":"bob"`, ret: `"status":1,"account":"bob"`,
		success: []string{"onQueryUserStatusResult bob 1"},
		failure: "onError queryUserStatus %d", codes: general,
	},
	"query status of one who is offline": {
		req: engine.Request{Op: engine.OpQueryStatus, Method: "queryUserStatus", Account: peer},
		fn:  wire.FnQueryStatus, args: `"account":"bob"`, ret: `"status":0`,
		success: []string{"onQueryUserStatusResult bob 0"},
		failure: "onError queryUserStatus %d", codes: general,
	},
	"set attribute": {
		req: engine.Request{Op: engine.OpSetAttr, Method: "setAttr", Name: "a b", Text: "v\x00\"é"},
		fn:  wire.FnSetAttr, args: `"name":"a b","value":"v\u0000\"é"`,
		failure: "onError setAttr %d", codes: general,
	},
	"get own attribute": {
		req: engine.Request{Op: engine.OpGetAttr, Method: "getAttr", Self: true, Name: "a"},
		fn:  wire.FnGetAttr, args: `"account":"alice","name":"a"`, ret: `"value":"v"`,
		success: []string{"onUserAttrResult alice a v"},
		failure: "onError getAttr %d", codes: general,
	},
	"get attribute that is not set": {
		req: engine.Request{Op: engine.OpGetAttr, Method: "getUserAttr", Account: peer, Name: "a"},
		fn:  wire.FnGetAttr, args: `"account":"bob","name":"a"`,
		success: []string{`onUserAttrResult bob a ""`},
		failure: "onError getUserAttr %d", codes: general,
	},
	"get own attributes": {
		req: engine.Request{Op: engine.OpGetAttrAll, Method: "getAttrAll", Self: true},
		fn:  wire.FnGetAttrAll, args: `"account":"alice"`, ret: `"json":"{\"a\":\"v\"}","attrs":{"a":"v"}`,
		success: []string{`onUserAttrAllResult alice {"a":"v"}`},
		failure: "onError getAttrAll %d", codes: general,
	},
	"get attributes": {
		req: engine.Request{Op: engine.OpGetAttrAll, Method: "getUserAttrAll", Account: peer},
		fn:  wire.FnGetAttrAll, args: `"account":"bob"`, ret: `"json":"{}"`,
		success: []string{`onUserAttrAllResult bob {}`},
		failure: "onError getUserAttrAll %d", codes: general,
	},
	"send": {
		req: engine.Request{Op: engine.OpSend, Method: "messageInstantSend", Account: peer, Text: "hello", ID: "m1"},
		fn:  wire.FnSendMsg, args: `"peer":"bob","flag":"v1:E:86400","t":"instant","content":"hello","messageID":"instance-1"`,
		success: []string{"onMessageSendSuccess m1"},
		failure: "onMessageSendError m1 %d", codes: message,
	},
	"send without an ID": {
		req: engine.Request{Op: engine.OpSend, Method: "messageInstantSend", Account: peer, Text: ""},
		fn:  wire.FnSendMsg, args: `"peer":"bob","flag":"v1:E:86400","t":"instant","content":"","messageID":"instance-1"`,
		success: []string{"onMessageSendSuccess id1"},
		failure: "onMessageSendError id1 %d", codes: message,
	},
	"join": {
		req: engine.Request{Op: engine.OpJoin, Method: "channelJoin", Channel: "r m"},
		fn:  wire.FnJoin, args: `"name":"r m"`, ret: roomState(3, `"b":"2","a":"1"`, me, peer),
		success: []string{
			"onChannelJoined r m", "onChannelUserList r m [alice bob]",
			"onChannelAttrUpdated r m a 1 update", "onChannelAttrUpdated r m b 2 update",
		},
		failure: "onChannelJoinFailed r m %d", codes: codes{other: 300, timeout: 300, ended: 300, gone: 300},
	},
	"leave": {
		req: engine.Request{Op: engine.OpLeave, Method: "channelLeave", Channel: room},
		fn:  wire.FnLeave, args: `"name":"room"`,
		success: []string{"onChannelLeaved room 602"},
		failure: "onChannelLeaved room %d", codes: codes{other: 600, timeout: 600, ended: 603, gone: 603},
	},
	"query number": {
		req: engine.Request{Op: engine.OpQueryNum, Method: "channelQueryUserNum", Channel: room},
		fn:  wire.FnQueryNum, args: `"name":"room"`, ret: `"num":7`,
		success: []string{"onChannelQueryUserNumResult room 0 7"},
		failure: "onChannelQueryUserNumResult room %d 0", codes: codes{other: 500, timeout: 501, ended: 502, gone: 500},
	},
	"send to a channel": {
		req: engine.Request{Op: engine.OpChannelSend, Method: "messageChannelSend", Channel: room, Text: "hello", ID: "m1"},
		fn:  wire.FnChannelSend, args: `"name":"room","msg":"hello","msgID":"instance-1"`,
		success: []string{"onMessageSendSuccess m1"},
		failure: "onMessageSendError m1 %d", codes: message,
	},
	"send to a channel by force": {
		req: engine.Request{Op: engine.OpChannelSend, Method: "messageChannelSendForce", Channel: room, Text: "x", Force: true},
		fn:  wire.FnChannelSend, args: `"name":"room","msg":"x","msgID":"instance-1","force":true`,
		success: []string{"onMessageSendSuccess id1"},
		failure: "onMessageSendError id1 %d", codes: message,
	},
	"set channel attribute": {
		req: engine.Request{Op: engine.OpChannelSet, Method: "channelSetAttr", Channel: room, Name: "a", Text: "v"},
		fn:  wire.FnChannelSetAttr, args: `"channel":"room","name":"a","value":"v"`,
		failure: "onError channelSetAttr %d", codes: general,
	},
	"delete channel attribute": {
		req: engine.Request{Op: engine.OpChannelDel, Method: "channelDelAttr", Channel: room, Name: "a"},
		fn:  wire.FnChannelDelAttr, args: `"channel":"room","name":"a"`,
		failure: "onError channelDelAttr %d", codes: general,
	},
	"clear channel attributes": {
		req: engine.Request{Op: engine.OpChannelClear, Method: "channelClearAttr", Channel: room},
		fn:  wire.FnChannelClear, args: `"channel":"room"`,
		failure: "onError channelClearAttr %d", codes: general,
	},
	"invite": {
		req: engine.Request{Op: engine.OpInvite, Method: "channelInviteUser2", Channel: room, Account: peer, Extra: `{"_timeout":5}`},
		fn:  wire.FnInvite, args: `"channelName":"room","peer":"bob","extra":"{\"_timeout\":5}","call":"id1"`, ret: `"call":"id1"`,
		failure: `onInviteFailed room bob %d {"_timeout":5}`, codes: codes{other: 700, timeout: 702, ended: 700, gone: 702},
	},
	"accept": {
		req: engine.Request{Op: engine.OpAccept, Method: "channelInviteAccept", Channel: room, Account: peer, Extra: `{"a":1}`},
		fn:  wire.FnInviteAccept, args: `"channelName":"room","peer":"bob","extra":"{\"a\":1}","call":"c1"`,
		failure: "onError channelInviteAccept %d", codes: general, rings: true,
	},
	"refuse": {
		req: engine.Request{Op: engine.OpRefuse, Method: "channelInviteRefuse", Channel: room, Account: peer},
		fn:  wire.FnInviteRefuse, args: `"channelName":"room","peer":"bob","extra":"","call":"c1"`,
		failure: "onError channelInviteRefuse %d", codes: general, rings: true,
	},
	"end": {
		req: engine.Request{Op: engine.OpEnd, Method: "channelInviteEnd", Channel: room, Account: peer},
		fn:  wire.FnInviteBye, args: `"channelName":"room","peer":"bob","extra":"","call":"c1"`,
		success: []string{"onInviteEndByMyself room bob"},
		failure: "onError channelInviteEnd %d", codes: general, rings: true,
	},
	"keys": {
		req: engine.Request{Op: engine.OpDTMF, Method: "channelInviteDTMF", Channel: room, Account: peer, Text: "12#"},
		fn:  wire.FnInviteMsg, args: `"channelName":"room","peer":"bob","extra":"{\"msgtype\":\"dtmf\",\"msgdata\":\"12#\"}","call":"c1"`,
		failure: "onError channelInviteDTMF %d", codes: general, rings: true,
	},
	"invoke": {
		req: engine.Request{Op: engine.OpInvoke, Method: "invoke", Name: "io.agora.signal.channel_query_num", Text: `{"name":"room"}`, ID: "i1"},
		fn:  wire.FnQueryNum, args: `"name":"room"`, ret: `"num":7`,
		success: []string{`onInvokeRet i1 "" {"result":"ok","num":7}`},
		failure: "onInvokeRet i1 %d", codes: general,
	},
}
