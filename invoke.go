package signal

import "github.com/agora-signal-go/signal/internal/engine"

// Invoke calls a function of the server by its name, with req, a JSON object, for its parameters; the whole
// must fit 64 KiB. The service's own functions:
//
//	io.agora.signal.user_query_user_status      {"account":…}
//	io.agora.signal.user_set_attr               {"name":…,"value":…}
//	io.agora.signal.user_get_attr               {"account":…,"name":…}
//	io.agora.signal.user_get_attr_all           {"account":…}
//	io.agora.signal.channel_query_num           {"name":channel}
//	io.agora.signal.channel_query_user_isin     {"name":channel,"account":…}
//	io.agora.signal.channel_query_userlist      {"name":channel}
//	io.agora.signal.channel_query_userlist_all  {"name":channel,"num":at most}
//	io.agora.signal.channel_set_attr            {"channel":…,"name":…,"value":…}
//	io.agora.signal.channel_del_attr            {"channel":…,"name":…}
//	io.agora.signal.channel_clear_attr          {"channel":…}
//
// Any other package.function is one that the server's owner has added.
//
// OnInvokeRet follows, with callID, which may be any text.
//
// Seed: invoke
func (a *API) Invoke(name, req, callID string) {
	a.do(&engine.Request{Op: engine.OpInvoke, Method: "invoke", Name: name, Text: req, ID: callID})
}
