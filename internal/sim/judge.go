package sim

import (
	"slices"
	"strconv"
	"time"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/wire"
)

// judge knows what was asked for and what was told, and what must come of it.
type judge struct {
	*world
	clients  int               // there ever were
	values   int               // of attributes, each used once
	setters  map[string]setter // who set the attributes of channels, by value
	keepers  map[string]bool   // accounts that may have attributes, which live as long as the server
	messages messages
	rooms    rooms
	calls    calls
}

func newJudge(w *world) *judge {
	j := &judge{world: w, keepers: make(map[string]bool), setters: make(map[string]setter)}
	j.messages = messages{world: w, byText: make(map[string]*message), sent: make(map[[2]string]int)}
	j.rooms = rooms{world: w, truth: make(map[roomLife]*truth)}
	j.calls = calls{world: w, byNumber: make(map[int]*call)}
	return j
}

// setter is who changed an attribute, and how many sessions it had had by then.
type setter struct {
	view     *view
	sessions int
}

// value makes a value for an attribute that nobody else has used.
func (j *judge) value(c *client) string {
	j.values++
	return "v" + strconv.Itoa(j.values) + " of " + c.account
}

// handled is told when a handler returns.
func (j *judge) handled(ev *engine.Event) {
	if ev.Kind == engine.InstantMessage {
		j.messages.handled(ev)
	}
}

// published is told of every event of a channel that the server sends to anybody.
func (j *judge) published(life int, frame []byte) { j.rooms.published(life, frame) }

// forgot is told when the server has lost its memory.
func (j *judge) forgot() { j.messages.serverForgot() }

// calm compares what all believe, once the network has been good for long enough.
func (j *judge) calm() {
	for _, c := range j.world.clients {
		c.view.calm()
	}
	j.messages.calm()
	j.calls.calm()
	for _, channel := range j.profile.channels {
		j.rooms.calm(channel)
	}
	j.service.check()
}

// allOver says that every call was ended.
func (j *judge) allOver() { j.calls.over() }

// destroyed says that the clients are gone, and that nothing of them waits.
func (j *judge) destroyed() {
	for _, c := range j.world.clients {
		j.fail("%s is there after its end", c)
	}
}

// forgotten says that the server holds nothing any more but users' attributes.
func (j *judge) forgotten() {
	accounts := 0
	for i, k := range j.service.cores() {
		if k.Sessions()+k.Channels() > 0 {
			j.fail("a month after the last user went, shard %d still has %d sessions, %d channels", i, k.Sessions(), k.Channels())
		}
		if k.Stored() != 0 {
			j.fail("a month after the last user went, shard %d still stores %d bytes of messages", i, k.Stored())
		}
		accounts += k.Accounts()
		if at, ok := k.Next(); ok {
			j.fail("a month after the last user went, shard %d still waits for %v", i, at.Sub(start))
		}
	}
	if accounts > len(j.keepers) {
		j.fail("a month after the last user went, %d accounts are remembered, %d may have attributes", accounts, len(j.keepers))
	}
}

// A probe is a user without a network, by whom the judge asks the server.
type probe struct {
	world *world
	calls func(f wire.ClientFrame, text []byte)
	ends  func() // its socket
	line  string
	asked int64
	heard map[int64]wire.Value
}

const probeAccount = "probe"

func (j *judge) newProbe() *probe {
	p := &probe{world: j.world, heard: make(map[int64]wire.Value)}
	j.service.probe(p)
	if p.line == "" {
		j.run(3 * time.Second)
	}
	return p
}

// Send takes what the server says. It implements core.Conn.
func (p *probe) Send(frame []byte) {
	f, err := wire.ParseServerFrame(slices.Clone(frame))
	switch {
	case err != nil:
		p.world.fail("the server sends what is no frame: %v: %s", err, clip(frame))
	case f.Event == wire.EventLoginRet:
		p.line = f.Ret.Get("line").Text()
	case f.Event == wire.EventCallRet:
		p.heard[f.N] = f.Ret
	}
}

// Close implements core.Conn.
func (p *probe) Close(int) {}

// Flush implements cluster.Socket.
func (p *probe) Flush() {}

// Decided implements cluster.Socket.
func (p *probe) Decided(account string) {
	if account != probeAccount {
		p.world.fail("the probe is logged in as %q", account)
	}
}

// Cut implements cluster.Socket.
func (p *probe) Cut() { p.world.fail("the probe is cut when all is well") }

// call makes a call and waits for the answer.
func (p *probe) call(fn, name string) wire.Value {
	p.asked++
	var o wire.Object
	o.Str("line", p.line).Str("name", name)
	text := wire.AppendCall(nil, fn, p.asked, o.Bytes())
	f, err := wire.ParseClientFrame(slices.Clone(text))
	if err != nil {
		p.world.fail("the probe's own frame: %v", err)
		return nil
	}
	p.calls(f, text)
	p.world.run(3 * time.Second)
	return p.heard[p.asked]
}

// leave ends the probe's session.
func (p *probe) leave() {
	p.call(wire.FnLogout, "")
	if p.ends != nil {
		p.ends()
	}
}
