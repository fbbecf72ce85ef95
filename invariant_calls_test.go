package signal_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

// A raw is a client that does nothing by itself but ping.
type raw struct {
	t     *testing.T
	ws    *websocket.Conn
	line  string
	asked int64

	mu   sync.Mutex // of writing
	kind []string   // of events of calls that were pushed
	seen []wire.Voip
}

func newRaw(t *testing.T, srv *signaltest.Server, account string) *raw {
	t.Helper()
	d := websocket.Dialer{NetDialContext: srv.Dial}
	ws, resp, err := d.DialContext(t.Context(), srv.URL, nil)
	require.NoError(t, err)
	_ = resp.Body.Close()
	r := &raw{t: t, ws: ws}
	l := wire.Login{AppID: "app", Account: account, Token: signal.NoToken, Device: wire.DeviceGo}
	require.NoError(t, r.send(l.Append(nil)))
	_, data, err := ws.ReadMessage()
	require.NoError(t, err)
	f, err := wire.ParseServerFrame(data)
	require.NoError(t, err)
	r.line = f.Ret.Get("line").Text()
	require.NotEmpty(t, r.line)

	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(r.read)
	running.Go(func() { r.ping(ctx) })
	t.Cleanup(func() {
		cancel()
		_ = ws.Close()
		running.Wait()
	})
	return r
}

func (r *raw) send(frame []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ws.WriteMessage(websocket.TextMessage, frame)
}

func (r *raw) ping(ctx context.Context) {
	ticker := time.NewTicker(wire.PingEvery)
	defer ticker.Stop()
	for n := int64(1); ; n++ {
		select {
		case <-ticker.C:
			_ = r.send(wire.AppendPing(nil, n)) // fails when the test is over
		case <-ctx.Done():
			return
		}
	}
}

// read keeps what comes until the socket ends.
func (r *raw) read() {
	for {
		_, data, err := r.ws.ReadMessage()
		if err != nil {
			return
		}
		f, err := wire.ParseServerFrame(data)
		if !assert.NoError(r.t, err) || f.Kind != wire.NotifyRecvMsg {
			continue
		}
		line, _ := wire.ParseLine(f.Line)
		v, _ := wire.ParseVoip(line.Content)
		r.kind, r.seen = append(r.kind, line.Type), append(r.seen, v)
	}
}

// ack acknowledges the first call that came.
func (r *raw) ack() {
	r.t.Helper()
	r.reply(wire.FnInviteAck)
}

// reply does something about the first call that came.
func (r *raw) reply(fn string) {
	r.t.Helper()
	synctest.Wait()
	require.NotEmpty(r.t, r.seen)
	v := r.seen[0]
	var o wire.Object
	r.ask(fn, o.Str("channelName", v.Channel).Str("peer", v.Peer).Str("extra", "").Str("call", v.Call))
}

// poll asks for what is in the account's list.
func (r *raw) poll() {
	r.t.Helper()
	var o wire.Object
	r.ask(wire.FnGetMsg, o.Int("ver_clear", 0).Int("max", wire.MaxPoll))
}

func (r *raw) ask(fn string, args *wire.Object) {
	r.t.Helper()
	r.asked++
	require.NoError(r.t, r.send(wire.AppendCall(nil, fn, r.asked, args.Str("line", r.line).Bytes())))
}

// The times for which _timeout lets an invite wait.
func timeouts() map[string]time.Duration {
	return map[string]time.Duration{
		``:                             20 * time.Second,
		`{}`:                           20 * time.Second,
		`{"_timeout":0}`:               20 * time.Second,
		`{"_timeout":1}`:               time.Second,
		`{"_timeout":0.5}`:             time.Second,
		`{"_timeout":1.5}`:             1500 * time.Millisecond,
		`{"_timeout":30}`:              30 * time.Second,
		`{"_timeout":31}`:              30 * time.Second,
		`{"_timeout":9e9}`:             30 * time.Second,
		`{"_require_peer_online":0}`:   20 * time.Second,
		`{"_ring_timeout":1}`:          20 * time.Second, // counts from the acknowledgement
		`{"_timeout":7,"other":[1,2]}`: 7 * time.Second,
	}
}

