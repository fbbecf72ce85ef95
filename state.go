package signal

// The states that GetStatus answers with.
//
// Seed: LOGIN_STATE_NOT_LOGIN, LOGIN_STATE_LOGINING, LOGIN_STATE_LOGINED, LOGIN_STATE_RECONNECTING
const (
	LoginStateNotLogin     int = 0 // LOGIN_STATE_NOT_LOGIN: before Login, after a failed login, after OnLogout, after Destroy
	LoginStateLogining     int = 1 // LOGIN_STATE_LOGINING: from Login until OnLoginSuccess or OnLoginFailed
	LoginStateLogined      int = 2 // LOGIN_STATE_LOGINED: logged in and connected
	LoginStateReconnecting int = 3 // LOGIN_STATE_RECONNECTING: logged in, the connection is lost and is being made again
)
