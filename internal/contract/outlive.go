package contract

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
)

// outlive has nodes end, one that is killed and one in good order, and then looks at everything that was there before.
func (c *cluster) outlive(t *testing.T) {
	const waiting = 5
	room := c.name("room")
	alice, bob := c.user(t, "alice", 1), c.user(t, "bob", 1) // of the node that stays at first
	carol, dave := c.visitor(t, "carol", 1), c.visitor(t, "dave", 1)
	sender := c.name("sender")
	keyed := c.user(t, "keyed", 1)

	// A list: some of it is acknowledged, the rest waits.
	carol.logIn(t)
	alice.MessageInstantSend(carol.account, 0, "read", "")
	carol.Expect(t, "OnMessageInstantReceive", alice.account, 0, "read")
	carol.Logout()
	carol.Expect(t, "OnLogout", int(signal.LogoutEUser))
	for i := range waiting {
		id := fmt.Sprint("waits ", i)
		alice.MessageInstantSend(carol.account, 0, id, id)
		alice.Await(t, "OnMessageSendSuccess", id)
	}
	// Attributes, members, events, a call that is accepted, and one whose callee is away.
	alice.SetAttr("mood", "sunny")
	alice.join(t, room)
	bob.join(t, room)
	alice.Expect(t, "OnChannelUserJoined", bob.account, 0)
	bob.ChannelSetAttr(room, "topic", "rain")
	alice.Await(t, "OnChannelAttrUpdated", room, "topic", "rain", "update")
	bob.Await(t, "OnChannelAttrUpdated", room, "topic", "rain", "update")
	call := c.name("call")
	alice.ChannelInviteUser2(call, bob.account, `{}`)
	bob.Await(t, "OnInviteReceived", call, alice.account)
	bob.ChannelInviteAccept(call, alice.account, 0, "")
	alice.Await(t, "OnInviteAcceptedByPeer", call, bob.account)
	rings := `{"_timeout":9}`
	unheard := c.name("call")
	bob.ChannelInviteUser2(unheard, dave.account, rings)
	require.Equal(t, "ok", c.raw(t, sender, 1).send(t, keyed.account, "once", "key"))
	keyed.Expect(t, "OnMessageInstantReceive", sender, 0, "once")

	// While users talk, every partition gets another owner, and most get two.
	spoken := 0
	enough, said := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(said)
		pace := time.NewTicker(20 * time.Millisecond) // more is refused
		defer pace.Stop()
		for ; ; spoken++ {
			text := fmt.Sprint("said ", spoken)
			alice.MessageChannelSend(room, text, text)
			bob.AwaitWithin(t, patience, "OnMessageChannelReceive", room, alice.account, 0, text)
			select {
			case <-pace.C:
			case <-enough:
				spoken++
				return
			}
		}
	}()
	c.remove(t, 0, true)
	c.settle(t)
	c.add(t)
	c.settle(t)
	c.add(t)
	c.settle(t)
	close(enough)
	<-said

	// The clients' own node is the last to go: they log in at others, with what they left.
	for _, u := range []*user{alice, bob} {
		assert.Equal(t, 0, u.Count("OnLogout"), "%s was logged out", u.account)
		assert.Equal(t, 0, u.Count("OnChannelLeaved"), "%s left", u.account)
	}
	assert.Equal(t, spoken, bob.Count("OnMessageChannelReceive"), "each message once")
	bob.ChannelQueryUserNum(room)
	bob.AwaitWithin(t, patience, "OnChannelQueryUserNumResult", room, 0, 2)
	bob.GetUserAttr(alice.account, "mood")
	bob.Await(t, "OnUserAttrResult", alice.account, "mood", "sunny")
	require.Equal(t, "ok", c.raw(t, sender, 0).send(t, keyed.account, "once", "key"))
	require.Equal(t, "ok", c.raw(t, sender, 0).send(t, keyed.account, "twice", "another key"))
	keyed.AwaitWithin(t, patience, "OnMessageInstantReceive", sender, 0, "twice")
	assert.Equal(t, 2, keyed.Count("OnMessageInstantReceive"))
	bob.ChannelInviteEnd(call, alice.account, 0)
	alice.AwaitWithin(t, patience, "OnInviteEndByPeer", call, bob.account)
	// bob's invite may have failed before or fails now: once, and because nobody was there.
	require.Eventually(t, func() bool { return bob.Count("OnInviteFailed", unheard) > 0 }, patience, tick)
	assert.Equal(t, 1, bob.Count("OnInviteFailed", unheard, dave.account, 0, int(signal.InviteEPeerOffline), rings))

	c.remove(t, 0, false) // in good order, with all that it owns
	c.settle(t)
	late := c.visitor(t, "", 0)
	late.account = carol.account
	late.logIn(t)
	for i := range waiting {
		late.Expect(t, "OnMessageInstantReceive", alice.account, 0, fmt.Sprint("waits ", i))
	}
	late.ChannelJoin(room)
	late.Await(t, "OnChannelAttrUpdated", room, "topic", "rain", "update")
	late.Quiet(t)
	heir := c.user(t, "heir", 0)
	heir.GetUserAttr(alice.account, "mood")
	heir.Await(t, "OnUserAttrResult", alice.account, "mood", "sunny")
}
