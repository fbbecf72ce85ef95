package signal_test

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/recorder"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

// A lane is a user's way to the server, which can be shut: who dials waits then.
type lane struct {
	srv  *signaltest.Server
	mu   sync.Mutex
	open chan struct{} // closed while the lane is open
}

func newLane(srv *signaltest.Server) *lane {
	l := &lane{srv: srv, open: make(chan struct{})}
	close(l.open)
	return l
}

func (l *lane) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	l.mu.Lock()
	open, srv := l.open, l.srv
	l.mu.Unlock()
	select {
	case <-open:
		return srv.Dial(ctx, network, addr)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// shut keeps who is connected connected.
func (l *lane) shut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = make(chan struct{})
}

func (l *lane) reopen() {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.open)
}

// lead makes the lane lead to another server.
func (l *lane) lead(srv *signaltest.Server) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.srv = srv
}

// each runs a test over real sockets and, in virtual time, over pipes.
func each(t *testing.T, test func(t *testing.T, srv *signaltest.Server), opts ...server.Option) {
	t.Helper()
	t.Parallel()
	t.Run("sockets", func(t *testing.T) {
		t.Parallel()
		test(t, signaltest.NewServer(t, opts...))
	})
	t.Run("pipes", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) { test(t, signaltest.NewPipeServer(t, opts...)) })
	})
}

// What was missed while the connection was away comes once and in order, behind OnReconnected; nobody else notices.
func TestResumeAfterCut(t *testing.T) {
	each(t, func(t *testing.T, srv *signaltest.Server) {
		const missed = 20
		way := newLane(srv)
		alice, bob := online(t, srv, "alice", signal.WithDialContext(way.dial)), online(t, srv, "bob")
		alice.enter(t, "room")
		bob.enter(t, "room")
		alice.Expect(t, "OnChannelUserJoined", "bob", 0)
		way.shut()
		srv.Cut("alice")
		alice.Expect(t, "OnReconnecting", 1)
		assert.Equal(t, signal.LoginStateReconnecting, alice.GetStatus())
		for n := range missed {
			bob.MessageInstantSend("alice", 0, fmt.Sprint(n), "")
			bob.Await(t, "OnMessageSendSuccess")
			bob.MessageChannelSend("room", fmt.Sprint(n), "")
			bob.Await(t, "OnMessageSendSuccess")
		}
		bob.ChannelSetAttr("room", "topic", "x")
		bob.Await(t, "OnChannelAttrUpdated", "room", "topic", "x")
		for n := range missed {
			alice.MessageInstantSend("bob", 0, fmt.Sprint(n), fmt.Sprint(n)) // waits
		}
		alice.Quiet(t)
		way.reopen()
		alice.Expect(t, "OnReconnected", 2)
		bob.MessageChannelSend("room", "last", "")
		for n := range missed {
			bob.Await(t, "OnMessageInstantReceive", "alice", 0, fmt.Sprint(n))
		}
		bob.MessageInstantSend("alice", 0, "last", "")
		var personal, spoken, sent, changed int
		for {
			c := alice.Next(t)
			switch c.Name {
			case "OnMessageInstantReceive":
				if c.Args[2] == "last" {
					assert.Equal(t, []int{missed, missed + 1, missed, 1}, []int{personal, spoken, sent, changed})
					assert.Zero(t, bob.Count("OnChannelUserLeaved"))
					return
				}
				assert.Equal(t, fmt.Sprint(personal), c.Args[2])
				personal++
			case "OnMessageChannelReceive":
				assert.Contains(t, []any{fmt.Sprint(spoken), "last"}, c.Args[3])
				spoken++
			case "OnMessageSendSuccess":
				assert.Equal(t, fmt.Sprint(sent), c.Args[0])
				sent++
			case "OnChannelAttrUpdated":
				changed++
			default:
				t.Errorf("%v after the resume", c)
			}
		}
	})
}

