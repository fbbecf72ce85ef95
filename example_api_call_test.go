package signal_test

import (
	"fmt"

	"github.com/agora-signal-go/signal"
)

// phone is one side of a call.
type phone struct {
	signal.NopCallBack
	api     *signal.API
	online  chan struct{}
	done    chan struct{}
	account string
}

func newPhone(at signal.Option, account string) *phone {
	p := &phone{api: signal.New("my app", at), account: account, online: make(chan struct{}), done: make(chan struct{})}
	p.api.CallbackSet(p)
	p.api.Login("my app", account, signal.NoToken, 0, "")
	<-p.online
	return p
}

func (p *phone) OnLoginSuccess(_, _ int) { close(p.online) }

func (p *phone) OnInviteReceived(channelID, account string, _ int, extra string) {
	fmt.Println(p.account+":", account, "calls", extra)
	p.api.ChannelInviteAccept(channelID, account, 0, "")
}

func (p *phone) OnInviteAcceptedByPeer(channelID, account string, _ int, _ string) {
	fmt.Println(p.account+":", account, "accepted")
	p.api.ChannelInviteDTMF(channelID, account, "12#")
}

func (p *phone) OnInviteMsg(channelID, account string, _ int, msgType, msgData, _ string) {
	fmt.Println(p.account+":", msgType, msgData)
	p.api.ChannelInviteEnd(channelID, account, 0)
}

func (p *phone) OnInviteEndByMyself(_, _ string, _ int) { close(p.done) }

func (p *phone) OnInviteEndByPeer(_, account string, _ int, _ string) {
	fmt.Println(p.account+":", account, "hung up")
	close(p.done)
}

func (p *phone) OnInviteFailed(_, account string, _, ecode int, _ string) {
	fmt.Println(p.account+":", account, "not reached:", signal.Code(ecode).String())
	p.api.ChannelInviteUser2("room 7", "bob", `{"_timeout":30}`)
}

// A call: who is not there is not reached, who is accepts, presses keys and hangs up.
func ExampleAPI_ChannelInviteUser2() {
	at, stop := localServer()
	defer stop()
	alice, bob := newPhone(at, "alice"), newPhone(at, "bob")
	defer alice.api.Destroy()
	defer bob.api.Destroy()

	alice.api.ChannelInviteUser2("room 7", "carol", `{"_require_peer_online":1}`)
	<-bob.done
	<-alice.done
	// Output:
	// alice: carol not reached: INVITE_E_PEEROFFLINE
	// bob: alice calls {"_timeout":30}
	// alice: bob accepted
	// bob: DTMF 12#
	// alice: bob hung up
}