// A callee that is offline is waited for, to the moment; the invite is gone then.
func TestInviteOffline(t *testing.T) {
	t.Parallel()
	for extra, after := range timeouts() {
		t.Run(extra, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := pipes(t)
				alice := online(t, srv, "alice")
				began := time.Now()
				alice.ChannelInviteUser2("room", "bob", extra)
				c := alice.AwaitWithin(t, time.Minute, "OnInviteFailed", "room", "bob", 0, int(signal.InviteEPeerOffline), extra)
				assert.Equal(t, after, c.At.Sub(began))
				bob := online(t, srv, "bob")
				time.Sleep(time.Minute)
				alice.Quiet(t)
				bob.Quiet(t)
			})
		})
	}
}

// A callee that is online and does not acknowledge is waited for, to the moment; it is told that the call is over.
func TestInviteNotAcknowledged(t *testing.T) {
	t.Parallel()
	for extra, after := range timeouts() {
		t.Run(extra, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := pipes(t)
				alice, bob := online(t, srv, "alice"), newRaw(t, srv, "bob")
				began := time.Now()
				alice.ChannelInviteUser2("room", "bob", extra)
				c := alice.AwaitWithin(t, time.Minute, "OnInviteFailed", "room", "bob", 0, int(signal.InviteETimeout), extra)
				assert.Equal(t, after, c.At.Sub(began))
				synctest.Wait()
				assert.Equal(t, []string{wire.FnInvite, wire.FnInviteBye}, bob.kind)
				assert.Equal(t, bob.seen[0].Call, bob.seen[1].Call)
				time.Sleep(time.Minute)
				alice.Quiet(t)
			})
		})
	}
}

// A callee whose connection is lost counts as online while its session lives: 704. It does not ring when it is back.
func TestInviteAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		way := newLane(srv)
		alice, bob := online(t, srv, "alice"), online(t, srv, "bob", signal.WithDialContext(way.dial))
		way.shut()
		srv.Cut("bob")
		bob.Expect(t, "OnReconnecting", 1)
		synctest.Wait() // until the server knows, too
		began := time.Now()
		alice.ChannelInviteUser("room", "bob", 0)
		time.Sleep(20*time.Second - 1)
		alice.Quiet(t)
		c := alice.Expect(t, "OnInviteFailed", "room", "bob", 0, int(signal.InviteETimeout), "")
		assert.Equal(t, 20*time.Second, c.At.Sub(began))
		way.reopen()
		time.Sleep(time.Minute)
		assert.Zero(t, bob.Count("OnInviteReceived"))
		assert.Equal(t, 1, bob.Count("OnReconnected"))
	})
}

// A callee that comes in time rings, and has all the time there is to acknowledge.
func TestInviteLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		alice := online(t, srv, "alice")
		alice.ChannelInviteUser("room", "bob", 0)
		time.Sleep(20*time.Second - 1)
		bob := online(t, srv, "bob")
		bob.Expect(t, "OnInviteReceived", "room", "alice", 0, "")
		alice.Expect(t, "OnInviteReceivedByPeer", "room", "bob", 0)
		time.Sleep(time.Hour)
		alice.Quiet(t)
		bob.Quiet(t)

		for account, asks := range map[string]bool{"carol": false, "dave": true} { // neither acknowledges
			alice.ChannelInviteUser("room", account, 0)
			time.Sleep(15 * time.Second)
			began := time.Now()
			late := newRaw(t, srv, account)
			if asks {
				time.Sleep(10 * time.Second)
				late.poll()
				began = time.Now()
			}
			time.Sleep(20*time.Second - 1)
			alice.Quiet(t)
			c := alice.Expect(t, "OnInviteFailed", "room", account, 0, int(signal.InviteETimeout), "")
			assert.Equal(t, 20*time.Second, c.At.Sub(began), account)
		}
	})
}