// Cuts, one upon the other, lose and double nothing.
func TestResumeAfterManyCuts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const messages = 300
		srv := pipes(t)
		alice, bob := online(t, srv, "alice"), online(t, srv, "bob")
		alice.enter(t, "room")
		bob.enter(t, "room")
		for n := range messages {
			bob.MessageInstantSend("alice", 0, fmt.Sprint(n), "")
			bob.MessageChannelSend("room", fmt.Sprint(n), "")
			switch n % 5 {
			case 0:
				srv.Cut("alice")
			case 1:
				srv.Cut("bob")
			case 3:
				srv.CutAll()
			}
			if n%2 == 0 {
				synctest.Wait()
			} else {
				time.Sleep(100 * time.Millisecond)
			}
			if n%20 == 19 {
				time.Sleep(10 * time.Second)
			}
		}
		time.Sleep(time.Minute)
		assert.Greater(t, alice.Count("OnReconnected"), 30)
		var personal, spoken []any
		for _, c := range alice.All() {
			switch c.Name {
			case "OnMessageInstantReceive":
				personal = append(personal, c.Args[2])
			case "OnMessageChannelReceive":
				spoken = append(spoken, c.Args[3])
			}
		}
		all := make([]any, messages)
		for n := range all {
			all[n] = fmt.Sprint(n)
		}
		assert.Equal(t, all, personal)
		assert.Equal(t, all, spoken)
		assert.Equal(t, 2*messages, bob.Count("OnMessageSendSuccess"))
		assert.Equal(t, 1, alice.Count("OnChannelUserList"))
		assert.Zero(t, alice.Count("OnChannelUserLeaved"))
	})
}

// A server that comes back with its memory resumes all sessions.
func TestResumeAfterRestart(t *testing.T) {
	each(t, func(t *testing.T, srv *signaltest.Server) {
		alice, bob := online(t, srv, "alice"), online(t, srv, "bob")
		alice.enter(t, "room")
		bob.enter(t, "room")
		alice.Expect(t, "OnChannelUserJoined", "bob", 0)
		srv.Restart(true)
		alice.Expect(t, "OnReconnecting", 1)
		alice.Expect(t, "OnReconnected", 2)
		bob.Expect(t, "OnReconnecting", 1)
		bob.Expect(t, "OnReconnected", 2)
		bob.MessageChannelSend("room", "still here", "m")
		alice.Expect(t, "OnMessageChannelReceive", "room", "bob", 0, "still here")
		alice.Quiet(t)
	})
}

// A server that lost its memory gets a new session, and the user is in its channel again: it is told who and what is
// there now.
func TestRejoinAfterLostMemory(t *testing.T) {
	each(t, func(t *testing.T, srv *signaltest.Server) {
		way := newLane(srv)
		alice, bob := online(t, srv, "alice", signal.WithDialContext(way.dial)), online(t, srv, "bob")
		bob.MessageInstantSend("alice", 0, "in the first life", "")
		alice.Expect(t, "OnMessageInstantReceive", "bob", 0, "in the first life")
		bob.Expect(t, "OnMessageSendSuccess") // what has no answer yet is sent again
		alice.enter(t, "room")
		for _, name := range []string{"gone", "other", "same"} {
			alice.ChannelSetAttr("room", name, "1")
			alice.Expect(t, "OnChannelAttrUpdated", "room", name, "1", "update")
		}
		alice.ChannelQueryUserNum("room") // answered behind all that
		alice.Expect(t, "OnChannelQueryUserNumResult")
		way.shut()
		srv.Restart(false)
		bob.Await(t, "OnReconnected", 2)
		for name, value := range map[string]string{"same": "1", "other": "2", "new": "3"} {
			bob.ChannelSetAttr("room", name, value)
		}
		bob.enter(t, "room")
		alice.Expect(t, "OnReconnecting", 1)
		alice.ChannelQueryUserNum("room") // goes out behind the rejoin
		way.reopen()
		alice.Expect(t, "OnReconnected", 2)
		alice.Expect(t, "OnError", "channel", int(signal.GeneralEFailed))
		alice.Expect(t, "OnChannelUserList", []string{"alice", "bob"}, []int{0, 0})
		alice.Expect(t, "OnChannelAttrUpdated", "room", "new", "3", "update")
		alice.Expect(t, "OnChannelAttrUpdated", "room", "other", "2", "update")
		alice.Expect(t, "OnChannelAttrUpdated", "room", "gone", "", "del")
		alice.Expect(t, "OnChannelQueryUserNumResult", "room", 0, 2)
		bob.Await(t, "OnChannelUserJoined", "alice")
		bob.MessageInstantSend("alice", 0, "in the second life", "")
		alice.Expect(t, "OnMessageInstantReceive", "bob", 0, "in the second life")
		alice.Quiet(t)
	})
}

