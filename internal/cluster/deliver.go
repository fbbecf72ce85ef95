package cluster

import (
	"cmp"
	"encoding/binary"
	"errors"
	"maps"
	"slices"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/server/backend"
)

// A delivery brings what came out of a partition, or in from another node, to where it goes. Sockets are flushed at its end.
type delivery struct {
	n       *Node
	p       int  // where it is from
	ear     *ear // by which it came, of a piece
	touched []Socket
	first   bool // a link has something to flush
}

// deliver delivers what came out of a slot; of none, when it has only to do with sockets and administrators.
func (n *Node) deliver(s *slot, outs []output) {
	if len(outs) == 0 {
		return
	}
	d := delivery{n: n}
	claim := uint64(0)
	if s != nil {
		d.p = s.index
		claim, _ = s.owner()
	}
	for i := 0; i < len(outs); i++ {
		o := &outs[i]
		switch o.kind {
		case outFrame:
			run := sameFrame(outs[i:])
			d.frames(outs[i : i+run])
			i += run - 1
		case outPost:
			d.post(s.index, claim, o)
		case outAck:
			d.toPartition(o.to, item{kind: itemAcked, from: s.index, number: o.number},
				&message{kind: sayAck, partition: o.to, from: s.index, number: o.number})
		case outAnswer:
			d.answer(o.node, o.token, answer{code: o.code, data: o.data, err: o.err})
		case outExt:
			n.ext(s.index, o.ext)
		default:
			d.toSocket(o)
		}
	}
	d.end()
}

// sameFrame returns how many outputs, from the first on, are one frame for one socket each.
func sameFrame(outs []output) int {
	n := 1
	for n < len(outs) && outs[n].kind == outFrame && len(outs[n].data) > 0 && len(outs[n].data) == len(outs[0].data) && &outs[n].data[0] == &outs[0].data[0] {
		n++
	}
	return n
}

// frames delivers one frame to several sockets.
func (d *delivery) frames(outs []output) {
	frame := outs[0].data
	if len(outs) == 1 && outs[0].peer.Node != d.n.cfg.ID {
		d.say(outs[0].peer.Node, &message{kind: sayFrame, socket: outs[0].peer.Socket, data: frame})
		return
	}
	var order []uint64
	var away map[uint64][]uint64
	for i := range outs {
		id := outs[i].peer
		if id.Node == d.n.cfg.ID {
			d.frame(id.Socket, frame)
			continue
		}
		if away == nil {
			away = make(map[uint64][]uint64)
		}
		if away[id.Node] == nil {
			order = append(order, id.Node)
		}
		away[id.Node] = append(away[id.Node], id.Socket)
	}
	for _, node := range order {
		d.say(node, &message{kind: sayFrames, sockets: away[node], data: frame})
	}
}

func (d *delivery) frame(socket uint64, frame []byte) {
	if c := d.n.client(socket); c != nil {
		c.sock.Send(frame)
		d.touch(c.sock)
	}
}

func (d *delivery) touch(s Socket) {
	if n := len(d.touched); n == 0 || d.touched[n-1] != s {
		d.touched = append(d.touched, s)
	}
}

func (d *delivery) end() {
	for _, s := range d.touched {
		s.Flush()
	}
	if d.first {
		d.n.world.Flush()
	}
}

// toSocket delivers what is for one socket.
func (d *delivery) toSocket(o *output) {
	if o.peer.Node == d.n.cfg.ID {
		d.here(o.kind, o.peer.Socket, o.account, o.code)
		return
	}
	m := message{socket: o.peer.Socket, partition: d.p, code: o.code, text: o.account}
	switch o.kind {
	case outClose:
		m.kind = sayClose
	case outDecided:
		m.kind = sayDecided
	default:
		m.kind = sayGone
	}
	d.say(o.peer.Node, &m)
}

// here is toSocket for one of this node.
func (d *delivery) here(kind outKind, socket uint64, account string, code int) {
	c := d.n.client(socket)
	switch {
	case c == nil && kind == outDecided && account != "": // that it is down came before the login
		e := core.Entry{Kind: core.EntryDown, Peer: core.PeerID{Node: d.n.cfg.ID, Socket: socket}}
		d.word(d.p, socket, e.Append(nil))
	case c == nil:
	case kind == outClose:
		c.sock.Close(code)
		d.touch(c.sock)
	case kind == outDecided:
		c.decided(account, code)
	default:
		c.gone()
	}
}

// word hands what has no answer to the owner of a partition.
func (d *delivery) word(p int, socket uint64, entry []byte) {
	switch r := d.n.routes[p].Load(); r.node {
	case 0:
	case d.n.cfg.ID:
		_ = d.n.put(p, item{kind: itemWord, entry: entry})
	default:
		d.say(r.node, &message{kind: sayInput, partition: p, claim: r.claim, socket: socket, flag: true, data: entry})
	}
}

// post delivers a post of a partition. One whose target nobody owns is sent when somebody does.
func (d *delivery) post(from int, claim uint64, o *output) {
	m := &message{
		kind: sayPost, partition: o.to, from: from, claim: claim, before: o.before, number: o.number, flag: o.lost, code: int(flagOf(o.fan)), data: o.data,
	}
	d.toPartition(o.to, m.post(), m)
}

// post is the item of a sayPost.
func (m *message) post() item {
	it := item{kind: itemPost, entry: m.data, from: m.from, before: m.before, number: m.number, claim: m.claim, lost: m.flag}
	if m.code == 1 {
		it.kind = itemFan
	}
	return it
}

