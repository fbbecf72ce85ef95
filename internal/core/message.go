package core

import "github.com/agora-signal-go/signal/internal/wire"

// An entity is the name of an account or of a channel.
type entity struct{ app, name string }

// Target says what a Message is for.
type Target uint8

// The targets. Owner names the Core of an account and of a channel.
const (
	ToAccount Target = iota + 1
	ToChannel
	ToSession
	ToCore
)

// Address says where a Message goes.
type Address struct {
	Target  Target
	App     string
	Name    string // of ToAccount and ToChannel, and of OpWatch the channel
	Core    int    // of ToSession and ToCore
	Session uint64 // of ToSession
}

// Origin says which call of which session a Message belongs to; an answer goes there.
type Origin struct {
	Core    int
	Session uint64
	Request uint64
	Account string // "" where no answer is wanted
}

// Op says what a Message asks for.
type Op uint8

// What Messages ask for, by their target.
const (
	// of an account
	OpSend      Op = iota + 1 // put an instant message into the list
	OpStatus                  // is it online
	OpAttr                    // one attribute
	OpAttrs                   // all attributes
	OpInvite                  // ring
	OpCallMsg                 // a message inside a call, to whichever side
	OpCallEnd                 // the caller is out of a call
	OpCallEvent               // tell the caller what became of a call

	// of a channel
	OpJoin
	OpPeek // what a join answers, without joining
	OpLeave
	OpGone // as OpLeave, but nobody waits for an answer
	OpChannelSend
	OpSetAttr
	OpDelAttr
	OpClearAttr
	OpMembers
	OpIsIn
	OpReplay // what a member missed
	OpReport // what a user did, to a special channel

	// of a session
	OpAnswer   // of a call
	OpReplayed // of OpReplay
	OpKicked   // it is thrown out of a channel

	// of a Core
	OpFanout // a frame for members of a channel
	OpWatch  // whether anybody is in a special channel
)

// A Message is what one Core tells another. It is plain data, and what its slices hold never changes but for Body, which
// is the Message's own. Who receives a Message uses it again.
type Message struct {
	To   Address
	From Origin
	Op   Op

	Channel string // of a call
	Call    string // the call's own name
	Type    string // of an event of a call, and of a line
	Key     digest // what it is known by if it may come again; zero otherwise
	Flag    string // of an instant message
	Name    string // of an attribute
	Value   string // of an attribute; of what has none, a message and what is said in a call, the trace
	Text    string // of a call: a message, the extra of an invite; of OpReport
	Fn      string // the function that is answered, where one Op serves several
	Account string // that a question is about
	Reason  string // why not; "" where all is well
	Code    int    // that goes with Reason, and with an event of TypeInviteFailed
	Force   bool   // a channel message of one who need not be a member; of OpWatch: somebody is
	Probe   bool   // a message with a Key that is refused when it is new: its sender has sent his share
	Again   bool   // of OpAnswer: the message had come before
	Num     uint64 // how many, or an event's number
	Join    uint64 // which join of the session's Core

	Body   []byte    // the text of a message; the object that answers a call, where Ret is nil
	Ret    []byte    // the object that answers a call
	Joins  []uint64  // of OpFanout
	Frame  []byte    // of OpFanout
	Frames [][]byte  // of OpReplayed
	Room   *snapshot // of OpReplayed, when Frames do not reach back far enough
}

// post sends a message on its way: to itself through a queue, so that a handler is never inside another. Body is copied.
func (c *Core) post(of Message) {
	m := c.messages.take()
	body := of.Body
	of.Body = m.Body[:0]
	*m = of
	m.Body = append(m.Body, body...)
	c.send(m)
}

// message returns a message to what bears a name, to be filled in and sent. Its Body is to be appended to.
func (c *Core) message(target Target, name string, op Op) *Message {
	m := c.messages.take()
	m.To.Target, m.To.Name, m.Op = target, name, op
	return m
}

// send is post of a message that c.messages or message gave.
func (c *Core) send(m *Message) {
	to := m.To.Core
	if m.To.Target == ToAccount || m.To.Target == ToChannel {
		to = Owner(m.To.App, m.To.Name, c.cfg.Cores)
	}
	if to == c.index {
		c.local = append(c.local, m)
		return
	}
	c.cfg.Post(to, m)
}

// reply answers the call that m belongs to.
func (c *Core) reply(m *Message, ret []byte) {
	r := c.replyTo(m)
	r.Ret = ret
	c.send(r)
}