// A call rings for its _ring_timeout from the acknowledgement on; when that is over both sides know.
func TestInviteRingTimeout(t *testing.T) {
	t.Parallel()
	for extra, after := range map[string]time.Duration{
		`{"_ring_timeout":1}`:               time.Second,
		`{"_ring_timeout":2.5}`:             2500 * time.Millisecond,
		`{"_ring_timeout":600}`:             10 * time.Minute,
		`{"_ring_timeout":9000}`:            10 * time.Minute,
		`{"_ring_timeout":45,"_timeout":3}`: 45 * time.Second,
	} {
		answers := []string{"", "accept", "refuse", "end"}
		if after > 5*time.Second {
			answers = answers[:1]
		}
		for _, answer := range answers {
			t.Run(extra+answer, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					srv := pipes(t)
					alice, bob := online(t, srv, "alice"), online(t, srv, "bob")
					began := time.Now()
					alice.ChannelInviteUser2("room", "bob", extra)
					bob.Expect(t, "OnInviteReceived", "room", "alice", 0, extra)
					alice.Expect(t, "OnInviteReceivedByPeer", "room", "bob", 0)
					time.Sleep(after - 1)
					alice.Quiet(t)
					bob.Quiet(t)
					switch answer {
					case "accept":
						bob.ChannelInviteAccept("room", "alice", 0, "")
						alice.Expect(t, "OnInviteAcceptedByPeer", "room", "bob", 0, "")
					case "refuse":
						bob.ChannelInviteRefuse("room", "alice", 0, "")
						alice.Expect(t, "OnInviteRefusedByPeer", "room", "bob", 0, "")
					case "end":
						bob.ChannelInviteEnd("room", "alice", 0)
						bob.Expect(t, "OnInviteEndByMyself", "room", "alice", 0)
						alice.Expect(t, "OnInviteEndByPeer", "room", "bob", 0, "")
					default:
						c := alice.Expect(t, "OnInviteFailed", "room", "bob", 0, int(signal.InviteETimeout), extra)
						assert.Equal(t, after, c.At.Sub(began))
						c = bob.Expect(t, "OnInviteEndByPeer", "room", "alice", 0, "")
						assert.Equal(t, after, c.At.Sub(began))
					}
					time.Sleep(time.Minute)
					alice.Quiet(t)
					bob.Quiet(t)
				})
			})
		}
	}
}

// The time to ring counts from the acknowledgement, not from the invite.
func TestInviteRingTimeoutFromAck(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		alice, bob := online(t, srv, "alice"), newRaw(t, srv, "bob")
		alice.ChannelInviteUser2("room", "bob", `{"_ring_timeout":5}`)
		time.Sleep(19 * time.Second)
		began := time.Now()
		bob.ack()
		alice.Expect(t, "OnInviteReceivedByPeer", "room", "bob", 0)
		c := alice.Expect(t, "OnInviteFailed", "room", "bob", 0, int(signal.InviteETimeout))
		assert.Equal(t, 5*time.Second, c.At.Sub(began))
	})
}

