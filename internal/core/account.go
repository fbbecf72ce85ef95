package core

import (
	"strings"

	"github.com/agora-signal-go/signal/internal/wire"
)

// An account is what the server knows of a user. It is owned by the Core that Owner names, and so are its sessions.
type account struct {
	app, name   string
	epoch       string   // names this life of its list
	session     *session // nil while it is offline
	connTimeout int      // seconds
	attrs       attrs
	inbox       inbox
	sweep       timer            // of the inbox and of what is forgotten later
	sent        bucket           // messages, instant and channel
	keys        *recent[outcome] // messages to it that may come again; nil before the first
	incoming    []*call          // open calls of which it is the callee; it decides what becomes of them
	outgoing    []outgoing       // open calls of which it is the caller, as far as it was told
}

// account returns the account of that name, which begins to live if nobody knew it.
func (c *Core) account(app, name string) *account {
	if acc := c.accounts[entity{app, name}]; acc != nil {
		return acc
	}
	app = c.names.get([]byte(app))
	name = strings.Clone(name) // and nothing that it may be part of
	acc := newAccount(app, name, c.cfg.NewID())
	c.accounts[entity{app, name}] = acc
	return acc
}

func newAccount(app, name, epoch string) *account {
	a := &account{app: app, name: name, epoch: epoch, connTimeout: wire.MaxConnTimeout}
	a.sweep.owner = a
	return a
}

// fire sweeps the inbox.
func (a *account) fire(c *Core) { c.sweepInbox(a) }

// remember notes what a message was answered that may come again.
func (c *Core) remember(acc *account, d digest, o outcome) {
	if acc.keys == nil {
		acc.keys = acc.newKeys()
	}
	acc.keys.add(c, c.limits.Keys, d, o)
}

func (a *account) newKeys() *recent[outcome] {
	return &recent[outcome]{ttl: wire.RepeatedWithin, swept: func(c *Core) { c.forget(a) }}
}

// reach returns the account that something is sent to, nil when there is no room for one more.
func (c *Core) reach(m *Message) *account {
	acc := c.accounts[entity{m.To.App, m.To.Name}]
	if acc == nil && len(c.accounts) < c.limits.Accounts {
		acc = c.account(m.To.App, m.To.Name)
	}
	return acc
}

// forget ends the life of an account of which there is nothing left to know.
func (c *Core) forget(acc *account) {
	if acc.session != nil || len(acc.attrs.values)+len(acc.inbox.entries)+acc.keys.len()+len(acc.incoming)+len(acc.outgoing) > 0 {
		return
	}
	if !acc.sent.isFull(c.at) { // logging in again is no way around the limit
		c.setBy(&acc.sweep, acc.sent.fullAt())
		return
	}
	c.stop(&acc.sweep)
	acc.keys.clear(c)
	delete(c.accounts, entity{acc.app, acc.name})
}

// askAccount poses the questions that anyone may ask about an account.
func (c *Core) askAccount(s *session, q ask, op Op) {
	m := Message{To: Address{Target: ToAccount, Name: c.name(q, "account")}, Op: op}
	bad := wire.CheckAccount("account", m.To.Name)
	if op == OpAttr {
		m.Name = c.name(q, "name")
		bad = firstBad(bad, wire.CheckName("name", m.Name))
	}
	if bad != nil {
		c.answer(s, q, invalidRet(bad))
		return
	}
	c.request(s, q, m)
}

func (c *Core) readAccount(m *Message) {
	acc := c.accounts[entity{m.To.App, m.To.Name}]
	if acc == nil {
		acc = c.nobody
	}
	o := wire.OKIn(c.obj.empty())
	switch m.Op {
	case OpStatus:
		online := int64(0)
		if acc.session != nil {
			online = 1
		}
		o.Int("status", online)
	case OpAttr:
		o.Str("value", acc.attrs.values[m.Name]).Str("name", m.Name)
	case OpAttrs:
		all := wire.AppendStrings(nil, wire.SortedNames(acc.attrs.values), acc.attrs.values)
		o.Str("json", string(all)).Raw("attrs", all)
	}
	c.replyBuilt(m, c.obj.built(o.Str("account", m.To.Name).Bytes()))
}
