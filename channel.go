package signal

import "github.com/agora-signal-go/signal/internal/engine"

// ChannelJoin joins a channel, whose name is 1 to 128 bytes of printable UTF-8. A user is in one channel at
// most: another one is left first, by OnChannelLeaved(old, 602). The channels __agora_user_online and
// __agora_channel_event, for those that the server lets in, tell of all logins and of all joins of the app.
//
// OnChannelJoined follows, then OnChannelUserList and OnChannelAttrUpdated for each attribute; the others get
// OnChannelUserJoined. Or OnChannelJoinFailed.
//
// Seed: channelJoin
func (a *API) ChannelJoin(channelID string) {
	a.do(&engine.Request{Op: engine.OpJoin, Method: "channelJoin", Channel: channelID})
}

// ChannelLeave leaves the channel. OnChannelLeaved(channelID, 602) follows, and mind that 602 is success; the
// others get OnChannelUserLeaved. One who is not in it gets OnChannelLeaved(channelID, 600).
//
// Seed: channelLeave
func (a *API) ChannelLeave(channelID string) {
	a.do(&engine.Request{Op: engine.OpLeave, Method: "channelLeave", Channel: channelID})
}

// ChannelQueryUserNum asks how many are in a channel, any channel. OnChannelQueryUserNumResult follows.
//
// Seed: channelQueryUserNum
func (a *API) ChannelQueryUserNum(channelID string) {
	a.do(&engine.Request{Op: engine.OpQueryNum, Method: "channelQueryUserNum", Channel: channelID})
}

// ChannelSetAttr sets an attribute of a channel, any channel: name has 1 to 128 bytes of printable UTF-8,
// value at most 8,096 bytes. An attribute may change 10 times a second, a channel has 1,000 at most. Names
// that begin with _ are built in: _channel_ttl, _userNotification, _auto_update_num, _auto_update_total_num,
// _sendmsg_limit, _setattr_limit.
//
// All members get OnChannelAttrUpdated, the caller when it is one. A failure is OnError("channelSetAttr", …).
//
// Seed: channelSetAttr
func (a *API) ChannelSetAttr(channelID, name, value string) {
	a.do(&engine.Request{
		Op: engine.OpChannelSet, Method: "channelSetAttr", Channel: channelID, Name: name, Text: value,
	})
}

// ChannelDelAttr deletes an attribute of a channel. All members get OnChannelAttrUpdated(…, "del"), if there
// was one. A failure is OnError("channelDelAttr", …).
//
// Seed: channelDelAttr
func (a *API) ChannelDelAttr(channelID, name string) {
	a.do(&engine.Request{Op: engine.OpChannelDel, Method: "channelDelAttr", Channel: channelID, Name: name})
}

// ChannelClearAttr deletes all attributes of a channel but those built in. All members get
// OnChannelAttrUpdated(…, "clear"), if there were any. A failure is OnError("channelClearAttr", …).
//
// Seed: channelClearAttr
func (a *API) ChannelClearAttr(channelID string) {
	a.do(&engine.Request{Op: engine.OpChannelClear, Method: "channelClearAttr", Channel: channelID})
}
