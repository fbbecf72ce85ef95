package signal

import (
	"strconv"

	"github.com/agora-signal-go/signal/internal/wire"
)

// A Code is what the service says about an outcome: 0 is success, and each hundred belongs to one kind of
// request. Handlers get it as an int named ecode; Code(ecode) gives it its name and makes it an error, so
// that it can be wrapped and found again with [errors.Is]:
//
//	err := fmt.Errorf("log in as %s: %w", account, signal.Code(ecode))
//	errors.Is(err, signal.LoginETokenExpired)
//
// A Code is never a nil error, not even [Success].
//
// Seed: the int parameter ecode.
type Code int

// Success is the code of an outcome without an error.
const Success Code = wire.Success // SUCCESS: no error

// Codes of [ICallBack].OnLogout.
const (
	LogoutEOther         Code = wire.LogoutEOther         // LOGOUT_E_OTHER: the session ended for another reason: the app or the account was removed, a new login was refused
	LogoutEUser          Code = wire.LogoutEUser          // LOGOUT_E_USER: Logout was called: the normal case
	LogoutENet           Code = wire.LogoutENet           // LOGOUT_E_NET: the connection was lost and did not come back in time
	LogoutEKicked        Code = wire.LogoutEKicked        // LOGOUT_E_KICKED: the account logged in elsewhere
	LogoutEPacket        Code = wire.LogoutEPacket        // LOGOUT_E_PACKET: a malformed packet; not used by this module's server
	LogoutETokenExpired  Code = wire.LogoutETokenExpired  // LOGOUT_E_TOKENEXPIRED: the session had to begin anew, and the token has run out
	LogoutEOldVersion    Code = wire.LogoutEOldVersion    // LOGOUT_E_OLDVERSION: the client is too old; not used by this module's server
	LogoutETokenWrong    Code = wire.LogoutETokenWrong    // LOGOUT_E_TOKENWRONG: the session had to begin anew, and the token is wrong
	LogoutEAlreadyLogout Code = wire.LogoutEAlreadyLogout // LOGOUT_E_ALREADY_LOGOUT: Logout was called while not logged in
)

// Codes of [ICallBack].OnLoginFailed.
const (
	LoginEOther        Code = wire.LoginEOther        // LOGIN_E_OTHER: another reason
	LoginENet          Code = wire.LoginENet          // LOGIN_E_NET: no server answered before the retry time or the retry count was used up
	LoginEFailed       Code = wire.LoginEFailed       // LOGIN_E_FAILED: the server refused: unknown app, or a reason that has no code of its own
	LoginECancel       Code = wire.LoginECancel       // LOGIN_E_CANCEL: Logout was called before the login was done
	LoginETokenExpired Code = wire.LoginETokenExpired // LOGIN_E_TOKENEXPIRED: the token has run out
	LoginEOldVersion   Code = wire.LoginEOldVersion   // LOGIN_E_OLDVERSION: the client is too old; not used by this module's server
	LoginETokenWrong   Code = wire.LoginETokenWrong   // LOGIN_E_TOKENWRONG: the token is malformed, forged, or of another app or account
	LoginETokenKicked  Code = wire.LoginETokenKicked  // LOGIN_E_TOKEN_KICKED: the account logged in elsewhere meanwhile
	LoginEAlreadyLogin Code = wire.LoginEAlreadyLogin // LOGIN_E_ALREADY_LOGIN: Login was ignored, for the API is logged in or logging in; comes through OnError
	LoginEInvalidUser  Code = wire.LoginEInvalidUser  // LOGIN_E_INVALID_USER: the account is not 1 to 128 bytes of printable UTF-8 without spaces
)

// Codes of [ICallBack].OnChannelJoinFailed.
const (
	JoinChannelEOther Code = wire.JoinChannelEOther // JOINCHANNEL_E_OTHER: the join was refused, timed out, or ended with the session
)

