package server

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

// A Caller is the user whose call a handler answers.
type Caller struct {
	AppID, Account string
	Trace          string // the W3C traceparent that came with the call, "" for none
}

// user is who counts against a limit.
type user struct{ app, account string }

func (c Caller) user() user { return user{c.AppID, c.Account} }

// An InvokeError is what a handler of [WithInvokeHandler] returns when its caller is to learn why a call failed.
// Of any other error the caller learns nothing: it is logged, and the reason is "Failed".
type InvokeError struct {
	Reason string // default "Failed"
	Code   int    // the ecode; default 1001, GENERAL_E_FAILED
}

func (e InvokeError) Error() string { return "invoke: " + e.reason() }

func (e InvokeError) reason() string {
	if e.Reason == "" {
		return reasonFailed
	}
	return e.Reason
}

func (e InvokeError) code() int {
	if e.Code == wire.Success {
		return wire.GeneralEFailed
	}
	return e.Code
}

// WithInvokeHandler adds functions of one's own to those that clients may invoke: h answers
// invoke("PACKAGE.FUNCTION", args) of the callback API, user_ext_call on the wire. args is the text that the client
// gave, of at most 64 KiB; the string that h returns, of at most 512 KiB, is the answer's "ret". Given again for
// the same package, the last counts. A call of a package without a handler fails with NoSuchFunc, 1004.
//
// h runs on a goroutine of its own per call, at most [Limits].InvocationsPerUser at once for one user and
// [Limits].Invocations in all; over it the call fails with RateLimited, 1001. ctx ends after
// [Limits].InvokeWithin, and the caller is told "Timeout", 1001, there and then; it ends at [Server.Shutdown]
// too ("Cancelled"). A handler that goes on regardless keeps its place among those at once. One that panics
// is logged, and its caller told "Failed".
func WithInvokeHandler(pkg string, h func(ctx context.Context, caller Caller, fn, args string) (string, error)) Option {
	return func(c *config) {
		if c.handlers == nil {
			c.handlers = make(map[string]invokeHandler)
		}
		c.handlers[pkg] = h
	}
}

type invokeHandler func(ctx context.Context, caller Caller, fn, args string) (string, error)

const (
	reasonFailed    = "Failed"
	reasonTimeout   = "Timeout"
	reasonCancelled = "Cancelled"
	reasonLarge     = "LargeResult"
	maxInvokeRet    = 512 << 10
)

// An invoker runs the handlers of WithInvokeHandler.
type invoker struct {
	handlers map[string]invokeHandler
	limits   invokeLimits
	log      *slog.Logger
	ctx      context.Context // of all calls
	stats    *counters

	mu sync.Mutex
	// +checklocks:mu
	running map[user]int
	// +checklocks:mu
	total int
	// +checklocks:mu
	closed bool          // no new calls
	idle   chan struct{} // closed when closed and nothing runs

	answering sync.RWMutex // held for reading while an answer is given
	// +checklocks:answering
	over bool // nobody is left to take one
}

type invokeLimits struct {
	within     time.Duration
	per, total int
}

func newInvoker(s *Server) *invoker {
	return &invoker{
		handlers: s.handlers, limits: s.limits.invoke(), log: s.log, ctx: s.ctx, stats: &s.stats,
		running: make(map[user]int), idle: make(chan struct{}),
	}
}

// start carries out a call, unless it says at once why not. answer gets the outcome of one that it carries out.
func (v *invoker) start(c core.ExtCall, answer func(core.ExtReturn)) (refused core.ExtReturn, ok bool) {
	ret := core.ExtReturn{Session: c.Session, Request: c.Request}
	h := v.handlers[c.Package]
	if h == nil {
		ret.Reason, ret.Code = wire.ReasonNoSuchFunc, wire.GeneralEWrongParam
		return ret, false
	}
	v.stats.invocations.Add(1)
	call := &invocation{v: v, who: Caller{AppID: c.AppID, Account: c.Account, Trace: c.Trace}, ret: ret, answer: answer}
	if ret.Reason = v.enter(call.who.user()); ret.Reason != "" {
		v.stats.invocationsFailed.Add(1)
		ret.Code = wire.GeneralEFailed
		return ret, false
	}
	go call.run(h, c.Package, c.Func, c.Args)
	return ret, true
}

