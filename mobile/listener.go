package mobile

// A Listener hears what comes of an API's methods and what others do. Its methods are those of signal.ICallBack, where each is
// explained, but that [Listener.OnChannelUserList] gets a list in place of two arrays. All run one at a time, in the order in
// which things happened, on a thread that is not the one of the user interface. They may take their time, and call every method.
type Listener interface {
	// OnReconnecting says that try number nretry to have a lost connection back begins.
	OnReconnecting(nretry int)
	// OnError says that what has no callback of its own failed; name is the method.
	OnError(name string, ecode int, desc string)
	// OnQueryUserStatusResult says that account name is online ("1") or not ("0").
	OnQueryUserStatusResult(name string, status string)
	// OnReconnected says that the connection is back, and with it the session.
	OnReconnected(fd int)
	// OnLoginSuccess says that the user is logged in.
	OnLoginSuccess(uid int, fd int)
	// OnLogout says that the session is over; 101 is one's own Logout.
	OnLogout(ecode int)
	// OnLoginFailed says that the user is not logged in, and why.
	OnLoginFailed(ecode int)
	// OnInvokeRet hands out the outcome of Invoke; err is "" or a code in decimal.
	OnInvokeRet(callID string, err string, resp string)
	// OnChannelJoined says that the user is in the channel; the list and the attributes follow.
	OnChannelJoined(channelID string)
	// OnChannelJoinFailed says that the user is not in the channel.
	OnChannelJoinFailed(channelID string, ecode int)
	// OnChannelLeaved says that the user is out of the channel; 602 is one's own ChannelLeave.
	OnChannelLeaved(channelID string, ecode int)
	// OnChannelUserJoined says that another user came into the channel.
	OnChannelUserJoined(account string, uid int)
	// OnChannelUserLeaved says that another user went out of the channel.
	OnChannelUserLeaved(account string, uid int)
	// OnChannelUserList hands out the newest members of the channel.
	OnChannelUserList(accounts *Names)
	// OnChannelQueryUserNumResult says how many are in a channel; ecode is 0 or says why not.
	OnChannelQueryUserNumResult(channelID string, ecode int, num int)
	// OnChannelAttrUpdated says that an attribute of the channel is new, changed or gone.
	OnChannelAttrUpdated(channelID string, name string, value string, updateType string)
	// OnInviteReceived says that account calls.
	OnInviteReceived(channelID string, account string, uid int, extra string)
	// OnInviteReceivedByPeer says that it rings at account's.
	OnInviteReceivedByPeer(channelID string, account string, uid int)
	// OnInviteAcceptedByPeer says that account accepted.
	OnInviteAcceptedByPeer(channelID string, account string, uid int, extra string)
	// OnInviteRefusedByPeer says that account refused: over.
	OnInviteRefusedByPeer(channelID string, account string, uid int, extra string)
	// OnInviteFailed says that the call failed: over.
	OnInviteFailed(channelID string, account string, uid int, ecode int, extra string)
	// OnInviteEndByPeer says that the other side ended the call.
	OnInviteEndByPeer(channelID string, account string, uid int, extra string)
	// OnInviteEndByMyself says that the call is ended, as ChannelInviteEnd said.
	OnInviteEndByMyself(channelID string, account string, uid int)
	// OnInviteMsg says that the other side sent keys.
	OnInviteMsg(channelID string, account string, uid int, msgType string, msgData string, extra string)
	// OnMessageSendError says that the message was not sent.
	OnMessageSendError(messageID string, ecode int)
	// OnMessageSendSuccess says that the server has the message.
	OnMessageSendSuccess(messageID string)
	// OnMessageInstantReceive says that account sent a message.
	OnMessageInstantReceive(account string, uid int, msg string)
	// OnMessageChannelReceive says that account sent a message to the channel.
	OnMessageChannelReceive(channelID string, account string, uid int, msg string)
	// OnLog hands out a line of the log.
	OnLog(txt string)
	// OnUserAttrResult hands out an attribute of account; "" when it is not set.
	OnUserAttrResult(account string, name string, value string)
	// OnUserAttrAllResult hands out all attributes of account, a JSON object.
	OnUserAttrAllResult(account string, value string)
}

// Names is a list of accounts.
type Names struct{ all []string }

// Len returns how many there are.
func (n *Names) Len() int { return len(n.all) }

// Get returns one of them, counted from 0, and "" where there is none.
func (n *Names) Get(i int) string {
	if i < 0 || i >= len(n.all) {
		return ""
	}
	return n.all[i]
}

// callback is a Listener as package signal knows it.
type callback struct{ Listener }

// OnChannelUserList implements signal.ICallBack. A uid is always 0.
func (c callback) OnChannelUserList(accounts []string, _ []int) {
	c.Listener.OnChannelUserList(&Names{accounts})
}
