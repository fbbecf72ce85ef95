package cluster

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

// A replica is a partition's state as its journal has it: a core, the sockets that the core knows, and what was posted
// and taken. Whoever applies the same records to the same snapshot has the same replica. It is used by one goroutine at
// a time.
type replica struct {
	index int
	core  *core.Core
	cfg   core.Config
	now   time.Time
	ids   *rand.ChaCha8
	peers map[core.PeerID]*peer
	sends []sending   // by target
	taken []receiving // by where it is from

	live    bool     // this node owns the partition: what comes out goes somewhere
	claims  []uint64 // of the partitions that something came from, the newest
	outs    []output
	partial []byte  // of a record that goes on in the next
	late    []*peer // were logged in when their sockets were down already
	entry   core.Entry
	reply   core.Entry // what a post is made in
}

// A peer is a socket, on whatever node, as the core knows it.
type peer struct {
	*core.Peer
	id      core.PeerID
	r       *replica
	decided bool // whether it is logged in; until then the core hears nothing else of it
	down    bool // meanwhile
}

// Send implements core.Conn.
func (p *peer) Send(frame []byte) { p.r.emit(output{kind: outFrame, peer: p.id, data: frame}) }

// Close implements core.Conn.
func (p *peer) Close(code int) { p.r.emit(output{kind: outClose, peer: p.id, code: code}) }

// An output is something that a replica brings about elsewhere.
type output struct {
	kind    outKind
	peer    core.PeerID
	data    []byte // a frame, or a post's entry
	code    int
	ok      bool
	account string
	to      int // a partition
	before  uint64
	number  uint64
	lost    bool
	fan     bool
	token   uint64
	node    uint64
	err     error
	ext     core.ExtCall
}

type outKind uint8

const (
	outFrame   outKind = iota + 1
	outClose           // what was sent goes out before
	outDecided         // a login
	outGone            // the partition does not know the socket (any more)
	outPost            // to another partition
	outAck             // a post, to where it is from
	outAnswer          // to what an administrator asked for
	outExt             // a call for the embedding program
)

func newReplica(index int, cfg core.Config) *replica {
	r := &replica{
		index: index, peers: make(map[core.PeerID]*peer),
		sends: make([]sending, cfg.Cores), taken: make([]receiving, cfg.Cores), claims: make([]uint64, cfg.Cores),
	}
	r.cfg = r.config(cfg)
	r.core = core.New(r.cfg, index)
	return r
}

// config makes the core's connections to the world those of the replica.
func (r *replica) config(cfg core.Config) core.Config {
	cfg.NewID, cfg.Post = r.newID, r.post
	observe := cfg.Observe
	if observe != nil {
		cfg.Observe = func(e core.Event) {
			if r.live {
				observe(e)
			}
		}
	}
	if cfg.ExtCall != nil {
		cfg.ExtCall = func(c core.ExtCall) { r.emit(output{kind: outExt, ext: c}) }
	}
	return cfg
}

// newID returns a name that nobody can guess who does not know the seed of the newest claim.
func (r *replica) newID() string {
	const size = 18 // bytes; no padding
	var b [size + 6]byte
	if r.ids != nil {
		_, _ = r.ids.Read(b[:size]) // never fails
	}
	return base64.RawURLEncoding.EncodeToString(b[:size])
}

func (r *replica) emit(o output) {
	if r.live {
		r.outs = append(r.outs, o)
	}
}

// post numbers what the core has to say to another.
func (r *replica) post(to int, m *core.Message) {
	s := &r.sends[to]
	s.last++
	p := post{number: s.last, fan: m.IsFanout()}
	r.reply = core.Entry{Kind: core.EntryMessage, Partition: r.index, Number: p.number, Message: m}
	p.entry = r.reply.Append(make([]byte, 0, 128))
	r.core.Recycle(m)
	s.add(p)
	if r.live {
		r.outs = append(r.outs, s.output(to, len(s.unacked)-1))
	}
}

