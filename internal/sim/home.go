package sim

import (
	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

// A service is what clients connect to: one server that has all in its memory, or nodes with journals.
type service interface {
	live()               // has faults of its own happen until the good time
	choose() home        // where a connection ends; nil: nobody listens
	age() int            // counts losses of memory
	restart()            // a fault
	step(e core.Entry)   // what the owner wants, of the Core that it concerns
	probe(p *probe)      // logs one in
	cores() []*core.Core // as they are, one for each part of the state
	check()              // at the end of the good time
	rest()               // before a month in which nothing happens
	mend()               // ends all faults
}

// A home is the process that has a socket.
type home interface {
	age() int
	mute() bool    // it accepts connections, and nothing else
	alive() bool   // its sockets may tell it something
	reads() bool   // from sockets
	deafens() bool // takes no more calls
	sends(frame []byte)
	enter(k *socket)
	exit(k *socket) // nothing is read any more
	login(k *socket, l wire.Login)
	lineLogin(k *socket, l wire.LineLogin)
	call(k *socket, f wire.ClientFrame, text []byte)
	ack(k *socket, id int64)
}
