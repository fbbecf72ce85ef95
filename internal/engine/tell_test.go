package engine_test

import (
	"fmt"
	"strings"

	"github.com/agora-signal-go/signal/internal/engine"
)

// tell writes an event as the call of its handler, with what the kind is documented to fill.
func tell(ev engine.Event) string {
	switch ev.Kind {
	case engine.LoginSuccess:
		return say("onLoginSuccess", ev.Num)
	case engine.LoginFailed:
		return say("onLoginFailed", ev.Code)
	case engine.Logout:
		return say("onLogout", ev.Code)
	case engine.ReconnectTry:
		return say("onReconnecting", ev.Num)
	case engine.Reconnected:
		return say("onReconnected", ev.Num)
	case engine.Failure:
		return say("onError", ev.Name, ev.Code, ev.Text)
	case engine.UserStatus:
		return say("onQueryUserStatusResult", ev.Account, ev.Text)
	case engine.UserAttr:
		return say("onUserAttrResult", ev.Account, ev.Name, ev.Text)
	case engine.UserAttrAll:
		return say("onUserAttrAllResult", ev.Account, ev.Text)
	case engine.SendSuccess:
		return say("onMessageSendSuccess", ev.ID)
	case engine.SendError:
		return say("onMessageSendError", ev.ID, ev.Code)
	case engine.InvokeRet:
		return say("onInvokeRet", ev.ID, ev.Name, ev.Text)
	case engine.ChannelJoined:
		return say("onChannelJoined", ev.Channel)
	case engine.ChannelJoinFailed:
		return say("onChannelJoinFailed", ev.Channel, ev.Code)
	case engine.ChannelLeaved:
		return say("onChannelLeaved", ev.Channel, ev.Code)
	case engine.ChannelUserJoined:
		return say("onChannelUserJoined", ev.Channel, ev.Account)
	case engine.ChannelUserLeaved:
		return say("onChannelUserLeaved", ev.Channel, ev.Account)
	case engine.ChannelUserList:
		return say("onChannelUserList", ev.Channel, ev.Accounts)
	case engine.ChannelUserNum:
		return say("onChannelQueryUserNumResult", ev.Channel, ev.Code, ev.Num)
	case engine.ChannelAttr:
		return say("onChannelAttrUpdated", ev.Channel, ev.Name, ev.Text, ev.Change)
	case engine.ChannelMessage:
		return say("onMessageChannelReceive", ev.Channel, ev.Account, ev.Text)
	case engine.InstantMessage:
		return say("onMessageInstantReceive", ev.Account, ev.Text)
	case engine.InviteReceived:
		return say("onInviteReceived", ev.Channel, ev.Account, ev.Extra)
	case engine.InviteReceivedByPeer:
		return say("onInviteReceivedByPeer", ev.Channel, ev.Account)
	case engine.InviteAccepted:
		return say("onInviteAcceptedByPeer", ev.Channel, ev.Account, ev.Extra)
	case engine.InviteRefused:
		return say("onInviteRefusedByPeer", ev.Channel, ev.Account, ev.Extra)
	case engine.InviteFailed:
		return say("onInviteFailed", ev.Channel, ev.Account, ev.Code, ev.Extra)
	case engine.InviteEndByPeer:
		return say("onInviteEndByPeer", ev.Channel, ev.Account, ev.Extra)
	case engine.InviteEndByMyself:
		return say("onInviteEndByMyself", ev.Channel, ev.Account)
	case engine.InviteMsg:
		return say("onInviteMsg", ev.Channel, ev.Account, ev.Name, ev.Text, ev.Extra)
	case engine.ConnectionLost:
		return say("connection lost:", ev.Text)
	case engine.TryFailed:
		return say("try failed:", ev.Num, ev.Text)
	}
	return say("unknown kind", ev.Kind)
}

// say joins its arguments with spaces, an empty string shows as "".
func say(args ...any) string {
	words := make([]string, len(args))
	for i, a := range args {
		if words[i] = fmt.Sprint(a); words[i] == "" {
			words[i] = `""`
		}
	}
	return strings.Join(words, " ")
}