// Codes of [ICallBack].OnMessageSendError.
const (
	SendMessageEOther   Code = wire.SendMessageEOther   // SENDMESSAGE_E_OTHER: refused: not in the channel, too many messages a second, the peer's list full, or the session ended
	SendMessageETimeout Code = wire.SendMessageETimeout // SENDMESSAGE_E_TIMEOUT: no answer in time; the server may or may not have the message
)

// Codes of [ICallBack].OnChannelQueryUserNumResult, besides [Success].
const (
	QueryUserNumEOther   Code = wire.QueryUserNumEOther   // QUERYUSERNUM_E_OTHER: refused, or the connection was lost for good
	QueryUserNumETimeout Code = wire.QueryUserNumETimeout // QUERYUSERNUM_E_TIMEOUT: no answer in time
	QueryUserNumEByUser  Code = wire.QueryUserNumEByUser  // QUERYUSERNUM_E_BYUSER: ended by Logout, by a kick, or by Destroy
)

// Codes of [ICallBack].OnChannelLeaved. [LeaveChannelEByUser] is the one of success.
const (
	LeaveChannelEOther   Code = wire.LeaveChannelEOther   // LEAVECHANNEL_E_OTHER: not in that channel, or no answer in time
	LeaveChannelEKicked  Code = wire.LeaveChannelEKicked  // LEAVECHANNEL_E_KICKED: the account logged in elsewhere
	LeaveChannelEByUser  Code = wire.LeaveChannelEByUser  // LEAVECHANNEL_E_BYUSER: left by ChannelLeave or by joining another channel: the normal case
	LeaveChannelELogout  Code = wire.LeaveChannelELogout  // LEAVECHANNEL_E_LOGOUT: left by Logout
	LeaveChannelEDisconn Code = wire.LeaveChannelEDisconn // LEAVECHANNEL_E_DISCONN: the connection was lost for good, or the channel could not be joined anew
)

// Codes of [ICallBack].OnInviteFailed.
const (
	InviteEOther       Code = wire.InviteEOther       // INVITE_E_OTHER: refused, ended with the session, or too many open calls as caller
	InviteEReinvite    Code = wire.InviteEReinvite    // INVITE_E_REINVITE: this call is open already; the first invite goes on
	InviteENet         Code = wire.InviteENet         // INVITE_E_NET: no answer from the server in time, or the connection was lost for good
	InviteEPeerOffline Code = wire.InviteEPeerOffline // INVITE_E_PEEROFFLINE: the callee is offline
	InviteETimeout     Code = wire.InviteETimeout     // INVITE_E_TIMEOUT: the callee is online but did not receive or answer the call in time
	InviteECantRecv    Code = wire.InviteECantRecv    // INVITE_E_CANTRECV: the callee has too many calls waiting or open
)

// Codes that any failure may have, and the ones of [ICallBack].OnError.
const (
	GeneralE           Code = wire.GeneralE           // GENERAL_E: a general error
	GeneralEFailed     Code = wire.GeneralEFailed     // GENERAL_E_FAILED: the operation failed
	GeneralEUnknown    Code = wire.GeneralEUnknown    // GENERAL_E_UNKNOWN: unknown: a handler panicked
	GeneralENotLogin   Code = wire.GeneralENotLogin   // GENERAL_E_NOT_LOGIN: not logged in
	GeneralEWrongParam Code = wire.GeneralEWrongParam // GENERAL_E_WRONG_PARAM: a parameter is malformed
	GeneralELargeParam Code = wire.GeneralELargeParam // GENERAL_E_LARGE_PARAM: a parameter is too large
)

// String returns the name in the service's documents, such as LOGIN_E_TOKENWRONG, or Code(1234) for a
// code that they do not have.
func (c Code) String() string {
	if name := wire.CodeName(int(c)); name != "" {
		return name
	}
	return "Code(" + strconv.Itoa(int(c)) + ")"
}

// Error returns the code's name and number, such as "signal: LOGIN_E_TOKENWRONG (206)".
func (c Code) Error() string {
	name := wire.CodeName(int(c))
	if name == "" {
		return "signal: " + c.String()
	}
	return "signal: " + name + " (" + strconv.Itoa(int(c)) + ")"
}
