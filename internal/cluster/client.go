package cluster

import (
	"cmp"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

// Socket is a connection of a client to this node. Its methods return at once and do not call the Node or the Client.
type Socket interface {
	core.Conn
	// Flush lets go out what Send and Close were told before.
	Flush()
	// Decided says what became of a login: the account is logged in, or ("") it is not.
	Decided(account string)
	// Cut says that the session's partition has gone elsewhere, or that nobody can say at present whether a login is
	// good: the connection has to end, so that its client looks for a server again and resumes.
	Cut()
}

// loginPatience is how long a login waits for its partition to have an owner, and for that to decide.
const loginPatience = 8 * time.Second

// A Client is one login of a Socket, or one try: what is to be told to the partition goes by it.
type Client struct {
	n     *Node
	id    core.PeerID
	p     int
	sock  Socket
	route *route // where it is logged in, or tries to. nil while nobody owns the partition; guarded by n.mu until then
	entry []byte // the login, until it was sent
	by    time.Time
	over  atomic.Bool // nothing goes to the socket any more
	in    atomic.Bool // logged in
}

// Login tries to log a socket in. What came of it the socket is told.
func (n *Node) Login(sock Socket, l wire.Login, mayWatch, byID bool) *Client {
	p := core.Owner(l.AppID, l.Account, len(n.slots))
	return n.begin(sock, p, core.Entry{Kind: core.EntryLogin, Login: l, MayWatch: mayWatch, ByID: byID})
}

// LineLogin tries to go on with a session. It is not ok for a line that was never given out.
func (n *Node) LineLogin(sock Socket, l wire.LineLogin) (c *Client, ok bool) {
	p, ok := core.LineOwner(l.Line, len(n.slots))
	if !ok {
		return nil, false
	}
	return n.begin(sock, p, core.Entry{Kind: core.EntryLineLogin, Line: l}), true
}

func (n *Node) begin(sock Socket, p int, e core.Entry) *Client {
	c := &Client{
		n: n, id: core.PeerID{Node: n.cfg.ID, Socket: n.sockets.Add(1)}, p: p, sock: sock,
		by: n.world.Now().Add(loginPatience),
	}
	e.Peer = c.id
	c.entry = e.Append(nil)
	n.clients.Store(c.id.Socket, c)
	n.mu.Lock()
	n.homes[p][c] = struct{}{}
	n.waiting = append(n.waiting, c)
	n.mu.Unlock()
	n.send(c)
	return c
}

// send sends a login on its way, if there is one.
func (n *Node) send(c *Client) {
	n.mu.Lock()
	r := n.routes[c.p].Load()
	entry := c.entry
	if entry == nil || r.node == 0 || c.over.Load() {
		n.mu.Unlock()
		return
	}
	c.route, c.entry = r, nil
	n.mu.Unlock()
	c.input(itemInput, entry)
}

// retry sends the logins that wait for an owner, and gives up those that have waited long enough, or for a decision.
func (n *Node) retry(now time.Time) {
	n.mu.Lock()
	var send, late []*Client
	kept := n.waiting[:0]
	for _, c := range n.waiting {
		switch {
		case c.in.Load() || c.over.Load():
			continue
		case !now.Before(c.by):
			late = append(late, c)
			continue
		case c.entry != nil && n.routes[c.p].Load().node != 0:
			send = append(send, c)
		}
		kept = append(kept, c)
	}
	clear(n.waiting[len(kept):])
	n.waiting = kept
	n.mu.Unlock()
	for _, c := range late {
		n.counts.lateLogins.Add(1)
		c.gone()
	}
	for _, c := range send {
		n.send(c)
	}
}

// input hands something to the owner of the client's partition.
func (c *Client) input(kind itemKind, entry []byte) {
	n, r := c.n, c.route
	if r.node != n.cfg.ID {
		n.say(r.node, &message{kind: sayInput, partition: c.p, claim: r.claim, socket: c.id.Socket, flag: kind == itemWord, data: entry})
		return
	}
	switch err := n.put(c.p, item{kind: kind, entry: entry, claim: r.claim}); {
	case err == nil:
	case errors.Is(err, errBusy):
		n.counts.refused.Add(1)
		n.deliver(nil, refusal(entry))
	default:
		c.gone()
	}
}

// Call hands in a call, the text of whose frame this is. Nothing of it is kept.
func (c *Client) Call(frame []byte) {
	if !c.over.Load() {
		e := core.Entry{Kind: core.EntryCall, Peer: c.id, Frame: frame}
		c.input(itemInput, e.Append(make([]byte, 0, len(frame)+32)))
	}
}

// Ack hands in an ack frame.
func (c *Client) Ack(id int64) {
	if !c.over.Load() {
		e := core.Entry{Kind: core.EntryAck, Peer: c.id, ID: id}
		c.input(itemWord, e.Append(nil))
	}
}

// Node returns the node that the client is at.
func (c *Client) Node() *Node { return c.n }

// Down says that the socket is gone. It is told nothing any more.
func (c *Client) Down() {
	if c.forget() {
		c.down()
	}
}

func (c *Client) down() {
	c.n.mu.Lock()
	r := c.route
	c.n.mu.Unlock()
	if r == nil {
		return
	}
	e := core.Entry{Kind: core.EntryDown, Peer: c.id}
	c.input(itemWord, e.Append(nil))
}

// gone ends a client whose partition is not where it was, or was never found. Should it be there all the same, it is told.
func (c *Client) gone() {
	if c.forget() {
		c.n.counts.cut.Add(1)
		c.sock.Cut()
		c.down()
	}
}

// forget takes the client off the books. It reports whether it was there.
func (c *Client) forget() bool {
	if c.over.Swap(true) {
		return false
	}
	c.n.clients.Delete(c.id.Socket)
	c.n.mu.Lock()
	defer c.n.mu.Unlock()
	delete(c.n.homes[c.p], c)
	return true
}

// decided tells the socket what became of its login. code is undecided when nobody can say.
func (c *Client) decided(account string, code int) {
	switch {
	case code == undecided:
		c.gone()
	case account != "":
		c.in.Store(true)
		c.sock.Decided(account)
	case c.forget():
		c.sock.Decided("")
	}
}

// client returns the client of a number, nil when it is gone.
func (n *Node) client(number uint64) *Client {
	c, ok := n.clients.Load(number)
	if !ok {
		return nil
	}
	return c.(*Client) //nolint:errcheck,forcetypeassert // nothing else is in there
}

func sortClients(all []*Client) {
	slices.SortFunc(all, func(a, b *Client) int { return cmp.Compare(a.id.Socket, b.id.Socket) })
}

func sortedIDs(all []uint64) []uint64 {
	slices.Sort(all)
	return all
}
