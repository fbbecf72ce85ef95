package core_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

// A storm is users who do whatever comes to their mind, right or wrong, among all that can happen to a server. Nobody judges
// what comes of it but the twin.
type storm struct {
	*world
	draw  *rand.Rand
	users []stormer
}

type stormer struct {
	*client // the newest socket that is its session's; nil before the first
	line    string
	calls   [][]string // what it has called: function and arguments
}

const stormUsers = 7

func newStorm(t *testing.T, seed uint64) *storm {
	t.Helper()
	draw := rand.New(rand.NewPCG(seed, 3))
	cfg := core.Config{
		MayWatch:    func(_, account string) bool { return account < "user3" },
		DialectByID: draw.IntN(2) == 0,
	}
	if draw.IntN(3) > 0 {
		cfg.Limits = tightLimits(draw)
	}
	s := &storm{world: newWorldOf(t, 1+draw.IntN(3), cfg), draw: draw, users: make([]stormer, stormUsers)}
	s.rnd = draw
	twinned(s.world, cfg, rand.New(rand.NewPCG(seed, 4)))
	return s
}

// tightLimits returns limits that are soon reached, some of them.
func tightLimits(draw *rand.Rand) core.Limits {
	some := func(most int) int { return draw.IntN(most) } // 0: as it is by default
	return core.Limits{
		Messages: some(20), Invites: some(3), CallEvents: some(10), OpenCalls: some(5), UserMessagesPerSecond: some(4),
		ChannelMessagesPerSecond: some(10), AttrChangesPerSecond: some(5), AttrEventsPerSecond: some(10), CallsPerSecond: some(40), Attrs: some(5),
		ReplayEvents: some(5), ReplayBytes: some(2000), Keys: some(4), Waiting: some(10), KickedLines: some(6), MemberlessChannels: some(5),
		Sessions: 5 * some(5), Apps: some(3), Accounts: 5 * some(10), MessageTTL: time.Duration(some(3)) * time.Minute,
	}
}

func (s *storm) one(of ...string) string { return of[s.draw.IntN(len(of))] }

func (s *storm) account() string {
	return s.one("user0", "user1", "user2", "user3", "user4", "user5", "user6", "nobody")
}

func (s *storm) room() string {
	return s.one("room", "room", "den", "hall", wire.ChannelUserOnline, wire.ChannelEvents)
}

func (s *storm) key() string { return s.one("", "k1", "k2", "k3", "k"+strconv.Itoa(s.draw.IntN(50))) }

func (s *storm) blow() {
	u := &s.users[s.draw.IntN(len(s.users))]
	switch n := s.draw.IntN(100); {
	case n < 1 || u.client == nil || (u.closed != 0 && n < 20):
		s.login(u)
	case n < 4 || (u.closed != 0 && n < 70):
		s.resume(u)
	case n < 8:
		s.cut(u)
	case n < 14:
		s.held = true
	case n < 20:
		s.deliver()
	case n < 36:
		s.wait(time.Duration(s.draw.IntN(20)) * time.Duration(s.draw.IntN(20)) * 100 * time.Millisecond)
	case n < 37:
		if s.draw.IntN(5) == 0 {
			s.wait(time.Duration(s.draw.IntN(5)) * time.Hour)
		}
	case n < 40:
		s.answerExt()
	case n < 43:
		s.owner()
	case n < 44:
		if s.draw.IntN(3) == 0 {
			s.takeover(s.draw.IntN(len(s.cores)))
		}
	case n < 48 && u.closed == 0:
		u.ack(s.draw.IntN(u.id + 1))
	case u.closed == 0:
		s.call(u)
	}
}

func (s *storm) login(u *stormer) {
	i := 0
	for &s.users[i] != u {
		i++
	}
	l := wire.Login{AppID: app, Account: "user" + strconv.Itoa(i), Device: s.one(wire.DeviceGo, wire.DeviceGo, wire.DeviceWeb, python)}
	if i == 6 {
		l.AppID = "app2"
	}
	if s.draw.IntN(2) == 0 {
		l.Instance, l.Seq = s.one("i", "j"), int64(s.draw.IntN(20)-5)
	}
	c, ok := s.tryLogin(l)
	if ok {
		u.client, u.line, u.calls = c, c.line, nil
	}
}

// resume goes on with the user's session, if there still is one, on a new socket, which may take its time.
func (s *storm) resume(u *stormer) {
	n := s.socketFor(u.account)
	n.core, n.id, n.line = u.core, u.id, u.line
	l := wire.LineLogin{Line: u.line}
	if s.draw.IntN(5) > 0 {
		l.Resume, l.VerClear, l.Channel, l.MsgID = true, uint64(s.draw.IntN(10)), s.room(), uint64(s.draw.IntN(30))
	}
	s.step(n.core, core.LineLogin{Peer: n.peer, Line: l, Done: func(account string) {
		if account != "" && n.closed == 0 {
			u.client = n
		}
	}})
}

// cut cuts a socket. Of one that was closed the Core hears that it is gone as well.
func (s *storm) cut(u *stormer) {
	if u.closed == 0 {
		u.closed = 1006
	}
	u.down()
}

func (s *storm) takeover(i int) {
	limits := core.Limits{}
	if s.draw.IntN(2) == 0 {
		limits = tightLimits(s.draw).Explicit()
	}
	s.step(i, core.Takeover{Limits: limits})
	for j := range s.users {
		if u := &s.users[j]; u.client != nil && u.core == i && u.closed == 0 {
			u.closed = 1006
		}
	}
}

