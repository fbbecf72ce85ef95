package signal

import (
	"fmt"
	"slices"

	"github.com/agora-signal-go/signal/internal/engine"
)

// handle hands an event to the application. It runs on the dispatcher goroutine.
func (a *API) handle(ev engine.Event) {
	if ev.Kind == idleMark {
		close(a.idle)
		return
	}
	if cb := a.CallbackGet(); cb != nil {
		if a.meter == nil {
			handlers[ev.Kind](cb, ev)
		} else {
			a.meter.handle(ev, func() { handlers[ev.Kind](cb, ev) })
		}
	}
	a.handledUpTo(ev.Mark)
}

// handledUpTo says that the application is done with the events up to mark, unless one of them was dropped.
func (a *API) handledUpTo(mark uint64) {
	dropped := a.dropped.Load()
	if mark > 0 && (dropped == 0 || mark < dropped) {
		a.handled.Store(mark)
	}
}

// panicName is what OnError calls a handler that panicked.
const panicName = "panic"

// panicked reports that the handler of ev panicked. A panic in the report itself, or in OnLog, which the
// report would call again, goes no further than the application's logger.
func (a *API) panicked(ev engine.Event, v any, stack []byte) (engine.Event, bool) {
	a.handledUpTo(ev.Mark)
	log := a.log
	report := ev.Kind != engine.Failure || ev.Name != panicName
	if !report || ev.Kind == engine.Log {
		log = a.quiet
	}
	text := fmt.Sprint(v)
	log.Error("handler panicked", "panic", text, "stack", string(stack))
	return engine.Event{Kind: engine.Failure, Name: panicName, Code: int(GeneralEUnknown), Text: text}, report
}

// handlers says which method of ICallBack hears of which event. A uid is always 0.
var handlers = [...]func(ICallBack, engine.Event){
	engine.LoginSuccess: func(cb ICallBack, ev engine.Event) { cb.OnLoginSuccess(0, ev.Num) },
	engine.LoginFailed:  func(cb ICallBack, ev engine.Event) { cb.OnLoginFailed(ev.Code) },
	engine.Logout:       func(cb ICallBack, ev engine.Event) { cb.OnLogout(ev.Code) },
	engine.ReconnectTry: func(cb ICallBack, ev engine.Event) { cb.OnReconnecting(ev.Num) },
	engine.Reconnected:  func(cb ICallBack, ev engine.Event) { cb.OnReconnected(ev.Num) },
	engine.Failure:      func(cb ICallBack, ev engine.Event) { cb.OnError(ev.Name, ev.Code, ev.Text) },
	engine.InvokeRet:    func(cb ICallBack, ev engine.Event) { cb.OnInvokeRet(ev.ID, ev.Name, ev.Text) },
	engine.Log:          func(cb ICallBack, ev engine.Event) { cb.OnLog(ev.Text) },

	engine.UserStatus:  func(cb ICallBack, ev engine.Event) { cb.OnQueryUserStatusResult(ev.Account, ev.Text) },
	engine.UserAttr:    func(cb ICallBack, ev engine.Event) { cb.OnUserAttrResult(ev.Account, ev.Name, ev.Text) },
	engine.UserAttrAll: func(cb ICallBack, ev engine.Event) { cb.OnUserAttrAllResult(ev.Account, ev.Text) },

	engine.SendSuccess:    func(cb ICallBack, ev engine.Event) { cb.OnMessageSendSuccess(ev.ID) },
	engine.SendError:      func(cb ICallBack, ev engine.Event) { cb.OnMessageSendError(ev.ID, ev.Code) },
	engine.InstantMessage: func(cb ICallBack, ev engine.Event) { cb.OnMessageInstantReceive(ev.Account, 0, ev.Text) },
	engine.ChannelMessage: func(cb ICallBack, ev engine.Event) {
		cb.OnMessageChannelReceive(ev.Channel, ev.Account, 0, ev.Text)
	},

	engine.ChannelJoined:     func(cb ICallBack, ev engine.Event) { cb.OnChannelJoined(ev.Channel) },
	engine.ChannelJoinFailed: func(cb ICallBack, ev engine.Event) { cb.OnChannelJoinFailed(ev.Channel, ev.Code) },
	engine.ChannelLeaved:     func(cb ICallBack, ev engine.Event) { cb.OnChannelLeaved(ev.Channel, ev.Code) },
	engine.ChannelUserJoined: func(cb ICallBack, ev engine.Event) { cb.OnChannelUserJoined(ev.Account, 0) },
	engine.ChannelUserLeaved: func(cb ICallBack, ev engine.Event) { cb.OnChannelUserLeaved(ev.Account, 0) },
	engine.ChannelUserList: func(cb ICallBack, ev engine.Event) {
		cb.OnChannelUserList(slices.Clone(ev.Accounts), make([]int, len(ev.Accounts)))
	},
	engine.ChannelUserNum: func(cb ICallBack, ev engine.Event) {
		cb.OnChannelQueryUserNumResult(ev.Channel, ev.Code, ev.Num)
	},
	engine.ChannelAttr: func(cb ICallBack, ev engine.Event) {
		cb.OnChannelAttrUpdated(ev.Channel, ev.Name, ev.Text, ev.Change)
	},

	engine.InviteReceived: func(cb ICallBack, ev engine.Event) {
		cb.OnInviteReceived(ev.Channel, ev.Account, 0, ev.Extra)
	},
	engine.InviteReceivedByPeer: func(cb ICallBack, ev engine.Event) {
		cb.OnInviteReceivedByPeer(ev.Channel, ev.Account, 0)
	},
	engine.InviteAccepted: func(cb ICallBack, ev engine.Event) {
		cb.OnInviteAcceptedByPeer(ev.Channel, ev.Account, 0, ev.Extra)
	},
	engine.InviteRefused: func(cb ICallBack, ev engine.Event) {
		cb.OnInviteRefusedByPeer(ev.Channel, ev.Account, 0, ev.Extra)
	},
	engine.InviteFailed: func(cb ICallBack, ev engine.Event) {
		cb.OnInviteFailed(ev.Channel, ev.Account, 0, ev.Code, ev.Extra)
	},
	engine.InviteEndByPeer: func(cb ICallBack, ev engine.Event) {
		cb.OnInviteEndByPeer(ev.Channel, ev.Account, 0, ev.Extra)
	},
	engine.InviteEndByMyself: func(cb ICallBack, ev engine.Event) {
		cb.OnInviteEndByMyself(ev.Channel, ev.Account, 0)
	},
	engine.InviteMsg: func(cb ICallBack, ev engine.Event) {
		cb.OnInviteMsg(ev.Channel, ev.Account, 0, ev.Name, ev.Text, ev.Extra)
	},
}
