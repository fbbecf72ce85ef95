package main

import (
	"fmt"
	"time"

	signal "github.com/agora-signal-go/signal"
)

// phone is a client that prints what happens to its calls. Methods of the API may be called inside handlers:
// that is how it accepts and refuses.
type phone struct {
	signal.NopCallBack
	name   string
	api    *signal.API
	ring   func(p *phone, channel, account string) // what it does when it is called; nil lets it ring
	talk   func()                                  // what it does when its call is accepted
	ready  chan error
	result chan string // how its own call ended
}

func newPhone(name, url string, ring func(*phone, string, string)) *phone {
	p := &phone{
		name: name, api: signal.New(appID, signal.WithServer(url)), ring: ring,
		ready: make(chan error, 1), result: make(chan string, 1),
	}
	p.api.CallbackSet(p)
	return p
}

func (p *phone) logIn() error {
	p.api.Login(appID, p.name, signal.NoToken, 0, "")
	return <-p.ready // the login ends in one of two callbacks, 30 s from now at the latest
}

// over waits until the phone's own call has ended.
func (p *phone) over(want string) error {
	select {
	case got := <-p.result:
		if got != want {
			return fmt.Errorf("want %q, got %q", want, got)
		}
		return nil
	case <-time.After(5 * time.Second):
		return fmt.Errorf("want %q, but the call did not end within 5 s", want)
	}
}

func (p *phone) accept(channel, account string) { p.api.ChannelInviteAccept(channel, account, 0, "") }
func (p *phone) refuse(channel, account string) {
	p.api.ChannelInviteRefuse(channel, account, 0, `{"reason":"in a meeting"}`)
}

func (p *phone) say(format string, args ...any) string {
	text := fmt.Sprintf(format, args...)
	fmt.Printf("  %-7s %s\n", p.name+":", text)
	return text
}

func (p *phone) end(format string, args ...any) { p.result <- p.say(format, args...) }

func (p *phone) OnLoginSuccess(_, _ int) { p.ready <- nil }
func (p *phone) OnLoginFailed(ecode int) {
	p.ready <- fmt.Errorf("log in as %s: %w", p.name, signal.Code(ecode))
}

// At the callee's.

func (p *phone) OnInviteReceived(channel, account string, _ int, _ string) {
	p.say("%s calls", account)
	if p.ring != nil {
		p.ring(p, channel, account)
	}
}

func (p *phone) OnInviteMsg(_, account string, _ int, msgType, msgData, _ string) {
	p.say("%s from %s: %s", msgType, account, msgData)
}

func (p *phone) OnInviteEndByPeer(_, account string, _ int, _ string) { p.say("%s is gone", account) }

// At the caller's.

func (p *phone) OnInviteReceivedByPeer(_, account string, _ int) { p.say("it rings at %s's", account) }

func (p *phone) OnInviteAcceptedByPeer(_, account string, _ int, _ string) {
	p.say("%s accepted", account)
	if p.talk != nil {
		p.talk()
	}
}

func (p *phone) OnInviteRefusedByPeer(_, account string, _ int, extra string) {
	p.say("%s", extra)
	p.end("%s refused", account)
}

func (p *phone) OnInviteFailed(_, _ string, _, ecode int, _ string) {
	p.end("failed: %s", signal.Code(ecode).String())
}

func (p *phone) OnInviteEndByMyself(_, _ string, _ int) { p.end("I hung up") }
