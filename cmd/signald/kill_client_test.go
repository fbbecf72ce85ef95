//go:build load && unix

package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	signal "github.com/agora-signal-go/signal"
)

const (
	sessionLife = 20 * time.Second // the least that _conn_timeout can be
	slack       = 10 * time.Second // for a machine that is busy
)

// A client that is killed in the middle of a call ends it when its session does: not before, and not much later. Other
// members see it leave then.
func TestKilledInCall(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		calls    bool // the one who is killed
		accepted bool
		want     string
		code     int // of OnInviteFailed
	}{
		"callee, accepted": {accepted: true, want: "OnInviteEndByPeer"},
		"caller, accepted": {calls: true, accepted: true, want: "OnInviteEndByPeer"},
		"callee, ringing":  {want: "OnInviteFailed", code: int(signal.InviteEPeerOffline)},
		"caller, ringing":  {calls: true, want: "OnInviteEndByPeer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := spawn(t)
			bob := loggedIn(t, "bob", signal.WithServer("ws://"+p.ws+"/"))
			alice := startClient(t, p)
			alice.login("alice")
			alice.short()
			alice.do("join", "room")
			alice.await(patience, "OnChannelJoined")
			bob.ChannelJoin("room")
			bob.Await(t, "OnChannelUserList")
			if tt.calls {
				alice.do("invite", "call", "bob")
				bob.Await(t, "OnInviteReceived", "call", "alice")
				alice.await(patience, "OnInviteReceivedByPeer", "call", "bob")
				if tt.accepted {
					bob.ChannelInviteAccept("call", "alice", 0, "")
					alice.await(patience, "OnInviteAcceptedByPeer", "call", "bob")
				}
			} else {
				bob.ChannelInviteUser("call", "alice", 0)
				alice.await(patience, "OnInviteReceived", "call", "bob")
				bob.Await(t, "OnInviteReceivedByPeer", "call", "alice")
				if tt.accepted {
					alice.do("accept", "call", "bob")
					bob.Await(t, "OnInviteAcceptedByPeer", "call", "alice")
				}
			}
			killed := time.Now()
			alice.kill()
			args := []any{"call", "alice", 0}
			if tt.code != 0 {
				args = append(args, tt.code)
			}
			left, ended := false, time.Duration(0)
			for !left || ended == 0 {
				c := bob.NextWithin(t, sessionLife+slack)
				switch {
				case c.Is("OnChannelUserLeaved", "alice"):
					left = true
				case c.Is(tt.want, args...):
					ended = c.At.Sub(killed)
				default:
					t.Errorf("%v", c)
				}
			}
			assert.Greater(t, ended, sessionLife-time.Second)
			t.Logf("%s after %.1f s", tt.want, ended.Seconds())
			bob.QueryUserStatus("alice")
			bob.Expect(t, "OnQueryUserStatusResult", "alice", "0")
			bob.Quiet(t)
		})
	}
}

// A process that logs in at once in the place of one that was killed gets what that one had not acknowledged, and in
// order; the call that it was in ends at once, for the old session does.
func TestKilledAndBackAtOnce(t *testing.T) {
	t.Parallel()
	const before, after = 50, 50
	p := spawn(t, "-user-messages-per-second", "-1")
	bob := loggedIn(t, "bob", signal.WithServer("ws://"+p.ws+"/"))
	alice := startClient(t, p)
	alice.login("alice")
	bob.ChannelInviteUser("call", "alice", 0)
	alice.await(patience, "OnInviteReceived", "call", "bob")
	alice.do("accept", "call", "bob")
	bob.Await(t, "OnInviteAcceptedByPeer", "call", "alice")
	for n := range before {
		bob.MessageInstantSend("alice", 0, fmt.Sprint(n), fmt.Sprint(n))
	}
	alice.await(patience, "OnMessageInstantReceive", "bob", 0, fmt.Sprint(before/2))
	alice.kill()
	bob.Await(t, "OnMessageSendSuccess", fmt.Sprint(before-1))
	again := startClient(t, p)
	again.login("alice")
	bob.Await(t, "OnInviteEndByPeer", "call", "alice")
	for n := range after {
		bob.MessageInstantSend("alice", 0, fmt.Sprint(before+n), fmt.Sprint(before+n))
		bob.Await(t, "OnMessageSendSuccess")
	}
	again.await(patience, "OnMessageInstantReceive", "bob", 0, fmt.Sprint(before+after-1))

	first, second := received(alice.all(), "bob"), received(again.all(), "bob")
	assert.Equal(t, upTo(len(first)), first)
	begin := second[0]
	assert.LessOrEqual(t, begin, len(first), "nothing is lost in between")
	assert.Equal(t, upTo(before + after)[begin:], second)
	t.Logf("the first process reported %d messages, %d came again", len(first), len(first)-begin)
}