func (s *storm) answerExt() {
	for _, x := range s.extCall {
		in := core.ExtReturn{Session: x.Session, Request: x.Request, Ret: x.Args}
		if s.draw.IntN(3) == 0 {
			in.Reason, in.Code = "No", 7
		}
		s.step(x.Core, in)
	}
	s.extCall = nil
}

func (s *storm) owner() {
	i, name, room := s.draw.IntN(len(s.cores)), s.account(), s.room()
	switch s.draw.IntN(9) {
	case 0:
		s.step(i, core.KickUser{App: app, Account: name})
	case 1:
		if s.draw.IntN(5) == 0 {
			s.step(i, core.CloseApp{App: s.one(app, "app2", "app3")})
		}
	case 2, 3:
		s.step(i, core.KickFromChannel{App: app, Channel: room, Account: name})
	case 4:
		s.step(i, core.SendSystem{App: app, To: name, Text: "system", TTL: time.Duration(s.draw.IntN(3)) * time.Second})
	case 5:
		s.step(i, core.SendSystemChannel{App: app, Channel: room, Text: "system"})
	case 6, 7:
		s.step(i, core.ListSessions{App: app, Limit: s.draw.IntN(4), Done: func([]core.SessionInfo, bool) {}})
	default:
		s.step(i, core.ListChannels{App: app, Limit: s.draw.IntN(4), Done: func([]core.ChannelInfo, bool) {}})
	}
}

func (s *storm) call(u *stormer) {
	if n := len(u.calls); n > 0 && s.draw.IntN(4) == 0 { // once more
		i := n - 1 - s.draw.IntN(min(n, 8))
		u.postAs(i+1, u.calls[i][0], u.calls[i][1:]...)
		return
	}
	fn := functions[s.draw.IntN(len(functions))]
	if fn == wire.FnLogout && s.draw.IntN(3) > 0 {
		fn = wire.FnJoin
	}
	if s.draw.IntN(3) == 0 {
		fn = s.one(wire.FnJoin, wire.FnInvite, wire.FnInviteAck, wire.FnInviteAccept, wire.FnChannelSend, wire.FnSendMsg, wire.FnLeave)
	}
	call := append([]string{fn}, s.arguments(fn)...)
	u.calls = append(u.calls, call)
	u.id = len(u.calls)
	u.postAs(u.id, fn, call[1:]...)
}

func (s *storm) arguments(fn string) []string {
	number := func(most int) string { return "=" + strconv.Itoa(s.draw.IntN(most)) }
	room := s.room()
	args := []string{"name", room, "channel", room, "channelName", s.one("c1", "c2"), "peer", s.account(), "account", s.account()}
	switch fn {
	case wire.FnSendMsg:
		args = append(args, "flag", s.one("v1:E:60", "v1:E:3600", "v1:E:0"), "t", "instant", "content", s.one("hi", "", `{"a":1}`), "messageID", s.key(), "trace", s.one("", trace, "no trace"))
	case wire.FnChannelSend:
		args = append(args, "msg", s.one("hi", "you", ""), "msgID", s.key(), "force", s.one("=true", "=false"), "trace", s.one("", trace))
	case wire.FnSetAttr, wire.FnGetAttr, wire.FnChannelSetAttr, wire.FnChannelDelAttr:
		name := s.one("a", "b", "c", "_conn_timeout", "_userNotification", "_channel_ttl", "_auto_update_num", "_auto_update_total_num",
			"_sendmsg_limit", "_setattr_limit")
		args[1] = name // what counts is the first of a name
		args = append(args, "value", s.one("0", "1", "2", "30", "text", `"`))
	case wire.FnGetMsg:
		args = []string{"ver_clear", number(10), "max", number(40), "after", number(20)}
	case wire.FnGetMsg2:
		args = []string{"clear_msgs", `=["id1.1","id2.1",7]`, "max", number(40)}
	case wire.FnExtCall:
		args = []string{"package", "p", "func", "f", "args", s.one("x", ""), "trace", s.one("", trace)}
	case wire.FnInvite, wire.FnInviteAck, wire.FnInviteAccept, wire.FnInviteRefuse, wire.FnInviteBye:
		args[5], args[7] = s.one("c1", "c1", "c2"), s.one("user0", "user1", "user2")
		args = append(args, "call", s.one("", "call"+strconv.Itoa(s.draw.IntN(9))), "extra",
			s.one("", `{"_timeout":3}`, `{"_require_peer_online":1}`, `{"_ring_timeout":5}`, `={"a":1}`), "trace", s.one("", trace))
	case wire.FnInviteMsg:
		args = append(args, "extra", `{"msgtype":"dtmf","msgdata":"12#"}`)
	}
	return args
}

// Whoever has the entries has the state, and whoever goes on with what was written down goes on in the same way.
func TestATwinWeathersTheSameStorm(t *testing.T) {
	storms, steps := uint64(250), 300
	if raced {
		storms = 25
	}
	comparison := new(core.Comparison)
	for seed := range storms {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			s := newStorm(t, seed)
			s.twin.comparison = comparison
			for range steps {
				s.blow()
			}
			s.deliver()
			for i := range s.cores {
				s.twin.rethaw(i)
			}
			s.wait(31 * 24 * time.Hour)
			for i := range s.cores {
				s.twin.rethaw(i)
			}
			require.NotZero(t, s.twin.thaws)
		})
	}
	if !raced { // fewer storms do not come to everything
		assert.Empty(t, comparison.Unseen(), "what was zero in all that was written down proves nothing")
	}
}
