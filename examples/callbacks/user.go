package main

import (
	"fmt"

	signal "github.com/agora-signal-go/signal"
)

// user is one person with a client of his own. NopCallBack is embedded so that only the callbacks of this
// story need to be written; each puts a sentence into heard.
type user struct {
	signal.NopCallBack
	name  string
	api   *signal.API
	heard chan string
}

func newUser(name, url string) *user {
	u := &user{name: name, api: signal.New(appID, signal.WithServer(url)), heard: make(chan string, 100)}
	u.api.CallbackSet(u)
	return u
}

func (u *user) tell(format string, args ...any) { u.heard <- fmt.Sprintf(format, args...) }

func (u *user) OnLoginSuccess(_, _ int) { u.tell("logged in") }
func (u *user) OnLoginFailed(ecode int) { u.tell("login failed: %s", signal.Code(ecode).String()) }
func (u *user) OnLogout(ecode int)      { u.tell("logged out (%s)", signal.Code(ecode).String()) }
func (u *user) OnError(name string, ecode int, desc string) {
	u.tell("%s: %s: %s", name, signal.Code(ecode).String(), desc)
}

func (u *user) OnMessageInstantReceive(account string, _ int, msg string) {
	u.tell("message from %s: %s", account, msg)
}

func (u *user) OnMessageSendSuccess(id string) {
	if id == "m1" {
		u.tell("%s was delivered to the server", id)
	}
}

func (u *user) OnMessageSendError(id string, ecode int) {
	u.tell("%s was not sent: %s", id, signal.Code(ecode).String())
}

func (u *user) OnChannelJoined(channel string)               { u.tell("joined %s", channel) }
func (u *user) OnChannelJoinFailed(channel string, _ int)    { u.tell("could not join %s", channel) }
func (u *user) OnChannelUserList(accounts []string, _ []int) { u.tell("members: %s", accounts) }
func (u *user) OnChannelUserJoined(account string, _ int)    { u.tell("%s came in", account) }
func (u *user) OnChannelUserLeaved(account string, _ int)    { u.tell("%s went out", account) }
func (u *user) OnChannelLeaved(channel string, ecode int) {
	u.tell("left %s (%s)", channel, signal.Code(ecode).String())
}

func (u *user) OnChannelAttrUpdated(channel, name, value, _ string) {
	u.tell("%s: %s = %s", channel, name, value)
}

func (u *user) OnMessageChannelReceive(channel, account string, _ int, msg string) {
	u.tell("%s: %s says: %s", channel, account, msg)
}

func (u *user) OnUserAttrResult(account, name, value string) {
	u.tell("%s's %s is %s", account, name, value)
}

func (u *user) OnInviteReceived(_, account string, _ int, extra string) {
	u.tell("%s calls: %s", account, extra)
}
func (u *user) OnInviteReceivedByPeer(_, account string, _ int) { u.tell("it rings at %s's", account) }
func (u *user) OnInviteAcceptedByPeer(_, account string, _ int, _ string) {
	u.tell("%s accepts", account)
}
func (u *user) OnInviteFailed(_, account string, _, ecode int, _ string) {
	u.tell("could not call %s: %s", account, signal.Code(ecode).String())
}
func (u *user) OnInviteEndByMyself(_, _ string, _ int)               { u.tell("I hung up") }
func (u *user) OnInviteEndByPeer(_, account string, _ int, _ string) { u.tell("%s hung up", account) }
