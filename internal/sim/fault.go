package sim

import (
	"time"

	"github.com/agora-signal-go/signal/internal/core"
)

// faultPrefix begins the name of each fault that is counted.
const faultPrefix = "fault: "

// live has faults happen until the network is mended.
func (n *network) live() {
	if n.profile.faults == 0 {
		return
	}
	n.after(n.between(0, 2*n.profile.faults), func() {
		if n.calm {
			return
		}
		n.fault()
		n.live()
	})
}

// fault is one fault of any kind.
func (n *network) fault() {
	switch n.rnd.IntN(20) {
	case 0, 1, 2:
		n.cutOne("cut", true, true)
	case 3:
		n.cutOne("half open for the client", false, true)
	case 4:
		n.cutOne("half open for the server", true, false)
	case 5:
		n.cutOne("half open", false, false)
	case 6:
		n.oneWay()
	case 7, 8:
		n.stall()
	case 9:
		n.refusingTill = n.now.Add(n.between(0, 10*time.Second))
		n.note("fault: connections are refused until %v", n.refusingTill.Sub(start))
	case 10:
		n.muteTill = n.now.Add(n.between(0, 8*time.Second))
		n.note("fault: connections are accepted and mute until %v", n.muteTill.Sub(start))
	case 11:
		n.everybody()
	case 12, 13:
		n.sleep()
	case 14:
		n.busy()
	case 15:
		n.service.restart()
	case 16:
		n.ownersWish()
	case 17:
		n.newDevice()
	case 18:
		n.crash()
	case 19:
		n.tunnel()
	}
}

// some returns any of the connections that are in use, nil when there is none.
func (n *network) some() *conn {
	var used []*conn
	alive := n.conns[:0]
	for _, cn := range n.conns {
		if cn.client != nil || !cn.sock.ended {
			alive = append(alive, cn)
		}
		if cn.client != nil && !cn.up.dead {
			used = append(used, cn)
		}
	}
	n.conns = alive
	if len(used) == 0 {
		return nil
	}
	return used[n.rnd.IntN(len(used))]
}

func (n *network) cutOne(what string, tellClient, tellServer bool) {
	if cn := n.some(); cn != nil {
		n.count(faultPrefix + "" + what)
		n.note("fault: %s, connection %d of %s", what, cn.id, cn.client)
		cn.cut(tellClient, tellServer)
	}
}

// oneWay loses one direction alone, and nobody is told.
func (n *network) oneWay() {
	if cn := n.some(); cn != nil {
		n.count(faultPrefix + "one direction lost")
		l := cn.up
		if n.chance(2) {
			l = cn.down
		}
		n.note("fault: one direction lost (to the server: %t), connection %d of %s", l == cn.up, cn.id, cn.client)
		l.cut()
	}
}

// stall holds a direction up. Nothing is lost.
func (n *network) stall() {
	if cn := n.some(); cn != nil {
		n.count(faultPrefix + "stall")
		l := cn.up
		if n.chance(2) {
			l = cn.down
		}
		l.stalled = n.now.Add(n.between(0, 40*time.Second))
		if l.last.Before(l.stalled) {
			l.last = l.stalled
		}
		n.note("fault: stall until %v (to the server: %t), connection %d of %s", l.stalled.Sub(start), l == cn.up, cn.id, cn.client)
		l.schedule()
	}
}

// everybody loses his connection at the same moment, and comes back.
func (n *network) everybody() {
	n.count(faultPrefix + "all cut")
	n.note("fault: all connections are cut")
	n.cutAll(true, true)
}

func (n *network) cutAll(tellClients, tellServer bool) {
	for _, cn := range append([]*conn(nil), n.conns...) {
		cn.cut(tellClients, tellServer)
	}
}

