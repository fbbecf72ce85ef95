package signal

import "github.com/agora-signal-go/signal/internal/engine"

// QueryUserStatus asks whether account is online. OnQueryUserStatusResult follows, or
// OnError("queryUserStatus", …).
//
// Seed: queryUserStatus
func (a *API) QueryUserStatus(account string) {
	a.do(&engine.Request{Op: engine.OpQueryStatus, Method: "queryUserStatus", Account: account})
}

// SetAttr sets an attribute of the user, for all in the app to read: name has 1 to 128 bytes of printable
// UTF-8, value at most 8,096 bytes. The attribute _conn_timeout says for how many seconds, 20 to 120, the user
// stays online while its connection is lost.
//
// Nothing follows when it succeeded; a failure is OnError("setAttr", …).
//
// Seed: setAttr
func (a *API) SetAttr(name, value string) {
	a.do(&engine.Request{Op: engine.OpSetAttr, Method: "setAttr", Self: true, Name: name, Text: value})
}

// GetAttr asks for an attribute of the user. OnUserAttrResult follows, with value "" for one that is not set,
// or OnError("getAttr", …).
//
// Seed: getAttr
func (a *API) GetAttr(name string) {
	a.do(&engine.Request{Op: engine.OpGetAttr, Method: "getAttr", Self: true, Name: name})
}

// GetAttrAll asks for all attributes of the user. OnUserAttrAllResult follows, with a JSON object, or
// OnError("getAttrAll", …).
//
// Seed: getAttrAll
func (a *API) GetAttrAll() {
	a.do(&engine.Request{Op: engine.OpGetAttrAll, Method: "getAttrAll", Self: true})
}

// GetUserAttr asks for an attribute of account. OnUserAttrResult follows, with value "" for one that is not
// set, or OnError("getUserAttr", …).
//
// Seed: getUserAttr
func (a *API) GetUserAttr(account, name string) {
	a.do(&engine.Request{Op: engine.OpGetAttr, Method: "getUserAttr", Account: account, Name: name})
}

// GetUserAttrAll asks for all attributes of account. OnUserAttrAllResult follows, with a JSON object, or
// OnError("getUserAttrAll", …).
//
// Seed: getUserAttrAll
func (a *API) GetUserAttrAll(account string) {
	a.do(&engine.Request{Op: engine.OpGetAttrAll, Method: "getUserAttrAll", Account: account})
}