// output is the post at place i on its way.
func (s *sending) output(to, i int) output {
	p := &s.unacked[i]
	o := output{kind: outPost, to: to, number: p.number, data: p.entry, lost: p.lost, fan: p.fan}
	if i > 0 {
		o.before = s.unacked[i-1].number
	}
	return o
}

// resend sends what a target has not acknowledged.
func (r *replica) resend(to int) {
	s := &r.sends[to]
	for i := range s.unacked {
		r.emit(s.output(to, i))
	}
}

// ownedAnew notes that somebody has owned a target since a claim, and reports whether that is news. Nothing that was fanned
// out before another owner is wanted there: his sockets came later and asked for what they had missed. The first one that
// is heard of may have been there all the time.
func (r *replica) ownedAnew(to int, claim uint64) bool {
	if claim <= r.claims[to] {
		return false
	}
	if r.claims[to] != 0 {
		r.sends[to].giveUp()
	}
	r.claims[to] = claim
	return true
}

// apply lets a record happen. Records come in the order of the journal.
func (r *replica) apply(rec *record) (err error) {
	if rec.claim || !rec.part {
		r.partial = nil // its owner did not get to the end
	}
	if rec.claim {
		r.ids = rand.NewChaCha8(rec.seed)
	}
	body := rec.body
	if rec.more || rec.part {
		r.partial = append(r.partial, rec.body...)
		if rec.more {
			return nil
		}
		body, r.partial = r.partial, nil
	}
	r.begin(rec.time())
	for len(body) > 0 {
		var item []byte
		if item, body, err = cutItem(body); err != nil {
			return err
		}
		if err := r.do(item); err != nil {
			return err
		}
	}
	return nil
}

// begin lets happen what is due by the time of a record.
func (r *replica) begin(now time.Time) {
	if now.After(r.now) {
		r.now = now
	}
	r.core.Tick(r.now)
	r.drop()
}

// do lets one entry happen.
func (r *replica) do(entry []byte) error {
	e := &r.entry
	if e.Message == nil {
		e.Message = r.core.NewMessage()
	}
	if err := core.ParseEntry(entry, e); err != nil {
		return fmt.Errorf("%w: %w", errRecord, err)
	}
	switch e.Kind {
	case core.EntryLogin:
		p := r.newPeer(e.Peer)
		r.step(core.Login{Peer: p.Peer, Login: e.Login, MayWatch: e.MayWatch, ByID: e.ByID, Done: func(ok bool) {
			r.decided(p, ok, e.Login.Account)
		}})
	case core.EntryLineLogin:
		p := r.newPeer(e.Peer)
		r.step(core.LineLogin{Peer: p.Peer, Line: e.Line, Done: p.resumed})
	case core.EntryCall:
		p := r.known(e.Peer)
		if p == nil || !p.decided {
			return nil
		}
		f, err := wire.ParseClientFrame(e.Frame)
		if err != nil {
			return fmt.Errorf("%w: %w", errRecord, err)
		}
		r.step(core.Call{Peer: p.Peer, Frame: f})
	case core.EntryAck:
		if p := r.known(e.Peer); p != nil && p.decided {
			r.step(core.Ack{Peer: p.Peer, ID: e.ID})
		}
	case core.EntryDown:
		switch p := r.peers[e.Peer]; {
		case p == nil:
		case !p.decided:
			p.down = true
		default:
			delete(r.peers, e.Peer)
			r.step(core.Down{Peer: p.Peer})
		}
	case core.EntryMessage:
		m := e.Message
		e.Message = nil // the core's from now on
		if e.Partition < 0 || e.Partition >= len(r.taken) {
			return fmt.Errorf("%w: a post of partition %d of %d", errRecord, e.Partition, len(r.taken))
		}
		r.taken[e.Partition].number = max(r.taken[e.Partition].number, e.Number)
		r.step(m)
	case core.EntryTakeover:
		clear(r.peers)
		r.step(core.Takeover{Limits: e.Limits})
	case core.EntryExtReturn:
		r.step(e.Ext)
	case core.EntryTick:
	default:
		return r.doAdmin(e)
	}
	return nil
}

