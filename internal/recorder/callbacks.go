package recorder

import signal "github.com/agora-signal-go/signal"

var _ signal.ICallBack = (*Recorder)(nil)

// OnReconnecting writes the callback down.
func (r *Recorder) OnReconnecting(nretry int) {
	r.record("OnReconnecting", nretry)
}

// OnError writes the callback down.
func (r *Recorder) OnError(name string, ecode int, desc string) {
	r.record("OnError", name, ecode, desc)
}

// OnQueryUserStatusResult writes the callback down.
func (r *Recorder) OnQueryUserStatusResult(name string, status string) {
	r.record("OnQueryUserStatusResult", name, status)
}

// OnReconnected writes the callback down.
func (r *Recorder) OnReconnected(fd int) {
	r.record("OnReconnected", fd)
}

// OnLoginSuccess writes the callback down.
func (r *Recorder) OnLoginSuccess(uid int, fd int) {
	r.record("OnLoginSuccess", uid, fd)
}

// OnLogout writes the callback down.
func (r *Recorder) OnLogout(ecode int) {
	r.record("OnLogout", ecode)
}

// OnLoginFailed writes the callback down.
func (r *Recorder) OnLoginFailed(ecode int) {
	r.record("OnLoginFailed", ecode)
}

// OnInvokeRet writes the callback down.
func (r *Recorder) OnInvokeRet(callID string, err string, resp string) {
	r.record("OnInvokeRet", callID, err, resp)
}

// OnChannelJoined writes the callback down.
func (r *Recorder) OnChannelJoined(channelID string) {
	r.record("OnChannelJoined", channelID)
}

// OnChannelJoinFailed writes the callback down.
func (r *Recorder) OnChannelJoinFailed(channelID string, ecode int) {
	r.record("OnChannelJoinFailed", channelID, ecode)
}

// OnChannelLeaved writes the callback down.
func (r *Recorder) OnChannelLeaved(channelID string, ecode int) {
	r.record("OnChannelLeaved", channelID, ecode)
}

// OnChannelUserJoined writes the callback down.
func (r *Recorder) OnChannelUserJoined(account string, uid int) {
	r.record("OnChannelUserJoined", account, uid)
}

// OnChannelUserLeaved writes the callback down.
func (r *Recorder) OnChannelUserLeaved(account string, uid int) {
	r.record("OnChannelUserLeaved", account, uid)
}

// OnChannelUserList writes the callback down.
func (r *Recorder) OnChannelUserList(accounts []string, uids []int) {
	r.record("OnChannelUserList", accounts, uids)
}

// OnChannelQueryUserNumResult writes the callback down.
func (r *Recorder) OnChannelQueryUserNumResult(channelID string, ecode int, num int) {
	r.record("OnChannelQueryUserNumResult", channelID, ecode, num)
}

// OnChannelAttrUpdated writes the callback down.
func (r *Recorder) OnChannelAttrUpdated(channelID string, name string, value string, updateType string) {
	r.record("OnChannelAttrUpdated", channelID, name, value, updateType)
}

// OnInviteReceived writes the callback down.
func (r *Recorder) OnInviteReceived(channelID string, account string, uid int, extra string) {
	r.record("OnInviteReceived", channelID, account, uid, extra)
}

// OnInviteReceivedByPeer writes the callback down.
func (r *Recorder) OnInviteReceivedByPeer(channelID string, account string, uid int) {
	r.record("OnInviteReceivedByPeer", channelID, account, uid)
}

// OnInviteAcceptedByPeer writes the callback down.
func (r *Recorder) OnInviteAcceptedByPeer(channelID string, account string, uid int, extra string) {
	r.record("OnInviteAcceptedByPeer", channelID, account, uid, extra)
}

// OnInviteRefusedByPeer writes the callback down.
func (r *Recorder) OnInviteRefusedByPeer(channelID string, account string, uid int, extra string) {
	r.record("OnInviteRefusedByPeer", channelID, account, uid, extra)
}

// OnInviteFailed writes the callback down.
func (r *Recorder) OnInviteFailed(channelID string, account string, uid int, ecode int, extra string) {
	r.record("OnInviteFailed", channelID, account, uid, ecode, extra)
}

// OnInviteEndByPeer writes the callback down.
func (r *Recorder) OnInviteEndByPeer(channelID string, account string, uid int, extra string) {
	r.record("OnInviteEndByPeer", channelID, account, uid, extra)
}

// OnInviteEndByMyself writes the callback down.
func (r *Recorder) OnInviteEndByMyself(channelID string, account string, uid int) {
	r.record("OnInviteEndByMyself", channelID, account, uid)
}

// OnInviteMsg writes the callback down.
func (r *Recorder) OnInviteMsg(channelID string, account string, uid int, msgType string, msgData string, extra string) {
	r.record("OnInviteMsg", channelID, account, uid, msgType, msgData, extra)
}

// OnMessageSendError writes the callback down.
func (r *Recorder) OnMessageSendError(messageID string, ecode int) {
	r.record("OnMessageSendError", messageID, ecode)
}

// OnMessageSendSuccess writes the callback down.
func (r *Recorder) OnMessageSendSuccess(messageID string) {
	r.record("OnMessageSendSuccess", messageID)
}

// OnMessageInstantReceive writes the callback down.
func (r *Recorder) OnMessageInstantReceive(account string, uid int, msg string) {
	r.record("OnMessageInstantReceive", account, uid, msg)
}

// OnMessageChannelReceive writes the callback down.
func (r *Recorder) OnMessageChannelReceive(channelID string, account string, uid int, msg string) {
	r.record("OnMessageChannelReceive", channelID, account, uid, msg)
}

// OnLog writes the callback down.
func (r *Recorder) OnLog(txt string) {
	r.record("OnLog", txt)
}

// OnUserAttrResult writes the callback down.
func (r *Recorder) OnUserAttrResult(account string, name string, value string) {
	r.record("OnUserAttrResult", account, name, value)
}

// OnUserAttrAllResult writes the callback down.
func (r *Recorder) OnUserAttrAllResult(account string, value string) {
	r.record("OnUserAttrAllResult", account, value)
}
