package sim

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/agora-signal-go/signal/internal/cluster"
	"github.com/agora-signal-go/signal/internal/wire"
)

// A node is the process of a cluster.Node: it gives turns, carries out what comes of them, and has sockets.
type node struct {
	*nodes
	number int
	id     uint64
	n      *cluster.Node
	skew   time.Duration // of its clock

	dead      bool // the process is no more
	listens   bool
	deaf      bool // it takes no more calls
	sleepTill time.Time
	slept     bool      // it fell asleep while journals took nothing
	forgets   bool      // what comes while it sleeps is lost
	cutTill   time.Time // from journals and bus
	loseTill  time.Time // messages, one in so many
	losing    int

	busy    []bool // by partition: something was asked for
	alarms  []alarm
	woken   []bool
	flushes bool
	socks   []*socket
	waits   []func() // for the end of a sleep
}

func (ns *nodes) newNode() {
	nd := &node{nodes: ns, number: len(ns.ever), listens: true, id: ns.rnd.Uint64() | 1}
	ns.ever = append(ns.ever, nd)
	ns.all = append(ns.all, nd)
	nd.skew = ns.between(-ns.profile.skew, ns.profile.skew)
	parts := ns.profile.partitions
	nd.busy, nd.alarms, nd.woken = make([]bool, parts), make([]alarm, parts), make([]bool, parts)
	nd.n = cluster.New(cluster.Config{
		ID: nd.id, Core: ns.config(), Addresses: []string{nd.String()},
		MaxRecord: ns.profile.maxRecord, MaxPiece: ns.profile.maxPiece, SaveAfter: ns.profile.saveAfter,
		Log: slog.New(noting{nd}),
	}, nd)
	ns.world.note("%s begins", nd)
	nd.tick()
}

func (nd *node) String() string { return fmt.Sprint("node", nd.number) }

// Now implements cluster.World.
func (nd *node) Now() time.Time { return nd.world.now.Add(nd.skew) }

// Publish implements cluster.World.
func (nd *node) Publish(subject string, data []byte) { nd.broker.publish(nd, subject, data) }

// Reachable implements cluster.World. It takes a while to be found out.
func (nd *node) Reachable() bool { return !nd.isCut() && !nd.now().Before(nd.broker.awayTill) }

// Wake implements cluster.World.
func (nd *node) Wake(p int) {
	if nd.woken[p] {
		return
	}
	nd.woken[p] = true
	nd.after(0, func() {
		nd.woken[p] = false
		nd.turn(p)
	})
}

// Flush implements cluster.World.
func (nd *node) Flush() {
	if nd.flushes {
		return
	}
	nd.flushes = true
	nd.after(nd.between(0, time.Millisecond), func() {
		nd.flushes = false
		nd.n.Flush()
	})
}

// Seed implements cluster.World.
func (nd *node) Seed() (seed [32]byte) {
	for i := 0; i < len(seed); i += 8 {
		binary.LittleEndian.PutUint64(seed[i:], nd.rnd.Uint64())
	}
	return seed
}

// after does something in the process, which may be stopped, or gone, by then.
func (nd *node) after(d time.Duration, do func()) {
	nd.world.after(d, func() { nd.whenAwake(do) })
}

func (nd *node) whenAwake(do func()) {
	switch {
	case nd.dead:
	case nd.asleep() || len(nd.waits) > 0:
		nd.waits = append(nd.waits, do)
	default:
		do()
	}
}

func (nd *node) asleep() bool { return nd.now().Before(nd.sleepTill) }
func (nd *node) isCut() bool  { return nd.now().Before(nd.cutTill) }
func (nd *node) loses() bool  { return nd.now().Before(nd.loseTill) && nd.oneOf(nd.losing) }

// wake goes on where the process was stopped.
func (nd *node) wake() {
	if nd.dead || nd.asleep() {
		return
	}
	nd.world.note("%s wakes", nd)
	if nd.slept {
		nd.trouble(nd.now()) // it has yet to find out that it is over
	}
	for len(nd.waits) > 0 {
		do := nd.waits[0]
		if do(); nd.dead {
			return
		}
		nd.waits = nd.waits[1:]
	}
	for _, k := range slices.Clone(nd.socks) {
		k.conn.up.pump()
	}
}

func (nd *node) tick() {
	nd.after(nd.tickEvery(), func() {
		nd.n.Tick()
		nd.judgeLoad()
		nd.tick()
	})
}

