package mobile

// MessageInstantSend sends a message to account.
func (a *API) MessageInstantSend(account string, uid int, msg, msgID string) {
	a.api.MessageInstantSend(account, uid, msg, msgID)
}

// MessageChannelSend sends a message to the channel that the user is in.
func (a *API) MessageChannelSend(channelID, msg, msgID string) {
	a.api.MessageChannelSend(channelID, msg, msgID)
}

// MessageChannelSendForce sends a message to any channel.
func (a *API) MessageChannelSendForce(channelID, msg, msgID string) {
	a.api.MessageChannelSendForce(channelID, msg, msgID)
}

// MessageDTMFSend always fails.
//
// Deprecated: Use [API.ChannelInviteDTMF].
func (a *API) MessageDTMFSend(uid int, msg, msgID string) { a.api.MessageDTMFSend(uid, msg, msgID) }

// ChannelJoin joins a channel.
func (a *API) ChannelJoin(channelID string) { a.api.ChannelJoin(channelID) }

// ChannelLeave leaves the channel.
func (a *API) ChannelLeave(channelID string) { a.api.ChannelLeave(channelID) }

// ChannelQueryUserNum asks how many are in a channel.
func (a *API) ChannelQueryUserNum(channelID string) { a.api.ChannelQueryUserNum(channelID) }

// ChannelSetAttr sets an attribute of a channel.
func (a *API) ChannelSetAttr(channelID, name, value string) {
	a.api.ChannelSetAttr(channelID, name, value)
}

// ChannelDelAttr deletes an attribute of a channel.
func (a *API) ChannelDelAttr(channelID, name string) { a.api.ChannelDelAttr(channelID, name) }

// ChannelClearAttr deletes all attributes of a channel.
func (a *API) ChannelClearAttr(channelID string) { a.api.ChannelClearAttr(channelID) }

// QueryUserStatus asks whether account is online.
func (a *API) QueryUserStatus(account string) { a.api.QueryUserStatus(account) }

// SetAttr sets an attribute of the user.
func (a *API) SetAttr(name, value string) { a.api.SetAttr(name, value) }

// GetAttr asks for an attribute of the user.
func (a *API) GetAttr(name string) { a.api.GetAttr(name) }

// GetAttrAll asks for all attributes of the user.
func (a *API) GetAttrAll() { a.api.GetAttrAll() }

// GetUserAttr asks for an attribute of account.
func (a *API) GetUserAttr(account, name string) { a.api.GetUserAttr(account, name) }

// GetUserAttrAll asks for all attributes of account.
func (a *API) GetUserAttrAll(account string) { a.api.GetUserAttrAll(account) }

// ChannelInviteUser calls account.
func (a *API) ChannelInviteUser(channelID, account string, uid int) {
	a.api.ChannelInviteUser(channelID, account, uid)
}

// ChannelInviteUser2 calls account, with something to say.
func (a *API) ChannelInviteUser2(channelID, account, extra string) {
	a.api.ChannelInviteUser2(channelID, account, extra)
}

// ChannelInviteAccept accepts the call of account.
func (a *API) ChannelInviteAccept(channelID, account string, uid int, extra string) {
	a.api.ChannelInviteAccept(channelID, account, uid, extra)
}

// ChannelInviteRefuse refuses the call of account.
func (a *API) ChannelInviteRefuse(channelID, account string, uid int, extra string) {
	a.api.ChannelInviteRefuse(channelID, account, uid, extra)
}

// ChannelInviteEnd ends the call with account.
func (a *API) ChannelInviteEnd(channelID, account string, uid int) {
	a.api.ChannelInviteEnd(channelID, account, uid)
}

// ChannelInviteDTMF sends telephone keys in a call.
func (a *API) ChannelInviteDTMF(channelID, phoneNum, dtmf string) {
	a.api.ChannelInviteDTMF(channelID, phoneNum, dtmf)
}

// ChannelInvitePhone calls the account phoneNum.
//
// Deprecated: Use [API.ChannelInviteUser].
func (a *API) ChannelInvitePhone(channelID, phoneNum string, uid int) {
	a.api.ChannelInvitePhone(channelID, phoneNum, uid)
}

// ChannelInvitePhone2 calls the account phoneNum.
//
// Deprecated: Use [API.ChannelInviteUser2].
func (a *API) ChannelInvitePhone2(channelID, phoneNum, sourcesNum string) {
	a.api.ChannelInvitePhone2(channelID, phoneNum, sourcesNum)
}

// ChannelInvitePhone3 calls the account phoneNum.
//
// Deprecated: Use [API.ChannelInviteUser2].
func (a *API) ChannelInvitePhone3(channelID, phoneNum, sourcesNum, extra string) {
	a.api.ChannelInvitePhone3(channelID, phoneNum, sourcesNum, extra)
}

// Invoke calls a function of the server.
func (a *API) Invoke(name, req, callID string) { a.api.Invoke(name, req, callID) }