// tunnel takes one user's connection away for a while, once longer than a session lives.
func (n *network) tunnel() {
	cn := n.some()
	if cn == nil {
		return
	}
	n.count(faultPrefix + "tunnel")
	c := cn.client
	c.tunnelTill = n.now.Add(n.between(time.Second, 40*time.Second))
	if n.chance(4) {
		c.tunnelTill = n.now.Add(n.between(100*time.Second, 140*time.Second))
	}
	n.note("fault: tunnel for %s until %v", c, c.tunnelTill.Sub(start))
	cn.cut(n.chance(2), n.chance(2))
}

// sleep stops a client as a laptop that is closed, or as a process that is stopped.
func (n *network) sleep() {
	if c := n.anyone(); c != nil {
		n.count(faultPrefix + "sleep")
		c.sleep(n.between(0, 60*time.Second), n.chance(2))
	}
}

// busy keeps a client's handlers for a while.
func (n *network) busy() {
	if c := n.anyone(); c != nil {
		n.count(faultPrefix + "slow handler")
		c.slowTill = n.now.Add(n.between(0, 30*time.Second))
		n.note("fault: handlers of %s take long until %v", c, c.slowTill.Sub(start))
	}
}

// newDevice has an account log in once more: two clients that both want to be it.
func (n *network) newDevice() {
	if c := n.anyone(); c != nil && n.profile.devices {
		n.count(faultPrefix + "another device")
		n.newClient(c.account).live()
	}
}

// crash ends a client's process without a word to anybody.
func (n *network) crash() {
	if c := n.anyone(); c != nil {
		n.count(faultPrefix + "crash of a client")
		c.crash(n.chance(2))
	}
}

// ownersWish throws somebody out of the server or of a channel.
func (n *network) ownersWish() {
	account := n.profile.accounts[n.rnd.IntN(len(n.profile.accounts))]
	if n.chance(3) {
		n.count(faultPrefix + "removed by the owner")
		n.note("fault: %s is removed", account)
		n.service.step(core.Entry{Kind: core.EntryKickUser, App: app, Account: account})
		return
	}
	channel := n.profile.channels[n.rnd.IntN(len(n.profile.channels))]
	n.count(faultPrefix + "thrown out of a channel")
	n.note("fault: %s is thrown out of %s", account, channel)
	n.service.step(core.Entry{Kind: core.EntryKickFrom, App: app, Channel: channel, Account: account})
}

func (n *network) anyone() *client {
	if len(n.clients) == 0 {
		return nil
	}
	return n.clients[n.rnd.IntN(len(n.clients))]
}

// spoils says whether a frame that is about to be sent is the last of its connection, and whether it is lost with it:
// the answer that never arrives, the call that was carried out and nobody knows.
func (n *network) spoils(l *lane, frame []byte) (lost bool) {
	if n.calm || l.conn.client == nil || !n.chance(n.profile.frameCut) {
		return false
	}
	cn := l.conn
	if n.chance(2) {
		n.count(faultPrefix + "frame lost with its connection")
		n.note("fault: lost with its connection %d of %s: %s", cn.id, cn.client, clip(frame))
		cn.cut(true, n.chance(2))
		return true
	}
	n.count(faultPrefix + "cut behind a frame")
	n.note("fault: cut as soon as it arrived, connection %d of %s: %s", cn.id, cn.client, clip(frame))
	n.at(l.last.Add(l.slowest), func() {
		if !n.calm {
			cn.cut(true, n.chance(2))
		}
	})
	return false
}

// mend ends all faults. What is half open stays so until somebody notices.
func (n *network) mend() {
	n.note("the network is good again")
	n.refusingTill, n.muteTill = time.Time{}, time.Time{}
	n.profile.latency = min(n.profile.latency, 20*time.Millisecond)
	for _, cn := range n.conns {
		for _, l := range []*lane{cn.up, cn.down} {
			l.stalled = time.Time{}
			l.schedule()
		}
	}
	for _, c := range n.clients {
		c.mend()
	}
	n.service.mend()
}
