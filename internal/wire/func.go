package wire

import "strings"

// The functions of call2.
const (
	FnLogout          = "user_logout"
	FnSendMsg         = "user_sendmsg"
	FnGetMsg          = "user_getmsg"
	FnGetMsg2         = "user_getmsg2" // of the dialect that knows messages by id
	FnQueryStatus     = "user_query_user_status"
	FnSetAttr         = "user_set_attr"
	FnGetAttr         = "user_get_attr"
	FnGetAttrAll      = "user_get_attr_all"
	FnExtCall         = "user_ext_call"
	FnJoin            = "channel_join"
	FnLeave           = "channel_leave"
	FnChannelSend     = "channel_sendmsg"
	FnChannelSetAttr  = "channel_set_attr"
	FnChannelDelAttr  = "channel_del_attr"
	FnChannelClear    = "channel_clear_attr"
	FnQueryNum        = "channel_query_num"
	FnQueryIsIn       = "channel_query_user_isin"
	FnQueryList       = "channel_query_userlist"
	FnQueryListAll    = "channel_query_userlist_all"
	FnInvite          = "voip_invite"
	FnInviteAck       = "voip_invite_ack"
	FnInviteAccept    = "voip_invite_accept"
	FnInviteRefuse    = "voip_invite_refuse"
	FnInviteBye       = "voip_invite_bye"
	FnInviteMsg       = "voip_invite_msg"
	InvokePrefix      = "io.agora.signal."
	DefaultListAllNum = 1_000_000
)

// Types of the lines in a personal list, besides the functions FnInvite… whose events bear the same names.
const (
	TypeInstant      = "instant"
	TypeInviteFailed = "voip_invite_failed"
)

// Types of channel events.
const (
	TypeChannelMsg   = "channel_msg"
	TypeChannelJoin  = "channel_user_join"
	TypeChannelLeave = "channel_user_leave"
	TypeChannelAttr  = "channel_attr_update"
)

// What an event of TypeChannelAttr did.
const (
	AttrUpdate = "update"
	AttrDel    = "del"
	AttrClear  = "clear"
)

// AttrConnTimeout is the built-in attribute of a user: the seconds that his session outlives its socket.
const AttrConnTimeout = "_conn_timeout"

// AttrUserNotification is the built-in attribute of a channel that switches the events of joins and leaves off, with "0".
const AttrUserNotification = "_userNotification"

// IsBuiltin reports whether an attribute's name is the service's own.
func IsBuiltin(name string) bool { return strings.HasPrefix(name, "_") }

// The special channels of an app. Those that may join them are told what all its users do.
const (
	ChannelUserOnline = "__agora_user_online"   // each login and final logout
	ChannelEvents     = "__agora_channel_event" // each join and leave of the other channels
)

// IsSpecial reports whether a channel is one of those that nobody can send to.
func IsSpecial(channel string) bool { return channel == ChannelUserOnline || channel == ChannelEvents }

// What the messages in special channels report.
const (
	ReportOnline  = "online"
	ReportOffline = "offline"
	ReportJoin    = "join"
	ReportLeave   = "leave"
)

// Devices, as a login names them. They decide how personal messages are announced.
const (
	DeviceGo  = "gosdk"
	DeviceWeb = "websdk"
)

// Invokable splits the name that an application hands to Invoke. For one of the service's own functions
// it returns fn and no pkg, for any other "package.func" both; ok is false for what is neither.
func Invokable(name string) (pkg, fn string, ok bool) {
	if fn, own := strings.CutPrefix(name, InvokePrefix); own {
		switch fn {
		case FnQueryStatus, FnSetAttr, FnGetAttr, FnGetAttrAll, FnQueryNum, FnQueryIsIn, FnQueryList, FnQueryListAll,
			FnChannelSetAttr, FnChannelDelAttr, FnChannelClear:
			return "", fn, true
		}
		return "", "", false
	}
	dot := strings.LastIndexByte(name, '.')
	if dot <= 0 || dot == len(name)-1 || CheckName("name", name) != nil {
		return "", "", false
	}
	return name[:dot], name[dot+1:], true
}

// function returns the text of a string without making one for the functions that there are.
func (v Value) function() string {
	switch string(v) {
	case `"` + FnLogout + `"`:
		return FnLogout
	case `"` + FnSendMsg + `"`:
		return FnSendMsg
	case `"` + FnGetMsg + `"`:
		return FnGetMsg
	case `"` + FnGetMsg2 + `"`:
		return FnGetMsg2
	case `"` + FnQueryStatus + `"`:
		return FnQueryStatus
	case `"` + FnSetAttr + `"`:
		return FnSetAttr
	case `"` + FnGetAttr + `"`:
		return FnGetAttr
	case `"` + FnGetAttrAll + `"`:
		return FnGetAttrAll
	case `"` + FnExtCall + `"`:
		return FnExtCall
	case `"` + FnJoin + `"`:
		return FnJoin
	case `"` + FnLeave + `"`:
		return FnLeave
	case `"` + FnChannelSend + `"`:
		return FnChannelSend
	case `"` + FnChannelSetAttr + `"`:
		return FnChannelSetAttr
	case `"` + FnChannelDelAttr + `"`:
		return FnChannelDelAttr
	case `"` + FnChannelClear + `"`:
		return FnChannelClear
	case `"` + FnQueryNum + `"`:
		return FnQueryNum
	case `"` + FnQueryIsIn + `"`:
		return FnQueryIsIn
	case `"` + FnQueryList + `"`:
		return FnQueryList
	case `"` + FnQueryListAll + `"`:
		return FnQueryListAll
	case `"` + FnInvite + `"`:
		return FnInvite
	case `"` + FnInviteAck + `"`:
		return FnInviteAck
	case `"` + FnInviteAccept + `"`:
		return FnInviteAccept
	case `"` + FnInviteRefuse + `"`:
		return FnInviteRefuse
	case `"` + FnInviteBye + `"`:
		return FnInviteBye
	case `"` + FnInviteMsg + `"`:
		return FnInviteMsg
	}
	return v.Text()
}
