package signal

// A NopCallBack has all the handlers of [ICallBack] and does nothing in any of them. Embed it, and write
// the handlers that matter:
//
//	type handlers struct{ signal.NopCallBack }
//
//	func (handlers) OnMessageInstantReceive(account string, _ int, msg string) { fmt.Println(account, msg) }
//
// It has no state: the zero value is ready, and any number of goroutines may share it.
type NopCallBack struct{}

var _ ICallBack = NopCallBack{}

// OnReconnecting does nothing.
func (NopCallBack) OnReconnecting(int) {}

// OnError does nothing.
func (NopCallBack) OnError(string, int, string) {}

// OnQueryUserStatusResult does nothing.
func (NopCallBack) OnQueryUserStatusResult(string, string) {}

// OnReconnected does nothing.
func (NopCallBack) OnReconnected(int) {}

// OnLoginSuccess does nothing.
func (NopCallBack) OnLoginSuccess(int, int) {}

// OnLogout does nothing.
func (NopCallBack) OnLogout(int) {}

// OnLoginFailed does nothing.
func (NopCallBack) OnLoginFailed(int) {}

// OnInvokeRet does nothing.
func (NopCallBack) OnInvokeRet(string, string, string) {}

// OnChannelJoined does nothing.
func (NopCallBack) OnChannelJoined(string) {}

// OnChannelJoinFailed does nothing.
func (NopCallBack) OnChannelJoinFailed(string, int) {}

// OnChannelLeaved does nothing.
func (NopCallBack) OnChannelLeaved(string, int) {}

// OnChannelUserJoined does nothing.
func (NopCallBack) OnChannelUserJoined(string, int) {}

// OnChannelUserLeaved does nothing.
func (NopCallBack) OnChannelUserLeaved(string, int) {}

// OnChannelUserList does nothing.
func (NopCallBack) OnChannelUserList([]string, []int) {}

// OnChannelQueryUserNumResult does nothing.
func (NopCallBack) OnChannelQueryUserNumResult(string, int, int) {}

// OnChannelAttrUpdated does nothing.
func (NopCallBack) OnChannelAttrUpdated(string, string, string, string) {}

// OnInviteReceived does nothing.
func (NopCallBack) OnInviteReceived(string, string, int, string) {}

// OnInviteReceivedByPeer does nothing.
func (NopCallBack) OnInviteReceivedByPeer(string, string, int) {}

// OnInviteAcceptedByPeer does nothing.
func (NopCallBack) OnInviteAcceptedByPeer(string, string, int, string) {}

// OnInviteRefusedByPeer does nothing.
func (NopCallBack) OnInviteRefusedByPeer(string, string, int, string) {}

// OnInviteFailed does nothing.
func (NopCallBack) OnInviteFailed(string, string, int, int, string) {}

// OnInviteEndByPeer does nothing.
func (NopCallBack) OnInviteEndByPeer(string, string, int, string) {}

// OnInviteEndByMyself does nothing.
func (NopCallBack) OnInviteEndByMyself(string, string, int) {}

// OnInviteMsg does nothing.
func (NopCallBack) OnInviteMsg(string, string, int, string, string, string) {}

// OnMessageSendError does nothing.
func (NopCallBack) OnMessageSendError(string, int) {}

// OnMessageSendSuccess does nothing.
func (NopCallBack) OnMessageSendSuccess(string) {}

// OnMessageInstantReceive does nothing.
func (NopCallBack) OnMessageInstantReceive(string, int, string) {}

// OnMessageChannelReceive does nothing.
func (NopCallBack) OnMessageChannelReceive(string, string, int, string) {}

// OnLog does nothing.
func (NopCallBack) OnLog(string) {}

// OnUserAttrResult does nothing.
func (NopCallBack) OnUserAttrResult(string, string, string) {}

// OnUserAttrAllResult does nothing.
func (NopCallBack) OnUserAttrAllResult(string, string) {}