// enter takes a place for a call. It returns why there is none.
func (v *invoker) enter(who user) (reason string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case v.closed:
		return reasonCancelled
	case v.total >= v.limits.total || v.running[who] >= v.limits.per:
		return wire.ReasonRateLimited
	}
	v.running[who]++
	v.total++
	return ""
}

func (v *invoker) leave(who user) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.running[who]--; v.running[who] == 0 {
		delete(v.running, who)
	}
	v.total--
	if v.closed && v.total == 0 {
		close(v.idle)
	}
}

// close takes no calls any more. The channel that it returns is closed when those that run have ended.
func (v *invoker) close() <-chan struct{} {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.closed && v.total == 0 {
		close(v.idle)
	}
	v.closed = true
	return v.idle
}

// abandon drops what answers may still come.
func (v *invoker) abandon() {
	v.answering.Lock()
	defer v.answering.Unlock()
	v.over = true
}

// An invocation is a call while its handler runs.
type invocation struct {
	v      *invoker
	who    Caller
	ret    core.ExtReturn
	answer func(core.ExtReturn)
}

func (i *invocation) run(h invokeHandler, pkg, fn, args string) {
	defer i.v.leave(i.who.user())
	ctx, cancel := context.WithTimeout(i.v.ctx, i.v.limits.within)
	defer cancel()
	gaveUp := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(gaveUp)
		i.giveUp(ctx)
	})
	ended := false
	var ret string
	var err error
	defer func() { // also after a panic and after runtime.Goexit
		p := recover()
		if p != nil || !ended {
			i.v.log.Error("invoke handler panicked", "package", pkg, "func", clip(fn), "panic", p, "stack", string(debug.Stack()))
			err = InvokeError{}
		}
		switch {
		case !stop():
			<-gaveUp
		case ctx.Err() != nil: // a context's Done is closed before its AfterFuncs run
			i.giveUp(ctx)
		default:
			i.returned(pkg, fn, ret, err)
		}
	}()
	ret, err = h(ctx, i.who, fn, args)
	ended = true
}

// giveUp answers for a handler whose context has ended.
func (i *invocation) giveUp(ctx context.Context) {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		i.fail(reasonTimeout, wire.GeneralEFailed)
	} else {
		i.fail(reasonCancelled, wire.GeneralEFailed)
	}
}

func (i *invocation) returned(pkg, fn, ret string, err error) {
	var told InvokeError
	var toldToo *InvokeError
	switch {
	case err == nil && len(ret) > maxInvokeRet:
		i.v.log.Error("invoke handler's answer is too large", "package", pkg, "func", clip(fn), "bytes", len(ret), "most", maxInvokeRet)
		i.fail(reasonLarge, wire.GeneralELargeParam)
	case err == nil:
		i.finish(ret, "", wire.Success)
	case errors.As(err, &told):
		i.fail(told.reason(), told.code())
	case errors.As(err, &toldToo):
		i.fail(toldToo.reason(), toldToo.code())
	default:
		i.v.log.Error("invoke handler failed", "package", pkg, "func", clip(fn), "err", err)
		i.fail(reasonFailed, wire.GeneralEFailed)
	}
}

func (i *invocation) fail(reason string, code int) {
	i.v.stats.invocationsFailed.Add(1)
	i.finish("", reason, code)
}

// finish gives the answer.
func (i *invocation) finish(ret, reason string, code int) {
	i.ret.Ret, i.ret.Reason, i.ret.Code = ret, reason, code
	i.v.answering.RLock()
	defer i.v.answering.RUnlock()
	if !i.v.over {
		i.answer(i.ret)
	}
}