// The account's second login ends the first one's session, which does not fight.
func TestKicked(t *testing.T) {
	each(t, func(t *testing.T, srv *signaltest.Server) {
		old, bob := online(t, srv, "alice"), online(t, srv, "bob")
		bob.enter(t, "room")
		old.enter(t, "room")
		now := online(t, srv, "alice")
		old.Expect(t, "OnChannelLeaved", "room", int(signal.LeaveChannelEKicked))
		old.Expect(t, "OnLogout", int(signal.LogoutEKicked))
		assert.Equal(t, signal.LoginStateNotLogin, old.GetStatus())
		bob.Await(t, "OnChannelUserLeaved", "alice", 0)
		old.GetAttr("n")
		old.Expect(t, "OnError", "getAttr", int(signal.GeneralENotLogin))
		bob.MessageInstantSend("alice", 0, "hi", "")
		now.Expect(t, "OnMessageInstantReceive", "bob", 0, "hi")
		old.Quiet(t)
	})
}

// Kicked while away: the old session finds that out when it comes back.
func TestKickedWhileAway(t *testing.T) {
	each(t, func(t *testing.T, srv *signaltest.Server) {
		way := newLane(srv)
		old := online(t, srv, "alice", signal.WithDialContext(way.dial))
		old.enter(t, "room")
		way.shut()
		srv.CutAll()
		old.Expect(t, "OnReconnecting", 1)
		now := online(t, srv, "alice")
		way.reopen()
		old.Expect(t, "OnChannelLeaved", "room", int(signal.LeaveChannelEKicked))
		old.Expect(t, "OnLogout", int(signal.LogoutEKicked))
		now.GetAttr("n")
		now.Expect(t, "OnUserAttrResult")
		now.Quiet(t)
	})
}

// Of devices that all log in to one account at the same time, one remains, and the others leave it in peace.
func TestTakeoverRace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const devices = 8
		srv := pipes(t)
		var all []user
		for range devices {
			all = append(all, visitor(t, srv))
		}
		for _, u := range all {
			go u.Login("app", "alice", signal.NoToken, 0, "")
		}
		time.Sleep(5 * time.Second)
		srv.CutAll()
		time.Sleep(10 * time.Minute)
		remain := 0
		for _, u := range all {
			u.Expect(t, "OnLoginSuccess", 0, 1)
			if u.GetStatus() == signal.LoginStateLogined {
				remain++
				u.Expect(t, "OnReconnecting", 1)
				u.Expect(t, "OnReconnected", 2)
			} else {
				u.Expect(t, "OnLogout", int(signal.LogoutEKicked))
			}
			u.Quiet(t)
		}
		assert.Equal(t, 1, remain)
	})
}

// Logout and Login without a pause: the logout is one's own, and nobody is kicked.
func TestLogoutThenLogin(t *testing.T) {
	each(t, func(t *testing.T, srv *signaltest.Server) {
		alice := online(t, srv, "alice")
		for n := range 20 {
			account := "alice"
			if n%3 == 2 {
				account = "alicia"
			}
			room := fmt.Sprint("room", n)
			alice.enter(t, room)
			alice.Logout()
			alice.Login("app", account, signal.NoToken, 0, "")
			alice.Expect(t, "OnChannelLeaved", room, int(signal.LeaveChannelELogout))
			alice.Expect(t, "OnLogout", int(signal.LogoutEUser))
			alice.Expect(t, "OnLoginSuccess", 0, n+2)
			alice.QueryUserStatus(account)
			alice.Expect(t, "OnQueryUserStatusResult", account, "1")
		}
		alice.Quiet(t)
	})
}