// turn gives a partition turns until it has to wait for something.
func (nd *node) turn(p int) {
	for !nd.dead && !nd.busy[p] {
		a := nd.n.Turn(p)
		switch a.Do() {
		case cluster.Wait:
			at := a.Until()
			if !at.IsZero() {
				at = at.Add(-nd.skew)
			}
			nd.alarms[p].set(&nd.world.schedule, at, func() { nd.whenAwake(func() { nd.turn(p) }) })
			return
		case cluster.Recover:
			nd.busy[p] = true
			nd.recover(p, &a)
		case cluster.Append:
			nd.busy[p] = true
			after, id, record := a.Record()
			nd.broker.append(nd, p, after, id, record, func(pos uint64, err error) {
				nd.goOn(p, func() { a.Appended(pos, err) })
			})
		case cluster.Save, cluster.Release:
			nd.busy[p] = a.Do() == cluster.Release
			nd.save(p, &a)
		}
	}
}

// goOn tells what came of something, and goes on.
func (nd *node) goOn(p int, tell func()) {
	nd.busy[p] = false
	tell()
	nd.turn(p)
}

func (nd *node) recover(p int, a *cluster.Action) {
	fail := func(err error) { nd.goOn(p, func() { a.Recovered(err) }) }
	nd.broker.load(nd, p, func(shot []byte, pos uint64, err error) {
		if err == nil {
			err = a.Restore(shot, pos)
		}
		if err != nil {
			fail(err)
			return
		}
		nd.after(nd.broker.delay(), func() {
			nd.broker.read(nd, p, a.Position(), func(records []entry, err error) {
				for i := 0; i < len(records) && err == nil; i++ {
					err = a.Replay(records[i].pos, bytes.Clone(records[i].record))
				}
				fail(err)
			})
		})
	})
}

func (nd *node) save(p int, a *cluster.Action) {
	pos, shot := a.Snapshot()
	saved := func(err error) {
		if a.Do() == cluster.Release {
			nd.goOn(p, func() { a.Saved(err) })
			return
		}
		a.Saved(err)
		nd.turn(p)
	}
	nd.broker.save(nd, p, pos, shot, func(err error) {
		if err != nil {
			saved(err)
			return
		}
		nd.broker.trim(nd, p, pos, func() { saved(nil) })
	})
}

// A node is the home of the sockets that were opened to it.

func (nd *node) age() int      { return 0 }
func (nd *node) mute() bool    { return nd.asleep() }
func (nd *node) alive() bool   { return !nd.dead }
func (nd *node) reads() bool   { return nd.dead || !nd.asleep() }
func (nd *node) deafens() bool { return nd.deaf }

func (nd *node) sends(frame []byte) {
	if bytes.Contains(frame, []byte(wire.ReasonUnavailable)) {
		nd.refused(nd.String())
	}
}

func (nd *node) enter(k *socket) { nd.socks = append(nd.socks, k) }

func (nd *node) exit(k *socket) {
	nd.socks = slices.DeleteFunc(nd.socks, func(o *socket) bool { return o == k })
	if k.client != nil {
		nd.whenAwake(k.client.Down)
	}
}

func (nd *node) login(k *socket, l wire.Login) {
	k.client = nd.n.Login(k, l, false, false)
}

func (nd *node) lineLogin(k *socket, l wire.LineLogin) {
	c, ok := nd.n.LineLogin(k, l)
	if !ok {
		nd.world.fail("a line that no core gave out: %s", l.Line)
		return
	}
	k.client = c
}

func (nd *node) call(k *socket, _ wire.ClientFrame, text []byte) { k.client.Call(text) }

func (nd *node) ack(k *socket, id int64) { k.client.Ack(id) }

// Flush implements cluster.Socket.
func (k *socket) Flush() {}

// Decided implements cluster.Socket.
func (k *socket) Decided(account string) {
	k.world.after(0, func() { // the node is still inside
		k.decided(account != "")
		k.conn.up.pump()
	})
}

// Cut implements cluster.Socket.
func (k *socket) Cut() {
	k.held = nil
	k.world.count("cut by a node")
	k.world.after(0, k.readEnd)
}

// noting is the log of a node, in the trace.
type noting struct{ nd *node }

// Enabled implements slog.Handler.
func (h noting) Enabled(context.Context, slog.Level) bool { return h.nd.world.tracing() }

// Handle implements slog.Handler.
func (h noting) Handle(_ context.Context, r slog.Record) error {
	text := r.Message
	r.Attrs(func(a slog.Attr) bool {
		text += " " + a.String()
		return true
	})
	h.nd.world.note("%s: %s", h.nd, text)
	return nil
}

// WithAttrs implements slog.Handler.
func (h noting) WithAttrs([]slog.Attr) slog.Handler { return h }

// WithGroup implements slog.Handler.
func (h noting) WithGroup(string) slog.Handler { return h }
