package signal

import (
	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/observe"
)

// opNames are what observe.Request.Op calls requests.
var opNames = [...]string{
	engine.OpQueryStatus:  "query_status",
	engine.OpSetAttr:      "set_attr",
	engine.OpGetAttr:      "get_attr",
	engine.OpGetAttrAll:   "get_attrs",
	engine.OpSend:         "send",
	engine.OpJoin:         "join",
	engine.OpLeave:        "leave",
	engine.OpQueryNum:     "query_num",
	engine.OpChannelSend:  "send_channel",
	engine.OpChannelSet:   "set_channel_attr",
	engine.OpChannelDel:   "delete_channel_attr",
	engine.OpChannelClear: "clear_channel_attrs",
	engine.OpInvite:       "invite",
	engine.OpAccept:       "accept",
	engine.OpRefuse:       "refuse",
	engine.OpEnd:          "end",
	engine.OpDTMF:         "send_keys",
	engine.OpInvoke:       "invoke",
	engine.OpUnsupported:  "unsupported",
}

func opName(req *engine.Request) string { return opNames[req.Op] }

func stateOf(s engine.State) observe.State {
	switch s {
	case engine.Logining:
		return observe.LoggingIn
	case engine.Logined:
		return observe.LoggedIn
	case engine.Reconnecting:
		return observe.Reconnecting
	}
	return observe.LoggedOut
}

// kindOf says what an event is about.
func kindOf(k engine.Kind) observe.Kind {
	switch k {
	case engine.InstantMessage:
		return observe.Message
	case engine.ChannelMessage:
		return observe.ChannelMessage
	case engine.InviteReceived:
		return observe.Call
	case engine.InviteReceivedByPeer, engine.InviteAccepted, engine.InviteRefused, engine.InviteFailed, engine.InviteEndByPeer,
		engine.InviteMsg:
		return observe.CallEvent
	case engine.ChannelUserJoined, engine.ChannelUserLeaved, engine.ChannelUserList, engine.ChannelAttr:
		return observe.ChannelEvent
	case engine.LoginSuccess, engine.LoginFailed, engine.Logout, engine.ReconnectTry, engine.Reconnected:
		return observe.Connection
	case engine.Log:
		return observe.Log
	}
	return observe.Outcome
}

// fromOthers says whether what an event is about has come from others.
func fromOthers(k observe.Kind) bool {
	switch k {
	case observe.Message, observe.ChannelMessage, observe.Call, observe.CallEvent, observe.ChannelEvent:
		return true
	}
	return false
}
