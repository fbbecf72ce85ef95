package wire

// The codes of the service. They are what travels as ecode and what a handler gets; CodeName has the
// name each bears in the original's documents.
const (
	Success = 0

	LogoutEOther         = 100
	LogoutEUser          = 101
	LogoutENet           = 102
	LogoutEKicked        = 103
	LogoutEPacket        = 104
	LogoutETokenExpired  = 105
	LogoutEOldVersion    = 106
	LogoutETokenWrong    = 107
	LogoutEAlreadyLogout = 108

	LoginEOther        = 200
	LoginENet          = 201
	LoginEFailed       = 202
	LoginECancel       = 203
	LoginETokenExpired = 204
	LoginEOldVersion   = 205
	LoginETokenWrong   = 206
	LoginETokenKicked  = 207
	LoginEAlreadyLogin = 208
	LoginEInvalidUser  = 209

	JoinChannelEOther = 300

	SendMessageEOther   = 400
	SendMessageETimeout = 401

	QueryUserNumEOther   = 500
	QueryUserNumETimeout = 501
	QueryUserNumEByUser  = 502

	LeaveChannelEOther   = 600
	LeaveChannelEKicked  = 601
	LeaveChannelEByUser  = 602
	LeaveChannelELogout  = 603
	LeaveChannelEDisconn = 604

	InviteEOther       = 700
	InviteEReinvite    = 701
	InviteENet         = 702
	InviteEPeerOffline = 703
	InviteETimeout     = 704
	InviteECantRecv    = 705

	GeneralE           = 1000
	GeneralEFailed     = 1001
	GeneralEUnknown    = 1002
	GeneralENotLogin   = 1003
	GeneralEWrongParam = 1004
	GeneralELargeParam = 1005
)

// CodeName returns the name that the original's documents give to code, "" for a code they do not know.
func CodeName(code int) string {
	switch code {
	case Success:
		return "SUCCESS"
	case LogoutEOther:
		return "LOGOUT_E_OTHER"
	case LogoutEUser:
		return "LOGOUT_E_USER"
	case LogoutENet:
		return "LOGOUT_E_NET"
	case LogoutEKicked:
		return "LOGOUT_E_KICKED"
	case LogoutEPacket:
		return "LOGOUT_E_PACKET"
	case LogoutETokenExpired:
		return "LOGOUT_E_TOKENEXPIRED"
	case LogoutEOldVersion:
		return "LOGOUT_E_OLDVERSION"
	case LogoutETokenWrong:
		return "LOGOUT_E_TOKENWRONG"
	case LogoutEAlreadyLogout:
		return "LOGOUT_E_ALREADY_LOGOUT"
	case LoginEOther:
		return "LOGIN_E_OTHER"
	case LoginENet:
		return "LOGIN_E_NET"
	case LoginEFailed:
		return "LOGIN_E_FAILED"
	case LoginECancel:
		return "LOGIN_E_CANCEL"
	case LoginETokenExpired:
		return "LOGIN_E_TOKENEXPIRED"
	case LoginEOldVersion:
		return "LOGIN_E_OLDVERSION"
	case LoginETokenWrong:
		return "LOGIN_E_TOKENWRONG"
	case LoginETokenKicked:
		return "LOGIN_E_TOKEN_KICKED"
	case LoginEAlreadyLogin:
		return "LOGIN_E_ALREADY_LOGIN"
	case LoginEInvalidUser:
		return "LOGIN_E_INVALID_USER"
	case JoinChannelEOther:
		return "JOINCHANNEL_E_OTHER"
	case SendMessageEOther:
		return "SENDMESSAGE_E_OTHER"
	case SendMessageETimeout:
		return "SENDMESSAGE_E_TIMEOUT"
	case QueryUserNumEOther:
		return "QUERYUSERNUM_E_OTHER"
	case QueryUserNumETimeout:
		return "QUERYUSERNUM_E_TIMEOUT"
	case QueryUserNumEByUser:
		return "QUERYUSERNUM_E_BYUSER"
	case LeaveChannelEOther:
		return "LEAVECHANNEL_E_OTHER"
	case LeaveChannelEKicked:
		return "LEAVECHANNEL_E_KICKED"
	case LeaveChannelEByUser:
		return "LEAVECHANNEL_E_BYUSER"
	case LeaveChannelELogout:
		return "LEAVECHANNEL_E_LOGOUT"
	case LeaveChannelEDisconn:
		return "LEAVECHANNEL_E_DISCONN"
	case InviteEOther:
		return "INVITE_E_OTHER"
	case InviteEReinvite:
		return "INVITE_E_REINVITE"
	case InviteENet:
		return "INVITE_E_NET"
	case InviteEPeerOffline:
		return "INVITE_E_PEEROFFLINE"
	case InviteETimeout:
		return "INVITE_E_TIMEOUT"
	case InviteECantRecv:
		return "INVITE_E_CANTRECV"
	case GeneralE:
		return "GENERAL_E"
	case GeneralEFailed:
		return "GENERAL_E_FAILED"
	case GeneralEUnknown:
		return "GENERAL_E_UNKNOWN"
	case GeneralENotLogin:
		return "GENERAL_E_NOT_LOGIN"
	case GeneralEWrongParam:
		return "GENERAL_E_WRONG_PARAM"
	case GeneralELargeParam:
		return "GENERAL_E_LARGE_PARAM"
	}
	return ""
}