func (r *replica) step(in core.Input) {
	r.core.Step(r.now, in)
	r.drop()
}

// drop takes from the core the sockets that went down before they were logged in.
func (r *replica) drop() {
	for len(r.late) > 0 {
		p := r.late[0]
		r.late = r.late[1:]
		delete(r.peers, p.id)
		r.core.Step(r.now, core.Down{Peer: p.Peer})
	}
}

func (r *replica) newPeer(id core.PeerID) *peer {
	p := &peer{id: id, r: r}
	p.Peer = core.NewNamedPeer(p, id)
	r.peers[id] = p
	return p
}

// known returns a peer. The socket of one that the partition does not know is told so.
func (r *replica) known(id core.PeerID) *peer {
	p := r.peers[id]
	if p == nil {
		r.emit(output{kind: outGone, peer: id})
	}
	return p
}

// decided tells a socket what became of its login. It is called from within the core.
func (r *replica) decided(p *peer, ok bool, account string) {
	p.decided = true
	switch {
	case !ok:
		delete(r.peers, p.id)
		account = ""
	case p.down:
		r.late = append(r.late, p)
		return
	}
	r.emit(output{kind: outDecided, peer: p.id, ok: ok, account: account})
}

func (p *peer) resumed(account string) { p.r.decided(p, account != "", account) }

// doAdmin lets happen what the server's owner wants.
func (r *replica) doAdmin(e *core.Entry) error {
	node, token := e.Node, e.Token
	done := func(err error) { r.emit(output{kind: outAnswer, node: node, token: token, err: err}) }
	in := e.Wish(done)
	switch {
	case e.Kind == core.EntryCloseApp:
		in = core.CloseApp{App: e.App, Done: func(sessions int) {
			r.emit(output{kind: outAnswer, node: node, token: token, code: sessions})
		}}
	case in == nil:
		return fmt.Errorf("%w: an entry of kind %d", errRecord, e.Kind)
	}
	r.step(in)
	return nil
}

// fan lets happen what is in no journal: a frame for the members of a channel.
func (r *replica) fan(entry []byte) error {
	e := &r.entry
	if e.Message == nil {
		e.Message = r.core.NewMessage()
	}
	if err := core.ParseEntry(entry, e); err != nil {
		return fmt.Errorf("%w: %w", errRecord, err)
	}
	m := e.Message
	e.Message = nil
	if !r.core.Deliver(m) {
		return errors.New("cluster: what was fanned out is something else")
	}
	r.taken[e.Partition].number = max(r.taken[e.Partition].number, e.Number)
	return nil
}

const snapshotFormat = 1

// freeze returns the replica as bytes, after a whole record.
func (r *replica) freeze() ([]byte, error) {
	dst := appendUint(nil, snapshotFormat)
	dst = appendUint(dst, uint64(r.now.UnixNano()))
	var seed []byte
	if r.ids != nil {
		var err error
		if seed, err = r.ids.MarshalBinary(); err != nil {
			return nil, fmt.Errorf("cluster: %w", err)
		}
	}
	dst = appendItem(dst, seed)
	dst = appendUint(dst, uint64(len(r.sends)))
	for i := range r.sends {
		s := &r.sends[i]
		dst = appendUint(dst, s.last)
		dst = appendUint(dst, r.taken[i].number)
		dst = appendUint(dst, uint64(len(s.unacked)))
		for _, p := range s.unacked {
			dst = appendUint(dst, p.number)
			dst = appendItem(appendUint(appendUint(dst, flagOf(p.fan)), flagOf(p.lost)), p.entry)
		}
	}
	var waiting []core.PeerID
	for _, id := range r.sortedPeers() {
		if !r.peers[id].decided {
			waiting = append(waiting, id)
		}
	}
	dst = appendUint(dst, uint64(len(waiting)))
	for _, id := range waiting {
		dst = appendUint(appendUint(appendUint(dst, id.Node), id.Socket), flagOf(r.peers[id].down))
	}
	return r.core.Freeze(dst), nil
}