// toPartition delivers to the owner of a partition: it here, or m to another node.
func (d *delivery) toPartition(p int, it item, m *message) {
	switch r := d.n.routes[p].Load(); r.node {
	case 0:
	case d.n.cfg.ID:
		if err := d.n.put(p, it); errors.Is(err, errEarly) {
			_ = d.n.put(it.from, item{kind: itemResend, from: p})
		}
	default:
		d.say(r.node, m)
	}
}

// say says something to another node.
func (d *delivery) say(node uint64, m *message) {
	d.first = d.n.link(node).say(d.n.world.Now(), m.append) || d.first
}

func (n *Node) say(node uint64, m *message) {
	d := delivery{n: n}
	d.say(node, m)
	d.end()
}

func (n *Node) link(node uint64) *link {
	n.mu.Lock()
	defer n.mu.Unlock()
	l := n.links[node]
	if l == nil {
		l = &link{to: node}
		n.links[node] = l
	}
	return l
}

// sortedLinks returns the links by whom they are to.
//
// +checklocks:n.mu
func (n *Node) sortedLinks() []*link {
	links := slices.Collect(maps.Values(n.links))
	slices.SortFunc(links, func(a, b *link) int { return cmp.Compare(a.to, b.to) })
	return links
}

// Flush publishes what waits on links.
func (n *Node) Flush() {
	n.mu.Lock()
	links := n.sortedLinks()
	n.mu.Unlock()
	for _, l := range links {
		for piece := l.piece(n.cfg.ID, n.cfg.MaxPiece); piece != nil; piece = l.piece(n.cfg.ID, n.cfg.MaxPiece) {
			n.world.Publish(SubjectOf(l.to), piece)
		}
	}
}

// HearPiece takes what came on the node's own subject. It is called by one goroutine at a time.
func (n *Node) HearPiece(piece []byte) {
	if len(piece) < pieceHead {
		n.cfg.Log.Error("what came is no piece of a link", "bytes", len(piece))
		return
	}
	from := binary.LittleEndian.Uint64(piece)
	n.mu.Lock()
	e := n.ears[from]
	if e == nil {
		e = new(ear)
		n.ears[from] = e
	}
	e.used = n.world.Now()
	n.mu.Unlock()
	d := delivery{n: n, ear: e}
	var m message
	if e.misses(piece) { // before what comes behind the gap
		n.counts.gaps.Add(1)
		n.cfg.Log.Warn("a link lost something", "from", SubjectOf(from))
		n.broken(from)
		d.say(from, &message{kind: sayBroken})
	}
	e.hear(piece, func(b []byte) {
		if m.parse(b, len(n.slots)) {
			d.handle(from, &m)
		} else {
			n.cfg.Log.Error("a damaged message of a node", "from", SubjectOf(from))
		}
	})
	d.end()
}

// handle handles one message of another node. The bytes are shared with those behind it and never change.
func (d *delivery) handle(from uint64, m *message) {
	n := d.n
	d.p = m.partition
	switch m.kind {
	case sayInput:
		d.input(from, m)
	case sayFrame:
		d.frame(m.socket, m.data)
	case sayFrames:
		for _, k := range m.sockets {
			d.frame(k, m.data)
		}
	case sayClose:
		d.here(outClose, m.socket, "", m.code)
	case sayDecided:
		d.here(outDecided, m.socket, m.text, m.code)
	case sayGone:
		d.here(outGone, m.socket, "", 0)
	case sayPost:
		n.learn(m.from, from, m.claim)
		err := n.put(m.partition, m.post())
		if errors.Is(err, errEarly) {
			d.say(from, &message{kind: sayMissing, partition: m.from, from: m.partition})
		}
	case sayAck:
		_ = n.put(m.partition, item{kind: itemAcked, from: m.from, number: m.number})
	case sayMissing:
		_ = n.put(m.partition, item{kind: itemResend, from: m.from})
	case sayBroken:
		n.broken(from)
	case sayOwned:
		n.superseded(m.partition, m.claim)
	case sayLook:
		n.lookFor(from, m)
	case sayAnswer:
		n.answered(m.token, answer{code: m.code, data: m.data, err: errOf(m.text)})
	}
}

// input takes what a socket of another node says to a partition of this one.
func (d *delivery) input(from uint64, m *message) {
	n, kind := d.n, itemInput
	if m.flag {
		kind = itemWord
	}
	if m.socket != 0 && !d.ear.rests(m) {
		d.say(from, &message{kind: sayGone, socket: m.socket})
		return
	}
	err := n.put(m.partition, item{kind: kind, entry: m.data, claim: m.claim})
	switch {
	case err == nil:
	case errors.Is(err, errBusy):
		n.counts.refused.Add(1)
		n.deliver(nil, refusal(m.data))
	case m.socket != 0:
		d.say(from, &message{kind: sayGone, socket: m.socket})
	default:
		n.deliver(nil, refusal(m.data)) // an administrator's
	}
}

// ext has the embedding program carry out a call.
func (n *Node) ext(p int, c core.ExtCall) {
	n.cfg.Ext(c, func(r core.ExtReturn) {
		e := core.Entry{Kind: core.EntryExtReturn, Ext: r}
		_ = n.put(p, item{kind: itemWord, entry: e.Append(nil)})
	})
}

// errOf undoes textOf.
func errOf(text string) error {
	switch text {
	case "":
		return nil
	case core.ErrNotFound.Error():
		return core.ErrNotFound
	case core.ErrFull.Error():
		return core.ErrFull
	case backend.ErrUnavailable.Error():
		return backend.ErrUnavailable
	}
	return errors.New(text)
}

func textOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
