//go:build load && unix

package main

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/recorder"
)

// chat sends messages to a peer and to the channel by turns, each after the outcome of the one before, until done.
func chat(t *testing.T, u user, account, peer string, done <-chan struct{}) {
	t.Helper()
	for n := 0; ; n++ {
		select {
		case <-done:
			return
		default:
		}
		id := fmt.Sprintf("%s %06d", account, n)
		if n%2 == 0 {
			u.MessageInstantSend(peer, 0, id, id)
		} else {
			u.MessageChannelSend("room", id, id)
		}
		for {
			c := u.NextWithin(t, time.Minute)
			if c.Is("OnMessageSendSuccess", id) || c.Is("OnMessageSendError", id) {
				break
			}
		}
	}
}

// A daemon that is killed under load and started again has lost what was in its memory, and nothing else: clients come
// back by themselves, each call has one outcome, what was acknowledged before does not come twice, order holds, members
// are told anew who is there, open calls end.
func TestKilledDaemon(t *testing.T) {
	t.Parallel()
	const users, bound = 20, 30 * time.Second
	fast := []string{"-user-messages-per-second", "-1", "-calls-per-second", "-1", "-channel-messages-per-second", "-1"}
	p := spawn(t, fast...)
	opt := signal.WithServer("ws://" + p.ws + "/")
	var all []user
	name := func(i int) string { return fmt.Sprintf("user%02d", i) }
	for i := range users {
		u := loggedIn(t, name(i), opt)
		u.ChannelJoin("room")
		u.Await(t, "OnChannelUserList")
		all = append(all, u)
	}
	all[0].ChannelInviteUser("accepted", name(1), 0)
	all[1].Await(t, "OnInviteReceived")
	all[1].ChannelInviteAccept("accepted", name(0), 0, "")
	all[0].Await(t, "OnInviteAcceptedByPeer")
	all[2].ChannelInviteUser("ringing", name(3), 0)
	all[3].Await(t, "OnInviteReceived")
	all[2].Await(t, "OnInviteReceivedByPeer")

	done := make(chan struct{})
	var chatting sync.WaitGroup
	for i, u := range all {
		chatting.Go(func() { chat(t, u, name(i), name(i^1), done) })
	}
	each := func(name string, n int) func() bool {
		return func() bool {
			for _, u := range all {
				if u.Fired()[name] < n {
					return false
				}
			}
			return true
		}
	}
	require.Eventually(t, each("OnMessageSendSuccess", 50), patience, 10*time.Millisecond)
	killed := time.Now()
	require.NoError(t, p.cmd.Process.Kill())
	<-p.exited
	spawn(t, append(fast, "-addr", p.ws)...)
	require.Eventually(t, each("OnReconnected", 1), bound, 10*time.Millisecond)
	back := time.Since(killed)
	sent := 0
	for _, u := range all {
		sent = max(sent, u.Fired()["OnMessageSendSuccess"])
	}
	require.Eventually(t, each("OnMessageSendSuccess", sent+20), bound, 10*time.Millisecond, "messages flow again")
	require.Eventually(t, each("OnChannelUserList", 2), bound, 10*time.Millisecond)
	close(done)
	chatting.Wait()
	for _, u := range all { // all that was acknowledged is on its way: behind it comes this
		u.ChannelQueryUserNum("room")
	}
	require.Eventually(t, each("OnChannelQueryUserNumResult", 1), bound, 10*time.Millisecond)

	outcomes, early := outcomesOf(all, killed)
	for id, n := range outcomes {
		require.Equal(t, 1, n, id)
	}
	heard, again := make(map[string]bool), 0
	for i, u := range all {
		again += inOrder(t, u.All(), early, heard)
		assert.Zero(t, u.Count("OnLogout"), name(i))
		assert.Zero(t, u.Count("OnChannelLeaved"), name(i))
		for _, c := range u.All() {
			if c.Name == "OnChannelQueryUserNumResult" {
				assert.Equal(t, []any{"room", 0, users}, c.Args)
			}
		}
	}
	for i, want := range []string{"OnInviteEndByPeer", "OnInviteEndByPeer", "OnInviteFailed", "OnInviteEndByPeer"} {
		assert.Equal(t, 1, all[i].Fired()[want], "%s: %v", name(i), all[i].Fired())
	}
	assert.Equal(t, 1, all[2].Count("OnInviteFailed", "ringing", name(3), 0, int(signal.InviteENet)))
	lost := 0
	for id := range early {
		if !heard[id] {
			lost++
		}
	}
	t.Logf("all of %d users back %.2f s after the kill; %d messages acknowledged before it, %d of these lost with the memory; "+
		"%d that were under way came twice; %d messages in all", users, back.Seconds(), len(early), lost, again, len(outcomes))
}

// outcomesOf counts the outcomes of each message; early are those that were told before the kill.
func outcomesOf(all []user, killed time.Time) (outcomes map[string]int, early map[string]bool) {
	outcomes, early = make(map[string]int), make(map[string]bool)
	for _, u := range all {
		for _, c := range u.All() {
			if c.Name == "OnMessageSendSuccess" || c.Name == "OnMessageSendError" {
				id := fmt.Sprint(c.Args[0])
				outcomes[id]++
				if c.Name == "OnMessageSendSuccess" && c.At.Before(killed) {
					early[id] = true
				}
			}
		}
	}
	return outcomes, early
}

// inOrder checks that messages came in the order of each sender, and once if they were acknowledged before the kill. It
// returns how many of the others came again.
func inOrder(t *testing.T, calls []recorder.Call, early, heard map[string]bool) (again int) {
	t.Helper()
	last := make(map[string]string)
	for _, c := range calls {
		var from, text string
		switch c.Name {
		case "OnMessageInstantReceive":
			from, text = "to me", fmt.Sprint(c.Args[2])
		case "OnMessageChannelReceive":
			from, text = fmt.Sprint(c.Args[1]), fmt.Sprint(c.Args[3])
		default:
			continue
		}
		heard[text] = true
		switch {
		case text == last[from] && !early[text]:
			again++
		case text <= last[from]:
			assert.Fail(t, "out of order, or twice", "%q after %q", text, last[from])
		}
		last[from] = text
	}
	return again
}