// thaw makes the replica of a snapshot.
func thaw(index int, cfg core.Config, b []byte) (*replica, error) {
	r := newReplica(index, cfg)
	if b == nil {
		return r, nil
	}
	in := reader{b: b}
	if f := in.uint(); f != snapshotFormat {
		return nil, fmt.Errorf("cluster: a snapshot of format %d, want %d", f, snapshotFormat)
	}
	r.now = time.Unix(0, int64(in.uint())).UTC()
	if seed := in.item(); len(seed) > 0 {
		r.ids = new(rand.ChaCha8)
		if err := r.ids.UnmarshalBinary(seed); err != nil {
			return nil, fmt.Errorf("cluster: snapshot: %w", err)
		}
	}
	if n := in.count(); n != len(r.sends) {
		return nil, fmt.Errorf("cluster: a snapshot of %d partitions, want %d", n, len(r.sends))
	}
	for i := range r.sends {
		s := &r.sends[i]
		s.last = in.uint()
		r.taken[i].number = in.uint()
		for range in.count() {
			p := post{number: in.uint(), fan: in.flag(), lost: in.flag()}
			p.entry = append([]byte(nil), in.item()...)
			s.add(p)
		}
	}
	waiting := make(map[core.PeerID]bool)
	for range in.count() {
		id := core.PeerID{Node: in.uint(), Socket: in.uint()}
		waiting[id] = in.flag()
	}
	if in.bad {
		return nil, errors.New("cluster: damaged snapshot")
	}
	c, peers, err := core.Thaw(r.cfg, index, in.b, func(id core.PeerID) (core.Conn, func(string)) {
		down, waits := waiting[id]
		p := &peer{id: id, r: r, decided: !waits, down: down}
		r.peers[id] = p
		return p, p.resumed
	})
	if err != nil {
		return nil, fmt.Errorf("cluster: snapshot: %w", err)
	}
	for _, p := range peers {
		r.peers[p.ID()].Peer = p
	}
	r.core = c
	return r, nil
}

// claimed begins the time of a new owner.
func (r *replica) claimed(seed [seedSize]byte, now time.Time, limits core.Limits) error {
	e := core.Entry{Kind: core.EntryTakeover, Limits: limits}
	return r.apply(&record{claim: true, now: now.UnixNano(), seed: seed, body: appendItem(nil, e.Append(nil))})
}

// unacked returns how many bytes of posts wait for other partitions.
func (r *replica) unacked() (size int) {
	for to := range r.sends {
		size += r.sends[to].bytes
	}
	return size
}

// nudge sends again what has not arrived for a second.
func (r *replica) nudge() {
	for to := range r.sends {
		s := &r.sends[to]
		switch {
		case len(s.unacked) == 0:
			s.nudged = 0
		case s.unacked[0].number == s.nudged:
			r.resend(to)
		default:
			s.nudged = s.unacked[0].number
		}
	}
}

// sendAllAway ends all sockets, so that they come back and ask for what they missed. Their nodes say that they are down.
func (r *replica) sendAllAway() {
	for _, id := range r.sortedPeers() {
		r.emit(output{kind: outGone, peer: id})
	}
}

// peersOf returns the sockets of a node.
func (r *replica) peersOf(node uint64) []core.PeerID {
	return slices.DeleteFunc(r.sortedPeers(), func(id core.PeerID) bool { return id.Node != node })
}

func (r *replica) sortedPeers() []core.PeerID {
	ids := slices.Collect(maps.Keys(r.peers))
	slices.SortFunc(ids, core.PeerID.Compare)
	return ids
}
