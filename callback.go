package signal

// An ICallBack is what an application hands to CallbackSet to hear from the service. Embed [NopCallBack]
// to write only the handlers that matter.
//
// All handlers of one API run on that API's one dispatcher goroutine, one at a time, in the order in which
// things happened. A handler may take its time: it delays the later handlers of its API and nothing else.
// Every method of the API may be called inside every handler. A handler that panics is recovered and
// reported by OnError("panic", 1002, …); the session goes on. Once Destroy has returned no handler runs any
// more, or none but the one that called it.
//
// Codes are ints as in the seed; [Code] gives them their names. Where a handler reports the failure of a
// request, its ecode may also be 1001 (failed, such as too many calls a second), 1003 (not logged in), 1004
// (a parameter is malformed) or 1005 (a parameter is too large). A uid is always 0.
//
// Seed: ICallBack
type ICallBack interface {
	// OnReconnecting reports that the connection is lost and that try number nretry, counted from 1, to
	// have it back begins. It comes once per try, each on the dispatcher goroutine, until OnReconnected
	// or OnLogout.
	//
	// Seed: onReconnecting
	OnReconnecting(nretry int)

	// OnError reports a failure that has no handler of its own, on the dispatcher goroutine. name is the
	// method as the seed spells it ("setAttr", "channelSetAttr", "channelInviteAccept", …), or one of
	// "channel" (events of the channel that desc names were lost for good; list and attributes follow)
	// and "panic" (a handler panicked). desc says for people what went wrong; it is not for programs.
	//
	// ecode: 208 LOGIN_E_ALREADY_LOGIN for a "login" or "login2" that was ignored, 1001 GENERAL_E_FAILED
	// for what was refused or not answered in time, 1002 GENERAL_E_UNKNOWN for "panic", 1003
	// GENERAL_E_NOT_LOGIN, 1004 GENERAL_E_WRONG_PARAM, 1005 GENERAL_E_LARGE_PARAM.
	//
	// Seed: onError
	OnError(name string, ecode int, desc string)

	// OnQueryUserStatusResult is the outcome of QueryUserStatus, on the dispatcher goroutine: status is
	// "1" when the account name is online, "0" when it is not. A user whose connection is lost counts as
	// online while its session lives. A failure is OnError("queryUserStatus", …).
	//
	// Seed: onQueryUserStatusResult
	OnQueryUserStatusResult(name string, status string)

	// OnReconnected reports that the connection is back, on the dispatcher goroutine and before what was
	// missed meanwhile is handed out. The channel is kept, nothing is told twice. fd counts the
	// connections of this API that came up: 1, 2, 3, ….
	//
	// Seed: onReconnected
	OnReconnected(fd int)

	// OnLoginSuccess is the good outcome of Login and Login2, on the dispatcher goroutine. uid is 0, fd
	// counts the connections of this API that came up: 1, 2, 3, ….
	//
	// Seed: onLoginSuccess
	OnLoginSuccess(uid int, fd int)

	// OnLogout reports that the session is over, on the dispatcher goroutine; it is also the one outcome
	// of Logout. OnChannelLeaved comes before it when the user was in a channel.
	//
	// ecode: 101 LOGOUT_E_USER after Logout, 102 LOGOUT_E_NET when a lost connection did not come back
	// within the user's _conn_timeout and 10 s, 103 LOGOUT_E_KICKED when the account logged in elsewhere,
	// 105 LOGOUT_E_TOKENEXPIRED or 107 LOGOUT_E_TOKENWRONG when a new session was refused after a loss,
	// 100 LOGOUT_E_OTHER when the server ended the session for another reason, 108
	// LOGOUT_E_ALREADY_LOGOUT for a Logout without a login.
	//
	// Seed: onLogout
	OnLogout(ecode int)

	// OnLoginFailed is the bad outcome of Login and Login2, on the dispatcher goroutine.
	//
	// ecode: 201 LOGIN_E_NET when the retry time or count was used up without an answer; final at once
	// are 202 LOGIN_E_FAILED (the server refused, an unknown app id), 204 LOGIN_E_TOKENEXPIRED, 206
	// LOGIN_E_TOKENWRONG, 207 LOGIN_E_TOKEN_KICKED and 209 LOGIN_E_INVALID_USER; 203 LOGIN_E_CANCEL when
	// Logout came first; 200 LOGIN_E_OTHER.
	//
	// Seed: onLoginFailed
	OnLoginFailed(ecode int)

	// OnInvokeRet is the one outcome of each Invoke, on the dispatcher goroutine. callID is the one given
	// to Invoke. On success err is "" and resp the answer in JSON. On failure err is the code in decimal:
	// "1001" for what was refused, not answered in time, or ended with the session, "1003" not logged in,
	// "1004" for a req that is no JSON object or a function that does not exist, "1005" for a req above
	// 64 KiB; resp is then a JSON object that says why.
	//
	// Seed: onInvokeRet
	OnInvokeRet(callID string, err string, resp string)

	// OnChannelJoined is the good outcome of ChannelJoin, on the dispatcher goroutine. OnChannelUserList
	// and one OnChannelAttrUpdated per attribute of the channel follow.
	//
	// Seed: onChannelJoined
	OnChannelJoined(channelID string)

	// OnChannelJoinFailed is the bad outcome of ChannelJoin, on the dispatcher goroutine.
	//
	// ecode: 300 JOINCHANNEL_E_OTHER when the server refused, did not answer in time, or the session
	// ended first.
	//
	// Seed: onChannelJoinFailed
	OnChannelJoinFailed(channelID string, ecode int)

	// OnChannelLeaved reports that the user is not in channelID any more, on the dispatcher goroutine; it
	// is also the outcome of ChannelLeave. Mind that 602 is the code of success.
	//
	// ecode: 602 LEAVECHANNEL_E_BYUSER after ChannelLeave, and for the old channel when another is
	// joined; 600 LEAVECHANNEL_E_OTHER for a ChannelLeave without being in it, or not answered in time;
	// 601 LEAVECHANNEL_E_KICKED, 603 LEAVECHANNEL_E_LOGOUT and 604 LEAVECHANNEL_E_DISCONN before
	// OnLogout, 604 also when the channel could not be joined anew after a loss.
	//
	// Seed: onChannelLeaved
	OnChannelLeaved(channelID string, ecode int)

	// OnChannelUserJoined reports that another user came into the channel that this user is in, on the
	// dispatcher goroutine. uid is 0. A channel with _userNotification "0" does not report it.
	//
	// Seed: onChannelUserJoined
	OnChannelUserJoined(account string, uid int)

	// OnChannelUserLeaved reports that another user went out of the channel that this user is in, on the
	// dispatcher goroutine. uid is 0. A channel with _userNotification "0" does not report it.
	//
	// Seed: onChannelUserLeaved
	OnChannelUserLeaved(account string, uid int)

	// OnChannelUserList names up to 200 members of the channel, the newest first, the user itself among
	// them. It follows OnChannelJoined, and comes anew when events were missed that nobody can replay; on
	// the dispatcher goroutine. Both slices have one length, uids are 0, and both belong to the handler.
	//
	// Seed: onChannelUserList
	OnChannelUserList(accounts []string, uids []int)

	// OnChannelQueryUserNumResult is the one outcome of ChannelQueryUserNum, on the dispatcher goroutine.
	// num is the number of members; a channel that does not exist has 0.
	//
	// ecode: 0 SUCCESS, 500 QUERYUSERNUM_E_OTHER when refused or the connection was lost for good, 501
	// QUERYUSERNUM_E_TIMEOUT when not answered in time, 502 QUERYUSERNUM_E_BYUSER when Logout, a kick or
	// Destroy came first.
	//
	// Seed: onChannelQueryUserNumResult
	OnChannelQueryUserNumResult(channelID string, ecode int, num int)

	// OnChannelAttrUpdated reports an attribute of the channel that the user is in, on the dispatcher
	// goroutine: each change, its own changes too, and after joining each attribute there is. updateType
	// is "update"; "del", with value ""; or "clear", with name and value "". A value has up to 8,096
	// bytes. The attributes _member_num and _total_member_num are kept by the server where asked for.
	//
	// Seed: onChannelAttrUpdated, whose last parameter is type
	OnChannelAttrUpdated(channelID string, name string, value string, updateType string)

	// OnInviteReceived reports on the callee's side that account calls, on the dispatcher goroutine.
	// Answer with ChannelInviteAccept or ChannelInviteRefuse. Nobody joins channelID by being called.
	// extra is "" or a JSON object of up to 8,192 bytes as the caller gave it.
	//
	// Seed: onInviteReceived
	OnInviteReceived(channelID string, account string, uid int, extra string)

	// OnInviteReceivedByPeer reports on the caller's side that the call has reached account, on the
	// dispatcher goroutine. It rings from here on, until an answer or its _ring_timeout.
	//
	// Seed: onInviteReceivedByPeer
	OnInviteReceivedByPeer(channelID string, account string, uid int)

	// OnInviteAcceptedByPeer reports on the caller's side that account accepted, on the dispatcher
	// goroutine. extra is what the callee gave, "" or a JSON object of up to 8,192 bytes.
	//
	// Seed: onInviteAcceptedByPeer
	OnInviteAcceptedByPeer(channelID string, account string, uid int, extra string)

	// OnInviteRefusedByPeer reports on the caller's side that account refused and the call is over, on
	// the dispatcher goroutine. extra is what the callee gave, "" or a JSON object of up to 8,192 bytes.
	//
	// Seed: onInviteRefusedByPeer
	OnInviteRefusedByPeer(channelID string, account string, uid int, extra string)

	// OnInviteFailed is the bad end of ChannelInviteUser and ChannelInviteUser2, on the dispatcher
	// goroutine. account is the callee, extra the invite's own.
	//
	// ecode: 700 INVITE_E_OTHER when refused or ended with the session, 701 INVITE_E_REINVITE when this
	// call is open already (it goes on), 702 INVITE_E_NET when not answered in time or the connection was
	// lost for good, 703 INVITE_E_PEEROFFLINE, 704 INVITE_E_TIMEOUT when the callee, though online, did
	// not receive the call within _timeout or did not answer it within _ring_timeout, 705
	// INVITE_E_CANTRECV when too many calls wait for the callee.
	//
	// Seed: onInviteFailed
	OnInviteFailed(channelID string, account string, uid int, ecode int, extra string)

	// OnInviteEndByPeer reports that account, the other side, ended the call, went away, or that the
	// call rang too long, on the dispatcher goroutine. extra is "".
	//
	// Seed: onInviteEndByPeer
	OnInviteEndByPeer(channelID string, account string, uid int, extra string)

	// OnInviteEndByMyself is the good outcome of ChannelInviteEnd, on the dispatcher goroutine. account
	// is the other side. When both sides end at once, OnInviteEndByPeer may take its place.
	//
	// Seed: onInviteEndByMyself
	OnInviteEndByMyself(channelID string, account string, uid int)

	// OnInviteMsg reports what the other side of a call sent by ChannelInviteDTMF, on the dispatcher
	// goroutine: msgType is "DTMF", msgData 1 to 128 of 0-9, * and #, extra "". Other types of other
	// clients come in capitals.
	//
	// Seed: onInviteMsg
	OnInviteMsg(channelID string, account string, uid int, msgType string, msgData string, extra string)

	// OnMessageSendError is the bad outcome of MessageInstantSend, MessageChannelSend and
	// MessageChannelSendForce, on the dispatcher goroutine. messageID is the msgID that was given, or the
	// UUID that took the place of "".
	//
	// ecode: 400 SENDMESSAGE_E_OTHER when refused (not a member, above 60 messages a second of the user
	// or 200 of the channel, the peer's list full) or ended with the session; 401 SENDMESSAGE_E_TIMEOUT
	// when not answered in time: the message may have arrived. 1001 GENERAL_E_FAILED for the deprecated
	// MessageDTMFSend.
	//
	// Seed: onMessageSendError
	OnMessageSendError(messageID string, ecode int)

	// OnMessageSendSuccess is the good outcome of the same methods, on the dispatcher goroutine: the
	// server has the message. messageID is the msgID that was given, or the UUID that took the place of
	// "".
	//
	// Seed: onMessageSendSuccess
	OnMessageSendSuccess(messageID string)

	// OnMessageInstantReceive hands out a message of account to this user, on the dispatcher goroutine,
	// in the order in which that account sent, each once; also those that came while the user was
	// offline. msg has up to 8,196 bytes.
	//
	// Seed: onMessageInstantReceive
	OnMessageInstantReceive(account string, uid int, msg string)

	// OnMessageChannelReceive hands out a message of account to the channel that the user is in, on the
	// dispatcher goroutine; the sender gets its own too. msg has up to 8,192 bytes. In the channels
	// __agora_user_online and __agora_channel_event account is the user concerned and msg a JSON object.
	//
	// Seed: onMessageChannelReceive
	OnMessageChannelReceive(channelID string, account string, uid int, msg string)

	// OnLog hands out one line of the API's log, level Info and above, on the dispatcher goroutine; it is
	// the text that the logger gets too.
	//
	// Seed: onLog
	OnLog(txt string)

	// OnUserAttrResult is the outcome of GetAttr and GetUserAttr, on the dispatcher goroutine. An
	// attribute that is not set has value "". A failure is OnError("getAttr" or "getUserAttr", …).
	//
	// Seed: onUserAttrResult
	OnUserAttrResult(account string, name string, value string)

	// OnUserAttrAllResult is the outcome of GetAttrAll and GetUserAttrAll, on the dispatcher goroutine:
	// value is a JSON object of all the account's attributes, each a string. A failure is
	// OnError("getAttrAll" or "getUserAttrAll", …).
	//
	// Seed: onUserAttrAllResult
	OnUserAttrAllResult(account string, value string)
}
