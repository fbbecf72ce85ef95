package scale

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"github.com/agora-signal-go/signal/internal/cluster"
	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/server/backend"
)

const (
	app       = "scale"
	errFenced = backendError("fenced")
)

type backendError string

func (backendError) Error() string { return backend.ErrFenced.Error() }

// Is makes it what a backend says.
func (backendError) Is(target error) bool { return target == backend.ErrFenced }

// A user is a connection to a node that speaks the protocol.
type user struct {
	w      *world
	number int
	client *cluster.Client
	life   int // counts connections
	line   string
	in     bool
	joined bool
	calls  int64
	asked  map[int64]time.Time // calls that have no answer yet
	got    uint64              // version of the newest personal message
	room   uint64              // number of the newest channel event
	acking bool
	lostAt time.Time
}

func (u *user) account() string { return "user" + strconv.Itoa(u.number) }
func (u *user) channel() string { return "room" + strconv.Itoa(u.number/u.w.Room) }

// connect connects to some node and logs in, or resumes.
func (u *user) connect() {
	w := u.w
	u.life++
	n := w.nodes[w.rnd.IntN(len(w.nodes))]
	s := &socket{u: u, life: u.life}
	if u.line != "" {
		c, ok := n.LineLogin(s, wire.LineLogin{Line: u.line, Resume: true, VerClear: u.got, Channel: u.resumes(), MsgID: u.room})
		if ok {
			u.client = c
			return
		}
	}
	u.client = n.Login(s, wire.Login{AppID: app, Account: u.account(), Device: wire.DeviceGo}, false, false)
}

func (u *user) resumes() string {
	if u.joined {
		return u.channel()
	}
	return ""
}

// call makes a call.
func (u *user) call(fn, args string) {
	if !u.in {
		return
	}
	u.calls++
	u.asked[u.calls] = u.w.now
	u.client.Call(fmt.Appendf(nil, `["call2",[%q,%d,{"line":%q%s}]]`, fn, u.calls, u.line, args))
}

// talk sends an instant message now and then.
func (u *user) talk() {
	w := u.w
	to := w.users[w.rnd.IntN(len(w.users))]
	u.call(wire.FnSendMsg, fmt.Sprintf(`,"peer":%q,"flag":"v1:E:3600","t":"instant","content":"%d %0100d","messageID":"%d.%d"`,
		to.account(), w.now.UnixNano(), 0, u.number, u.calls))
	w.after(u.pause(w.Instant), u.talk)
}

// speak sends a message to the user's channel now and then.
func (u *user) speak() {
	w := u.w
	u.call(wire.FnChannelSend, fmt.Sprintf(`,"name":%q,"msg":"%d %0100d","msgID":"%d.%d"`, u.channel(), w.now.UnixNano(), 0, u.number, u.calls))
	w.after(u.pause(w.Spoken), u.speak)
}

// pause draws the time until the next of so many a minute.
func (u *user) pause(perMinute float64) time.Duration {
	return time.Duration(u.w.rnd.ExpFloat64() * float64(time.Minute) / perMinute)
}

// acknowledge says which messages have arrived, as clients do: a second after the first.
func (u *user) acknowledge() {
	u.acking = false
	u.call(wire.FnGetMsg, fmt.Sprintf(`,"ver_clear":%d,"max":30`, u.got))
}

// lost is the end of a connection: another one follows.
func (u *user) lost() {
	w := u.w
	if u.in {
		u.in = false
		w.seen.Lost++
		u.lostAt = w.now
	}
	life := u.life
	w.after(time.Duration(w.rnd.Int64N(int64(500*time.Millisecond))), func() {
		if u.life == life {
			u.connect()
		}
	})
}

// hear takes a frame.
func (u *user) hear(data []byte) {
	w := u.w
	f, err := wire.ReadServerFrame(bytes.Clone(data)) // which others get, too
	if err != nil {
		w.seen.Failed++
		return
	}
	switch f.Event {
	case wire.EventLoginRet:
		if f.OK() {
			u.line = f.Ret.Get("line").Text()
		} else {
			u.line = ""
		}
	case wire.EventCallRet:
		if began, ok := u.asked[f.N]; ok && w.counting {
			w.seen.Answers = append(w.seen.Answers, w.now.Sub(began))
		}
		delete(u.asked, f.N)
		u.client.Ack(f.N)
		if !f.OK() {
			w.seen.Failed++
		}
	case wire.EventNotify:
		u.notified(&f)
	}
}

// notified takes a message or an event of the channel.
func (u *user) notified(f *wire.RawFrame) {
	w := u.w
	switch f.Kind {
	case wire.NotifyRecvMsg:
		if f.Ver <= u.got {
			return
		}
		u.got = f.Ver
		if !u.acking {
			u.acking = true
			w.after(time.Second, u.acknowledge)
		}
	case wire.NotifyChannel:
		if f.Ver <= u.room {
			return
		}
		u.room = f.Ver
	}
	if at, ok := sentAt(f.Line); ok && w.counting {
		w.seen.Deliveries = append(w.seen.Deliveries, w.now.Sub(at))
	}
}

// sentAt finds the time at which a message was sent, in nanoseconds since 1970: it begins with it, and no other number in
// a line is as long.
func sentAt(line []byte) (time.Time, bool) {
	const digits = 19
	for begin := 0; begin < len(line); begin++ {
		end := begin
		for end < len(line) && '0' <= line[end] && line[end] <= '9' {
			end++
		}
		if end-begin == digits {
			n, err := strconv.ParseInt(string(line[begin:end]), 10, 64)
			return time.Unix(0, n), err == nil
		}
		begin = end
	}
	return time.Time{}, false
}

// A socket is one connection of a user, as its node knows it.
type socket struct {
	u    *user
	life int
}

func (s *socket) current() bool { return s.u.life == s.life }

// Send implements core.Conn.
func (s *socket) Send(frame []byte) {
	if s.current() {
		s.u.hear(frame)
	}
}

// Close implements core.Conn.
func (s *socket) Close(int) { s.Cut() }

// Flush implements cluster.Socket.
func (*socket) Flush() {}

// Decided implements cluster.Socket.
func (s *socket) Decided(account string) {
	u := s.u
	switch {
	case !s.current():
	case account == "": // the session is gone
		u.lost()
	default:
		u.in = true
		if !u.lostAt.IsZero() {
			u.w.seen.Outages = append(u.w.seen.Outages, u.w.now.Sub(u.lostAt))
			u.lostAt = time.Time{}
		}
		u.w.after(0, func() {
			if !u.joined && u.in {
				u.joined = true
				u.call(wire.FnJoin, fmt.Sprintf(`,"name":%q`, u.channel()))
			}
		})
	}
}

// Cut implements cluster.Socket.
func (s *socket) Cut() {
	if s.current() {
		s.u.w.after(0, func() {
			if s.current() {
				s.u.lost()
			}
		})
	}
}
