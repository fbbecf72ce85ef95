//go:build load && unix

package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
)

// stopped is longer than the server's and the clients' patience with a socket, and shorter than a session lives.
const stopped = 40 * time.Second

// A client that was stopped for longer than its socket lives goes on with its session: what was sent meanwhile arrives,
// once and in order.
func TestStoppedClient(t *testing.T) {
	t.Parallel()
	const missed = 100
	p := spawn(t, "-user-messages-per-second", "-1", "-calls-per-second", "-1")
	bob := loggedIn(t, "bob", signal.WithServer("ws://"+p.ws+"/"))
	alice := startClient(t, p)
	alice.login("alice")
	alice.do("join", "room")
	alice.await(patience, "OnChannelJoined")
	bob.ChannelJoin("room")
	bob.Await(t, "OnChannelUserList")
	alice.signal(syscall.SIGSTOP)
	bob.MessageInstantSend("alice", 0, "0", "")
	bob.Await(t, "OnMessageSendSuccess")
	began := time.Now()
	lasts(stopped)
	for n := 1; n < missed; n++ {
		bob.MessageInstantSend("alice", 0, fmt.Sprint(n), "")
		bob.Await(t, "OnMessageSendSuccess")
	}
	bob.QueryUserStatus("alice")
	bob.Await(t, "OnQueryUserStatusResult", "alice", "1")
	_, metrics := get(t, "http://"+p.admin+"/metrics")
	assert.Regexp(t, `(?m)^signald_\w*silent\w* 1$`, metrics, "the socket is gone")
	alice.signal(syscall.SIGCONT)
	woke := time.Now()
	alice.await(patience, "OnReconnecting", 1)
	back := alice.await(patience, "OnReconnected", 2)
	alice.await(patience, "OnMessageInstantReceive", "bob", 0, fmt.Sprint(missed-1))
	assert.Equal(t, upTo(missed), received(alice.all(), "bob"))
	alice.do("send", "bob", "hello again")
	bob.Await(t, "OnMessageInstantReceive", "alice", 0, "hello again")
	assert.Zero(t, bob.Count("OnChannelUserLeaved"))
	t.Logf("stopped for %.1f s, back %.2f s after it", woke.Sub(began).Seconds(), back.At.Sub(woke).Seconds())
}

// A daemon that was stopped for longer than clients are patient: they leave, and come back to their sessions.
func TestStoppedDaemon(t *testing.T) {
	t.Parallel()
	p := spawn(t)
	opt := signal.WithServer("ws://" + p.ws + "/")
	long := signal.WithCallTimeout(2 * time.Minute)
	alice, bob := loggedIn(t, "alice", opt, long), loggedIn(t, "bob", opt, long)
	for _, u := range []user{alice, bob} {
		u.ChannelJoin("room")
		u.Await(t, "OnChannelUserList")
	}
	brief := startClient(t, p) // whose session lives for a shorter time than the daemon is stopped
	brief.login("brief")
	brief.short()
	const each = 20
	p.stop()
	began := time.Now()
	for n := range each {
		alice.MessageInstantSend("bob", 0, fmt.Sprint(n), "")
		bob.MessageInstantSend("alice", 0, fmt.Sprint(n), "")
		alice.MessageChannelSend("room", fmt.Sprint(n), "")
	}
	lost := alice.AwaitWithin(t, stopped, "OnReconnecting", 1)
	assert.Greater(t, lost.At.Sub(began), 14*time.Second, "of 25 s of silence 10 may be over")
	lasts(stopped - time.Since(began))
	p.signal(syscall.SIGCONT)
	woke := time.Now()
	back := alice.AwaitWithin(t, 30*time.Second, "OnReconnected", 2)
	bob.AwaitWithin(t, 30*time.Second, "OnReconnected", 2)
	last := fmt.Sprint(each - 1)
	alice.Await(t, "OnMessageChannelReceive", "room", "alice", 0, last)
	for u, peer := range map[user]string{alice: "bob", bob: "alice"} {
		u.MessageInstantSend(peer, 0, fmt.Sprint(each), "")
	}
	for u, peer := range map[user]string{alice: "bob", bob: "alice"} {
		for u.Count("OnMessageInstantReceive", peer) <= each {
			u.NextWithin(t, patience)
		}
		assert.Equal(t, upTo(each+1), received(u.All(), peer))
		assert.Equal(t, each, u.Count("OnMessageChannelReceive", "room", "alice"))
		assert.Equal(t, 1, u.Count("OnReconnected"))
		assert.Equal(t, 1, u.Count("OnChannelUserList"))
		for _, none := range []string{"OnLogout", "OnChannelUserLeaved", "OnMessageSendError", "OnError"} {
			assert.Zero(t, u.Count(none), none)
		}
	}
	brief.await(patience, "OnReconnected", 2)
	for _, c := range brief.all() {
		assert.NotEqual(t, "OnLogout", c.Name)
	}
	t.Logf("silence noticed after %.1f s; stopped for %.1f s, back %.2f s after it",
		lost.At.Sub(began).Seconds(), woke.Sub(began).Seconds(), back.At.Sub(woke).Seconds())
}

// A daemon wakes up to sockets whose time is over by the clock, and in which everything lies that their clients sent
// meanwhile: these are not thrown out.
func TestStoppedDaemonKeepsPatientClients(t *testing.T) {
	t.Parallel()
	p := spawn(t)
	ws := patient(t, p)
	p.stop()
	for began := time.Now(); time.Since(began) < stopped; {
		lasts(10 * time.Second)
		ws.ping(t)
	}
	p.signal(syscall.SIGCONT)
	ws.pongs(t, 4)
	_, metrics := get(t, "http://"+p.admin+"/metrics")
	assert.Regexp(t, `(?m)^signald_\w*silent\w* 0$`, metrics)
}

// stop stops the daemon, and returns when it has: on a busy machine it may run on for a moment.
func (p *process) stop() {
	p.t.Helper()
	p.signal(syscall.SIGSTOP)
	require.Eventually(p.t, func() bool {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
		_, state, _ := strings.Cut(string(stat), ") ")
		return err != nil || strings.HasPrefix(state, "T") // where there is no such file nobody can say
	}, patience, time.Millisecond)
}

// lasts lets time pass: what is stopped does not say when it is enough.
func lasts(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	<-timer.C
}
