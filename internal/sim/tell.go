package sim

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agora-signal-go/signal/internal/engine"
)

// names are the callbacks that events lead to.
var names = map[engine.Kind]string{
	engine.LoginSuccess: "onLoginSuccess", engine.LoginFailed: "onLoginFailed", engine.Logout: "onLogout",
	engine.ReconnectTry: "onReconnecting", engine.Reconnected: "onReconnected", engine.Failure: "onError",
	engine.UserStatus: "onQueryUserStatusResult", engine.UserAttr: "onUserAttrResult", engine.UserAttrAll: "onUserAttrAllResult",
	engine.SendSuccess: "onMessageSendSuccess", engine.SendError: "onMessageSendError", engine.InvokeRet: "onInvokeRet",
	engine.ChannelJoined: "onChannelJoined", engine.ChannelJoinFailed: "onChannelJoinFailed", engine.ChannelLeaved: "onChannelLeaved",
	engine.ChannelUserJoined: "onChannelUserJoined", engine.ChannelUserLeaved: "onChannelUserLeaved",
	engine.ChannelUserList: "onChannelUserList", engine.ChannelUserNum: "onChannelQueryUserNumResult",
	engine.ChannelAttr: "onChannelAttrUpdated", engine.ChannelMessage: "onMessageChannelReceive",
	engine.InstantMessage: "onMessageInstantReceive", engine.InviteReceived: "onInviteReceived",
	engine.InviteReceivedByPeer: "onInviteReceivedByPeer", engine.InviteAccepted: "onInviteAcceptedByPeer",
	engine.InviteRefused: "onInviteRefusedByPeer", engine.InviteFailed: "onInviteFailed", engine.InviteEndByPeer: "onInviteEndByPeer",
	engine.InviteEndByMyself: "onInviteEndByMyself", engine.InviteMsg: "onInviteMsg", engine.Log: "onLog",
}

// tell writes an event as the call of its handler, with what the event has.
func tell(ev *engine.Event) string {
	words := []string{names[ev.Kind]}
	for _, s := range []string{ev.Name, ev.Channel, ev.Account, ev.ID, ev.Text, ev.Extra, ev.Change} {
		if s != "" {
			words = append(words, s)
		}
	}
	if ev.Accounts != nil {
		words = append(words, fmt.Sprint(ev.Accounts))
	}
	if ev.Code != 0 || ev.Num != 0 {
		words = append(words, fmt.Sprint(ev.Code+ev.Num))
	}
	return strings.Join(words, " ")
}

// Callbacks returns the names of the callbacks that a simulated user can hear.
func Callbacks() []string {
	all := slices.Sorted(maps.Values(names))
	return slices.DeleteFunc(all, func(name string) bool { return name == names[engine.Log] })
}
