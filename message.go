package signal

import "github.com/agora-signal-go/signal/internal/engine"

// MessageInstantSend sends msg, at most 8,196 bytes of UTF-8, to account, who gets it by
// OnMessageInstantReceive: now, or within a day when it comes online. uid is 0. msgID names the message, up
// to 128 bytes of printable UTF-8, for the callbacks only; "" means a new UUID. A user may send 60 messages a
// second, to accounts and channels together.
//
// OnMessageSendSuccess(msgID) follows when the server has the message, else OnMessageSendError(msgID, …).
//
// Seed: messageInstantSend
func (a *API) MessageInstantSend(account string, uid int, msg, msgID string) {
	a.do(&engine.Request{Op: engine.OpSend, Method: "messageInstantSend", Account: account, Text: msg, ID: msgID})
}

// MessageChannelSend sends msg, at most 8,192 bytes of UTF-8, to the channel that the user is in: all members
// get it by OnMessageChannelReceive, the sender, too. msgID is as for MessageInstantSend. A channel takes 200
// messages a second, see the attribute _sendmsg_limit.
//
// OnMessageSendSuccess(msgID) follows when the server has the message, else OnMessageSendError(msgID, …).
//
// Seed: messageChannelSend
func (a *API) MessageChannelSend(channelID, msg, msgID string) {
	a.do(&engine.Request{Op: engine.OpChannelSend, Method: "messageChannelSend", Channel: channelID, Text: msg, ID: msgID})
}

// MessageChannelSendForce is MessageChannelSend to whichever channel, without being in it.
//
// OnMessageSendSuccess(msgID) follows when the server has the message, else OnMessageSendError(msgID, …).
//
// Seed: messageChannelSendForce
func (a *API) MessageChannelSendForce(channelID, msg, msgID string) {
	a.do(&engine.Request{
		Op: engine.OpChannelSend, Method: "messageChannelSendForce",
		Channel: channelID, Text: msg, ID: msgID, Force: true,
	})
}

// MessageDTMFSend does nothing any more: OnMessageSendError(msgID, 1001) follows, and OnError says why.
//
// Deprecated: Use [API.ChannelInviteDTMF].
//
// Seed: messageDTMFSend
func (a *API) MessageDTMFSend(uid int, msg, msgID string) {
	a.do(&engine.Request{
		Op: engine.OpUnsupported, Method: "messageDTMFSend", ID: msgID,
		Text: "messageDTMFSend is no more: use channelInviteDTMF",
	})
}
