package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/agora-signal-go/signal/internal/core"
)

// profile is what a seed draws first: how large this world is and how bad.
type profile struct {
	accounts []string
	channels []string
	shards   int
	limits   core.Limits
	lasts    time.Duration // what users do by themselves
	settle   time.Duration // afterwards, until everything must be well

	think    time.Duration // between two things that a user does
	handler  time.Duration // the longest that a handler takes
	queue    int           // events that wait for handlers before the client stops reading
	outbox   int           // frames that a socket of the server's holds
	latency  time.Duration // of a frame, at most
	devices  bool          // accounts log in from two devices
	faults   time.Duration // between two faults; 0: there are none
	frameCut int           // one in so many frames is the last of its connection; 0: none
	amnesia  bool          // the server may lose its memory
	mortal   bool          // channels may die while nobody is in them
	quietly  bool          // channels may keep joins and leaves to themselves
	storms   bool          // users send faster than they may
	patience time.Duration // of a request
}

func drawProfile(rnd *rand.Rand) profile {
	oneOf := func(n int) bool { return rnd.IntN(n) == 0 }
	draw := func(values ...int) int { return values[rnd.IntN(len(values))] }
	names := []string{"alice", "bob", "carol", "dave", "erin"}
	p := profile{
		accounts: names[:2+rnd.IntN(len(names)-1)],
		channels: []string{"room", "den"}[:1+rnd.IntN(2)],
		shards:   draw(1, 1, 2, 3),
		lasts:    time.Duration(20+rnd.IntN(100)) * time.Second,
		settle:   200 * time.Second, // all that was half open has been noticed by then, and all who were lost have given up
		think:    time.Duration(draw(100, 300, 1000)) * time.Millisecond,
		handler:  time.Duration(draw(0, 0, 5, 50, 500)) * time.Millisecond,
		queue:    draw(10, 50, 1000),
		outbox:   draw(30, 200, 1000),
		latency:  time.Duration(draw(1, 20, 100, 1000)) * time.Millisecond,
		devices:  oneOf(4),
		faults:   time.Duration(draw(0, 500, 2000, 5000, 5000)) * time.Millisecond,
		frameCut: draw(0, 0, 30, 100, 300),
		amnesia:  oneOf(5),
		mortal:   oneOf(8),
		quietly:  oneOf(8),
		storms:   oneOf(5),
		patience: time.Duration(draw(10, 10, 90)) * time.Second, // the long one outlives a session
	}
	p.limits.ReplayEvents = draw(0, 0, 5, 20)
	p.limits.Messages = draw(0, 0, 0, 20)
	return p
}

func (p profile) String() string {
	return fmt.Sprintf("%d users, %d channels, %d shards, latency %v, handlers %v, queue %d, outbox %d, replay %d, inbox %d, "+
		"a fault each %v, a cut each %d frames, devices %t, amnesia %t, mortal %t, quietly %t, storms %t, patience %v",
		len(p.accounts), len(p.channels), p.shards, p.latency, p.handler, p.queue, p.outbox, p.limits.ReplayEvents, p.limits.Messages,
		p.faults, p.frameCut, p.devices, p.amnesia, p.mortal, p.quietly, p.storms, p.patience)
}
