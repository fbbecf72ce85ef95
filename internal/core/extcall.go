package core

import "github.com/agora-signal-go/signal/internal/wire"

// An ExtCall is a user_ext_call, for the functions that the embedding program adds to the server's own.
type ExtCall struct {
	Core             int    // to whose Core the ExtReturn goes
	Session, Request uint64 // what the ExtReturn repeats
	AppID, Account   string // who calls
	Package, Func    string
	Args             string
	Trace            string // a traceparent, "" for none
}

// ExtReturn answers an ExtCall. It may come at any time and in any order, once.
type ExtReturn struct {
	Session, Request uint64
	Ret              string
	Reason           string // why it failed, with Code; "" for success
	Code             int
}

func (c *Core) extCall(s *session, q ask) {
	pkg, fn := q.args.Get("package").Text(), q.args.Get("func").Text()
	args, isText := q.text("args")
	bad := firstBad(wire.CheckName("package", pkg), wire.CheckName("func", fn))
	switch {
	case bad != nil:
		c.answer(s, q, invalidRet(bad))
	case !isText && q.args.Get("args") != nil:
		c.answer(s, q, wrongParam)
	case c.cfg.ExtCall == nil:
		c.answer(s, q, noSuchFunc)
	default:
		c.await(s, q).ext = true
		c.cfg.ExtCall(ExtCall{
			Core: c.index, Session: s.id, Request: s.asked, AppID: s.acc.app, Account: s.acc.name,
			Package: pkg, Func: fn, Args: args, Trace: q.trace(),
		})
	}
}

func (in ExtReturn) apply(c *Core) {
	s := c.sessions[in.Session]
	if s == nil {
		return
	}
	var ret []byte
	if in.Reason == "" {
		o := wire.OKIn(c.obj.empty())
		ret = c.obj.built(o.Str("ret", in.Ret).Bytes())
	} else {
		ret = wire.Failure(in.Reason, in.Code)
	}
	c.answered(s, &Message{From: Origin{Request: in.Request}, Ret: ret})
}
