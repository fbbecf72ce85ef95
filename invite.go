package signal

import (
	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/wire"
)

// ChannelInviteUser is ChannelInviteUser2 with extra "". uid is 0.
//
// Seed: channelInviteUser
func (a *API) ChannelInviteUser(channelID, account string, uid int) {
	a.invite("channelInviteUser", channelID, account, "")
}

// ChannelInviteUser2 calls account, to meet in a channel; nobody joins it by that. extra is handed to the
// callee: "" or a JSON object, at most 8,192 bytes. These members of it are the server's to read:
//
//	"_require_peer_online": 1   fail at once when the callee is offline; 0, the default: wait for it
//	"_timeout": 1 to 30         how many seconds to wait for the callee's device; default 20
//	"_ring_timeout": 1 to 600   how many seconds to wait for an answer after that; default: for ever
//
// The callee gets OnInviteReceived, the caller OnInviteReceivedByPeer, and then OnInviteAcceptedByPeer. The call
// ends in one of OnInviteRefusedByPeer, OnInviteFailed, OnInviteEndByPeer and OnInviteEndByMyself.
//
// Seed: channelInviteUser2
func (a *API) ChannelInviteUser2(channelID, account, extra string) {
	a.invite("channelInviteUser2", channelID, account, extra)
}

func (a *API) invite(method, channelID, account, extra string) {
	a.do(&engine.Request{Op: engine.OpInvite, Method: method, Channel: channelID, Account: account, Extra: extra})
}

// ChannelInviteAccept accepts the call of account. uid is 0. extra is handed to the caller: "" or a JSON
// object, at most 8,192 bytes.
//
// The caller gets OnInviteAcceptedByPeer. A failure is OnError("channelInviteAccept", …).
//
// Seed: channelInviteAccept
func (a *API) ChannelInviteAccept(channelID, account string, uid int, extra string) {
	a.do(&engine.Request{
		Op: engine.OpAccept, Method: "channelInviteAccept", Channel: channelID, Account: account, Extra: extra,
	})
}

// ChannelInviteRefuse refuses the call of account, which ends it. uid is 0. extra is as for
// ChannelInviteAccept.
//
// The caller gets OnInviteRefusedByPeer. A failure is OnError("channelInviteRefuse", …).
//
// Seed: channelInviteRefuse
func (a *API) ChannelInviteRefuse(channelID, account string, uid int, extra string) {
	a.do(&engine.Request{
		Op: engine.OpRefuse, Method: "channelInviteRefuse", Channel: channelID, Account: account, Extra: extra,
	})
}

// ChannelInviteEnd ends the call with account, whoever called and whether it was accepted or not. uid is 0.
//
// OnInviteEndByMyself follows, and the other side gets OnInviteEndByPeer. A failure is
// OnError("channelInviteEnd", …).
//
// Seed: channelInviteEnd
func (a *API) ChannelInviteEnd(channelID, account string, uid int) {
	a.do(&engine.Request{Op: engine.OpEnd, Method: "channelInviteEnd", Channel: channelID, Account: account})
}

// ChannelInviteDTMF sends telephone keys, 1 to 128 of 0-9 * #, to the account phoneNum in the call with it,
// such as a SIP gateway's.
//
// The other side gets OnInviteMsg. A failure is OnError("channelInviteDTMF", …).
//
// Seed: channelInviteDTMF
func (a *API) ChannelInviteDTMF(channelID, phoneNum, dtmf string) {
	a.do(&engine.Request{
		Op: engine.OpDTMF, Method: "channelInviteDTMF", Channel: channelID, Account: phoneNum, Text: dtmf,
	})
}

// ChannelInvitePhone calls the account phoneNum, as ChannelInviteUser. uid is 0.
//
// Deprecated: Use [API.ChannelInviteUser].
//
// Seed: channelInvitePhone
func (a *API) ChannelInvitePhone(channelID, phoneNum string, uid int) {
	a.invite("channelInvitePhone", channelID, phoneNum, "")
}

// ChannelInvitePhone2 calls the account phoneNum, as ChannelInvitePhone3 with extra "".
//
// Deprecated: Use [API.ChannelInviteUser2].
//
// Seed: channelInvitePhone2
func (a *API) ChannelInvitePhone2(channelID, phoneNum, sourcesNum string) {
	a.invite("channelInvitePhone2", channelID, phoneNum, wire.MergeSrcNum("", sourcesNum))
}

// ChannelInvitePhone3 calls the account phoneNum, as ChannelInviteUser2 with sourcesNum, the number that the
// callee sees, as the member "srcNum" of extra. The callbacks name the extra that results.
//
// Deprecated: Use [API.ChannelInviteUser2] with "srcNum" in extra.
//
// Seed: channelInvitePhone3
func (a *API) ChannelInvitePhone3(channelID, phoneNum, sourcesNum, extra string) {
	a.invite("channelInvitePhone3", channelID, phoneNum, wire.MergeSrcNum(extra, sourcesNum))
}
