package suite

import signal "github.com/agora-signal-go/signal"

// api is what the parts play: every method of [signal.API]. There are two of it, the API itself and a [clientAPI].
type api interface {
	CallbackSet(handler signal.ICallBack)
	CallbackGet() signal.ICallBack
	GetStatus() int
	IsOnline() bool
	GetSdkVersion() int
	Login(appID, account, token string, uid int, deviceID string)
	Login2(appID, account, token string, uid int, deviceID string, retryTimeInS, retryCount int)
	Logout()
	Destroy()

	MessageInstantSend(account string, uid int, msg, msgID string)
	MessageChannelSend(channelID, msg, msgID string)
	MessageChannelSendForce(channelID, msg, msgID string)
	MessageDTMFSend(uid int, msg, msgID string)

	ChannelJoin(channelID string)
	ChannelLeave(channelID string)
	ChannelQueryUserNum(channelID string)
	ChannelSetAttr(channelID, name, value string)
	ChannelDelAttr(channelID, name string)
	ChannelClearAttr(channelID string)

	SetAttr(name, value string)
	GetAttr(name string)
	GetAttrAll()
	GetUserAttr(account, name string)
	GetUserAttrAll(account string)
	QueryUserStatus(account string)

	ChannelInviteUser(channelID, account string, uid int)
	ChannelInviteUser2(channelID, account, extra string)
	ChannelInvitePhone(channelID, phoneNum string, uid int)
	ChannelInvitePhone2(channelID, phoneNum, sourcesNum string)
	ChannelInvitePhone3(channelID, phoneNum, sourcesNum, extra string)
	ChannelInviteAccept(channelID, account string, uid int, extra string)
	ChannelInviteRefuse(channelID, account string, uid int, extra string)
	ChannelInviteEnd(channelID, account string, uid int)
	ChannelInviteDTMF(channelID, phoneNum, dtmf string)

	Invoke(name, req, callID string)
}

var (
	_ api = (*signal.API)(nil)
	_ api = (*clientAPI)(nil)
)

// open returns a client that has yet to log in, of one face or the other.
type open func(way *network, opts []signal.Option) api

func openAPI(_ *network, opts []signal.Option) api { return signal.New(OpenApp, opts...) }

func openClient(way *network, opts []signal.Option) api { return newClientAPI(way, opts) }
