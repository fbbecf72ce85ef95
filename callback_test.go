package signal_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal"
)

// The seed's handlers with the types of their parameters, in its order.
func seedHandlers() map[string]any {
	return map[string]any{
		"OnReconnecting":              func(int) {},
		"OnError":                     func(string, int, string) {},
		"OnQueryUserStatusResult":     func(string, string) {},
		"OnReconnected":               func(int) {},
		"OnLoginSuccess":              func(int, int) {},
		"OnLogout":                    func(int) {},
		"OnLoginFailed":               func(int) {},
		"OnInvokeRet":                 func(string, string, string) {},
		"OnChannelJoined":             func(string) {},
		"OnChannelJoinFailed":         func(string, int) {},
		"OnChannelLeaved":             func(string, int) {},
		"OnChannelUserJoined":         func(string, int) {},
		"OnChannelUserLeaved":         func(string, int) {},
		"OnChannelUserList":           func([]string, []int) {},
		"OnChannelQueryUserNumResult": func(string, int, int) {},
		"OnChannelAttrUpdated":        func(string, string, string, string) {},
		"OnInviteReceived":            func(string, string, int, string) {},
		"OnInviteReceivedByPeer":      func(string, string, int) {},
		"OnInviteAcceptedByPeer":      func(string, string, int, string) {},
		"OnInviteRefusedByPeer":       func(string, string, int, string) {},
		"OnInviteFailed":              func(string, string, int, int, string) {},
		"OnInviteEndByPeer":           func(string, string, int, string) {},
		"OnInviteEndByMyself":         func(string, string, int) {},
		"OnInviteMsg":                 func(string, string, int, string, string, string) {},
		"OnMessageSendError":          func(string, int) {},
		"OnMessageSendSuccess":        func(string) {},
		"OnMessageInstantReceive":     func(string, int, string) {},
		"OnMessageChannelReceive":     func(string, string, int, string) {},
		"OnLog":                       func(string) {},
		"OnUserAttrResult":            func(string, string, string) {},
		"OnUserAttrAllResult":         func(string, string) {},
	}
}

func TestICallBackHasTheSeedsHandlers(t *testing.T) {
	want := seedHandlers()
	have := reflect.TypeFor[signal.ICallBack]()
	assert.Len(t, want, 31)
	assert.Equal(t, len(want), have.NumMethod())
	for name, handler := range want {
		method, ok := have.MethodByName(name)
		require.True(t, ok, name)
		assert.Equal(t, reflect.TypeOf(handler), method.Type, name)
	}
}

func TestNopCallBackDoesNothing(t *testing.T) {
	nop := reflect.ValueOf(signal.NopCallBack{})
	for name := range seedHandlers() {
		method := nop.MethodByName(name)
		arguments := make([]reflect.Value, method.Type().NumIn())
		for i := range arguments {
			arguments[i] = reflect.Zero(method.Type().In(i))
		}
		assert.NotPanics(t, func() { method.Call(arguments) }, name)
	}
}