// The same in a handler, and before the first login is done, and both at the same time.
func TestLogoutThenLoginAtAnyTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		alice, l := visitor(t, srv), newLedger()
		login := func() { alice.Login("app", "alice", signal.NoToken, 0, "") }
		logoutThenLogin := func() {
			l.note(ending{key: "logout"}, "", alice.Logout)
			l.note(ending{key: "login"}, "", login)
		}
		again := 0
		alice.Hook(func(c recorder.Call) {
			if c.Name == "OnLoginSuccess" && again < 10 {
				again++
				logoutThenLogin()
			}
		})
		for range 10 {
			logoutThenLogin()
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		assert.Equal(t, 10, again)
		l.check(t, alice.All())
		assert.Zero(t, alice.Count("OnLogout", int(signal.LogoutEKicked)))
		assert.Equal(t, signal.LoginStateLogined, alice.GetStatus())
	})
}

// A kick that comes while one is logging out is no news.
func TestLogoutAmidKick(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		for range 10 {
			alice := online(t, srv, "alice")
			alice.enter(t, "room")
			other := visitor(t, srv, signal.WithDialContext((&spy{srv: srv, write: func(_, frame int) {
				if frame == 2 { // after the handshake
					srv.Stall(true)
				}
			}}).dial))
			other.Login("app", "alice", signal.NoToken, 0, "")
			synctest.Wait()
			alice.Logout()
			synctest.Wait()
			srv.Stall(false) // whatever the server hears first
			alice.Expect(t, "OnChannelLeaved", "room", int(signal.LeaveChannelELogout))
			alice.Expect(t, "OnLogout", int(signal.LogoutEUser))
			time.Sleep(time.Minute)
			alice.Quiet(t)
			other.Expect(t, "OnLoginSuccess")
			other.Quiet(t)
			alice.Destroy()
			other.Destroy()
		}
	})
}

// A call made while it was cut off rings once, is answered once, and ends once on either side.
func TestInviteAcrossCut(t *testing.T) {
	each(t, func(t *testing.T, srv *signaltest.Server) {
		callers, callees := newLane(srv), newLane(srv)
		alice := online(t, srv, "alice", signal.WithDialContext(callers.dial))
		bob := online(t, srv, "bob", signal.WithDialContext(callees.dial))
		away := func(u user, way *lane, account string, do func()) {
			way.shut()
			srv.Cut(account)
			u.Expect(t, "OnReconnecting", 1)
			do()
			way.reopen()
			u.Expect(t, "OnReconnected")
		}
		away(alice, callers, "alice", func() { alice.ChannelInviteUser("room", "bob", 0) })
		bob.Expect(t, "OnInviteReceived", "room", "alice", 0, "")
		alice.Expect(t, "OnInviteReceivedByPeer", "room", "bob", 0)
		away(bob, callees, "bob", func() { bob.ChannelInviteAccept("room", "alice", 0, "") })
		alice.Expect(t, "OnInviteAcceptedByPeer", "room", "bob", 0, "")
		away(bob, callees, "bob", func() {
			alice.ChannelInviteDTMF("room", "bob", "12#")
			alice.ChannelInviteEnd("room", "bob", 0)
			alice.Expect(t, "OnInviteEndByMyself", "room", "bob", 0)
		})
		bob.Expect(t, "OnInviteMsg", "room", "alice", 0, "DTMF", "12#", "")
		bob.Expect(t, "OnInviteEndByPeer", "room", "alice", 0, "")
		alice.GetAttr("n")
		alice.Expect(t, "OnUserAttrResult")
		alice.Quiet(t)
		bob.Quiet(t)
	})
}
