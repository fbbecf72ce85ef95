package contract

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/recorder"
)

// This file is what holds between users of different nodes.

// A session is where its account logged in last, and nowhere else.
func (c *cluster) takeover(t *testing.T) {
	first := c.user(t, "alice", 0)
	second := c.visitor(t, "", 1)
	second.account = first.account
	second.logIn(t)
	first.Expect(t, "OnLogout", int(signal.LogoutEKicked))
	third := c.user(t, "carol", 0)
	third.MessageInstantSend(first.account, 0, "for the newest", "m")
	second.Expect(t, "OnMessageInstantReceive", third.account, 0, "for the newest")
	first.Quiet(t)
}

// Whoever joins another channel leaves the one before.
func (c *cluster) oneChannel(t *testing.T) {
	alice, bob := c.user(t, "alice", 0), c.user(t, "bob", 1)
	one, other := c.name("room"), c.name("room")
	bob.join(t, one)
	alice.join(t, one)
	bob.Expect(t, "OnChannelUserJoined", alice.account, 0)
	alice.join(t, other)
	bob.Expect(t, "OnChannelUserLeaved", alice.account, 0)
	alice.MessageChannelSend(one, "from outside", "m")
	alice.Expect(t, "OnMessageSendError", "m", int(signal.SendMessageEOther))
	bob.Quiet(t)
}

// All members have the same list and hear everything in the same order.
func (c *cluster) membersAndEvents(t *testing.T) {
	const each = 20
	room := c.name("room")
	alice, bob := c.user(t, "alice", 0), c.user(t, "bob", 1)
	alice.join(t, room)
	bob.join(t, room)
	alice.Expect(t, "OnChannelUserJoined", bob.account, 0)
	for i := range each {
		alice.MessageChannelSend(room, fmt.Sprint("alice ", i), "")
		bob.MessageChannelSend(room, fmt.Sprint("bob ", i), "")
	}
	heard := func(u *user) (texts []string) {
		for len(texts) < 2*each {
			texts = append(texts, u.Await(t, "OnMessageChannelReceive", room).Args[3].(string)) //nolint:errcheck,forcetypeassert // or the test is wrong
		}
		return texts
	}
	assert.Equal(t, heard(alice), heard(bob))
	carol := c.visitor(t, "carol", 0)
	carol.logIn(t)
	carol.ChannelJoin(room)
	carol.Expect(t, "OnChannelJoined", room)
	list := carol.Expect(t, "OnChannelUserList")
	assert.Equal(t, []string{alice.account, bob.account, carol.account}, sorted(list.Args[0]))
}

// A channel's rate counts what comes from all nodes.
func (c *cluster) rateCounters(t *testing.T) {
	const limit, users = 3, 6
	room := c.name("room")
	owner := c.user(t, "owner", 0)
	owner.join(t, room)
	owner.ChannelSetAttr(room, "_sendmsg_limit", fmt.Sprint(limit))
	owner.Expect(t, "OnChannelAttrUpdated", room, "_sendmsg_limit", fmt.Sprint(limit), "update")
	var all []*user
	for i := range users {
		u := c.user(t, "user", i)
		u.join(t, room)
		all = append(all, u)
	}
	for _, u := range all { // at once: a bucket of three refills in a second
		u.MessageChannelSend(room, "hi", "m")
		u.MessageChannelSend(room, "hi", "m")
	}
	passed := 0
	for _, u := range all {
		for range 2 {
			for {
				call := u.Next(t)
				if call.Is("OnMessageSendSuccess") {
					passed++
				} else if !call.Is("OnMessageSendError") {
					continue
				}
				break
			}
		}
	}
	assert.GreaterOrEqual(t, passed, limit)
	assert.Less(t, passed, 2*users, "the nodes' users together sent more than the channel takes")
}

// Who watches hears of all users, wherever they are.
func (c *cluster) specialChannels(t *testing.T) {
	watcher := c.user(t, "watcher", 0)
	watcher.ChannelJoin("__agora_user_online")
	watcher.Await(t, "OnChannelJoined", "__agora_user_online")
	for i := range c.nodes {
		u := c.user(t, "user", i)
		call := watcher.Await(t, "OnMessageChannelReceive", "__agora_user_online", u.account)
		assert.Contains(t, call.Args[3], `"event":"online"`)
	}
}

// A call ends in one way for both sides.
func (c *cluster) calls(t *testing.T) {
	alice, bob, room := c.user(t, "alice", 0), c.user(t, "bob", 1), c.name("room")
	alice.ChannelInviteUser2(room, bob.account, `{}`)
	bob.Expect(t, "OnInviteReceived", room, alice.account)
	alice.Expect(t, "OnInviteReceivedByPeer", room, bob.account)
	bob.ChannelInviteAccept(room, alice.account, 0, "")
	alice.Expect(t, "OnInviteAcceptedByPeer", room, bob.account)
	alice.ChannelInviteEnd(room, bob.account, 0)
	alice.Expect(t, "OnInviteEndByMyself", room, bob.account)
	bob.Expect(t, "OnInviteEndByPeer", room, alice.account)
}

func (c *cluster) attributes(t *testing.T) {
	alice, bob, room := c.user(t, "alice", 0), c.user(t, "bob", 1), c.name("room")
	alice.SetAttr("mood", "sunny")
	alice.GetAttr("mood")
	alice.Await(t, "OnUserAttrResult", alice.account, "mood", "sunny")
	bob.GetUserAttr(alice.account, "mood")
	bob.Await(t, "OnUserAttrResult", alice.account, "mood", "sunny")
	alice.join(t, room)
	bob.join(t, room)
	bob.ChannelSetAttr(room, "topic", "rain")
	alice.Await(t, "OnChannelAttrUpdated", room, "topic", "rain", "update")
}

// What an administrator asks of one node is answered for all.
func (c *cluster) administrators(t *testing.T) {
	alice, bob, room := c.user(t, "alice", 0), c.user(t, "bob", 1), c.name("room")
	alice.join(t, room)
	for _, n := range c.nodes {
		sessions, err := n.Sessions(t.Context(), "app", 0)
		require.NoError(t, err)
		var names []string
		for _, s := range sessions {
			names = append(names, s.Account)
		}
		assert.Subset(t, names, []string{alice.account, bob.account})
		channels, err := n.Channels(t.Context(), "app", 0)
		require.NoError(t, err)
		found := false
		for _, ch := range channels {
			found = found || ch.Name == room && ch.Members == 1
		}
		assert.True(t, found, "%s is not in %v", room, channels)
	}
	require.NoError(t, c.nodes[0].SendSystem(context.Background(), "app", bob.account, "from above"))
	bob.Await(t, "OnMessageInstantReceive", recorder.Any, recorder.Any, "from above")
	require.NoError(t, c.nodes[1].Kick(context.Background(), "app", alice.account))
	alice.Await(t, "OnLogout", int(signal.LogoutEOther))
}

// Each node tells clients of all.
func (c *cluster) discovery(t *testing.T) {
	for _, n := range c.nodes {
		r := httptest.NewRecorder()
		n.ServeHTTP(r, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/getaddr?vid=app", nil))
		for _, other := range c.nodes {
			assert.Contains(t, r.Body.String(), `"ws://`+other.address+`/"`)
		}
	}
}