// What is refused is refused at once.
func TestInviteRefusedAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const open = 100
		srv := pipes(t)
		alice, bob, carol := online(t, srv, "alice"), online(t, srv, "bob"), online(t, srv, "carol")
		fails := func(u user, channel, account, extra string, want signal.Code) {
			t.Helper()
			began := time.Now()
			u.ChannelInviteUser2(channel, account, extra)
			c := u.Expect(t, "OnInviteFailed", channel, account, 0, int(want), extra)
			assert.Equal(t, began, c.At)
		}
		fails(alice, "room", "nobody", `{"_require_peer_online":1}`, signal.InviteEPeerOffline)
		fails(alice, "room", "alice", "", signal.GeneralEWrongParam)
		fails(alice, "room", "bob", `{"_timeout":"x"}`, signal.GeneralEWrongParam)
		for n := range open {
			alice.ChannelInviteUser(fmt.Sprint(n), "bob", 0)
			bob.Expect(t, "OnInviteReceived", fmt.Sprint(n), "alice")
			alice.Expect(t, "OnInviteReceivedByPeer", fmt.Sprint(n), "bob")
			if n == 0 {
				fails(alice, "0", "bob", `{"again":1}`, signal.InviteEReinvite)
			}
			if n%40 == 39 {
				time.Sleep(time.Second)
			}
		}
		fails(alice, "one too many", "carol", "", signal.InviteEOther)
		fails(carol, "one too many", "bob", "", signal.InviteECantRecv)
		fails(alice, "0", "bob", `{"again":2}`, signal.InviteEReinvite)
		bob.ChannelInviteUser("0", "alice", 0) // the other way it is another call
		alice.Expect(t, "OnInviteReceived", "0", "bob")
		bob.Expect(t, "OnInviteReceivedByPeer", "0", "alice")
		alice.ChannelInviteEnd("7", "bob", 0)
		alice.Expect(t, "OnInviteEndByMyself", "7", "bob", 0)
		bob.Expect(t, "OnInviteEndByPeer", "7", "alice", 0, "")
		alice.ChannelInviteUser("room for one", "carol", 0)
		carol.Expect(t, "OnInviteReceived", "room for one", "alice")
		alice.Expect(t, "OnInviteReceivedByPeer", "room for one", "carol")
		carol.ChannelInviteUser("room for one", "bob", 0)
		bob.Expect(t, "OnInviteReceived", "room for one", "carol")
	})
}

// Invites that wait for one who is offline have places of their own: with all of them taken the next one gets 705.
func TestInviteCannotReceive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := signaltest.NewPipeServer(t, server.WithLimits(server.Limits{Invites: 3}))
		alice := online(t, srv, "alice")
		for n := range 4 {
			alice.ChannelInviteUser(fmt.Sprint(n), "nobody", 0)
		}
		alice.Expect(t, "OnInviteFailed", "3", "nobody", 0, int(signal.InviteECantRecv), "")
		time.Sleep(time.Minute)
		for n := range 3 {
			alice.Expect(t, "OnInviteFailed", fmt.Sprint(n), "nobody", 0, int(signal.InviteEPeerOffline), "")
		}
		alice.Quiet(t)
	})
}

// Both sides do something about a call at the same moment: it ends once for either, whatever comes first.
func TestInviteBothAtOnce(t *testing.T) {
	t.Parallel()
	does := map[string]func(u user, peer string){
		"accept": func(u user, peer string) { u.ChannelInviteAccept("room", peer, 0, "") },
		"refuse": func(u user, peer string) { u.ChannelInviteRefuse("room", peer, 0, "") },
		"end":    func(u user, peer string) { u.ChannelInviteEnd("room", peer, 0) },
		"logout": func(u user, _ string) { u.Logout() },
	}
	for ours, mine := range does {
		for theirs, his := range does {
			if ours == "accept" || ours == "refuse" {
				continue // only a callee does these
			}
			t.Run(ours+" "+theirs, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					srv := pipes(t)
					for range 5 {
						alice, bob := online(t, srv, "alice"), online(t, srv, "bob")
						alice.ChannelInviteUser("room", "bob", 0)
						alice.Expect(t, "OnInviteReceivedByPeer", "room", "bob")
						bob.Expect(t, "OnInviteReceived", "room", "alice")
						go mine(alice, "bob")
						go his(bob, "alice")
						time.Sleep(time.Minute)
						_, ended := callsOf(alice.All())
						assert.LessOrEqual(t, ended["room"], 1)
						if ours != "logout" {
							assert.Equal(t, 1, ended["room"], "%v", alice.All())
						}
						_, ended = callsOf(bob.All())
						if theirs == "refuse" && bob.Count("OnError", "channelInviteRefuse") == 0 {
							ended["room"]++
						}
						if theirs == "logout" {
							assert.LessOrEqual(t, ended["room"], 1)
						} else {
							assert.Equal(t, 1, ended["room"], "%v", bob.All())
						}
						if ours == "end" && theirs == "end" {
							count := func(u user) int { return u.Count("OnInviteEndByMyself") }
							assert.Positive(t, count(alice)+count(bob))
						}
						alice.Destroy()
						bob.Destroy()
					}
				})
			})
		}
	}
}