// replyTo returns an answer to the call that m belongs to, to be filled in and sent.
func (c *Core) replyTo(m *Message) *Message {
	r := c.message(ToSession, "", OpAnswer)
	r.To.App, r.To.Core, r.To.Session, r.From.Request = m.To.App, m.From.Core, m.From.Session, m.From.Request
	return r
}

// replyBuilt is reply with an object that was built in c.obj.
func (c *Core) replyBuilt(m *Message, ret []byte) {
	if cap(ret) > maxScratch { // c.obj has let go of it
		c.reply(m, ret)
		return
	}
	r := c.replyTo(m)
	r.Body = append(r.Body, ret...)
	c.send(r)
}

// trace returns the trace of a message or of what is said in a call, "" for none.
func (m *Message) trace() string {
	if !wire.IsTrace(m.Value) {
		return ""
	}
	return m.Value
}

// answer returns the object that answers a call.
func (m *Message) answer() []byte {
	if m.Ret != nil {
		return m.Ret
	}
	return m.Body
}

func (c *Core) replyWith(m *Message, r Message) {
	r.To = Address{Target: ToSession, App: m.To.App, Core: m.From.Core, Session: m.From.Session}
	r.From.Request = m.From.Request
	c.post(r)
}

func (m *Message) apply(c *Core) {
	if m.From.Core < c.cfg.Cores { // else it is of another server
		c.receive(m)
	}
	c.recycle(m)
}

// NewMessage returns an empty Message for ParseMessage, one that was used before where there is one. Step and Deliver use it again.
func (c *Core) NewMessage() *Message { return c.messages.take() }

// Recycle gives a Message that is done with to the next who needs one: whoever Config.Post hands one to, and who does not
// hand it on to another Core, gives it back to the Core that posted it.
func (c *Core) Recycle(m *Message) { c.recycle(m) }

// IsFanout reports whether a Message is a frame for members of a channel. It changes no state: see [Core.Deliver].
func (m *Message) IsFanout() bool { return m.To.Target == ToCore && m.Op == OpFanout }

// Deliver hands the frame of a Message that IsFanout to the sockets here, and reports whether it was one; the Message is then
// the Core's. No time passes by it and nothing changes, so that it may happen in one process and not in another.
func (c *Core) Deliver(m *Message) bool {
	if !m.IsFanout() {
		return false
	}
	c.fanout(m)
	c.recycle(m)
	return true
}

// recycle keeps a message that is done with for the next one.
func (c *Core) recycle(m *Message) {
	body := m.Body[:0]
	if cap(body) > maxSpareBody {
		body = nil
	}
	*m = Message{Body: body}
	c.messages.give(m, maxSpareMessages)
}

const (
	maxSpareMessages = 64
	maxSpareBody     = 2 << 10
)

func (c *Core) receive(m *Message) {
	switch m.To.Target {
	case ToAccount:
		c.toAccount(m)
	case ToChannel:
		c.toChannel(m)
	case ToSession:
		c.toSession(m)
	case ToCore:
		if m.Op == OpWatch {
			c.receiveWatch(m)
		} else {
			c.fanout(m)
		}
	}
}

func (c *Core) toAccount(m *Message) {
	switch m.Op {
	case OpSend:
		c.receiveInstant(m)
	case OpStatus, OpAttr, OpAttrs:
		c.readAccount(m)
	case OpInvite:
		c.receiveInvite(m)
	case OpCallMsg:
		c.receiveCallMsg(m)
	case OpCallEnd:
		c.callerGone(m)
	case OpCallEvent:
		c.receiveCallEvent(m)
	}
}

func (c *Core) toChannel(m *Message) {
	switch m.Op {
	case OpJoin:
		c.receiveJoin(m)
	case OpPeek:
		c.receivePeek(m)
	case OpLeave, OpGone:
		c.receiveLeave(m)
	case OpChannelSend:
		c.receiveChannelMsg(m)
	case OpSetAttr, OpDelAttr, OpClearAttr:
		c.receiveAttr(m)
	case OpMembers, OpIsIn:
		c.readChannel(m)
	case OpReplay:
		c.receiveReplay(m)
	case OpReport:
		c.receiveReport(m)
	}
}

func (c *Core) toSession(m *Message) {
	s := c.sessions[m.To.Session]
	if s == nil {
		return // it ended meanwhile
	}
	switch m.Op {
	case OpAnswer:
		c.answered(s, m)
	case OpReplayed:
		c.replayed(s, m)
	case OpKicked:
		c.kickedOut(s, m)
	}
}
