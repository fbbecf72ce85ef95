package signal

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/agora-signal-go/signal/internal/dispatch"
	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/link"
)

// API is one client: at most one account at a time, on one connection, with one goroutine for its handlers.
// Make it with [New] or [GetInstance], end it with [API.Destroy].
type API struct {
	appID string
	log   *slog.Logger // to the application's logger and to OnLog
	quiet *slog.Logger // to the application's logger alone
	queue *dispatch.Queue[engine.Event]
	link  *link.Link
	meter *meter // nil when nobody watches

	callback atomic.Pointer[ICallBack]
	handled  atomic.Uint64 // the Mark of the newest event that the application is done with
	dropped  atomic.Uint64 // the Mark of the first event that Destroy dropped

	destroyed atomic.Bool
	idle      chan struct{} // closed when the handler that ran when Destroy began has returned
	done      chan struct{} // closed when all is over
}

// New returns a new API for the app. Without options it connects to [DefaultServer].
//
// An option with a value that is no good, such as a malformed URL, is logged, and each login ends in
// OnLoginFailed(201).
//
// Seed: createAgoraSDKInstance
func New(appID string, opts ...Option) *API {
	o := newOptions(opts)
	a := &API{appID: appID, idle: make(chan struct{}), done: make(chan struct{})}
	a.quiet = o.logger
	a.log = slog.New(tee{next: o.logger.Handler(), line: a.logLine})
	a.meter = newMeter(appID, o)
	a.queue = dispatch.New(dispatch.Config[engine.Event]{
		Events: o.queueEvents, Bytes: o.queueBytes,
		Size:     engine.Event.Size,
		Handle:   a.handle,
		Panicked: a.panicked,
		Room:     func() { a.link.Room() },
	})
	var sink link.Sink = a.queue
	if a.meter != nil {
		sink = meteredQueue{a.queue, a.meter}
	}
	a.link = link.New(o.linkConfig(sink, a.handled.Load, a.log, a.meter, a.meter != nil))
	a.meter.begin(a.link.State, a.queue.Waiting)
	return a
}

// instances are those that GetInstance has given out and nobody has destroyed.
var instances = struct {
	sync.Mutex
	byApp map[string]*API
}{byApp: make(map[string]*API)}

// GetInstance returns the one shared API of the app: a new one the first time and after Destroy. The options
// matter that time only; later ones are ignored, with a line in the log.
//
// Seed: getInstance
func GetInstance(appID string, opts ...Option) *API {
	instances.Lock()
	defer instances.Unlock()
	a := instances.byApp[appID]
	switch {
	case a == nil:
		a = New(appID, opts...)
		instances.byApp[appID] = a
	case len(opts) > 0:
		a.log.Warn("options of GetInstance ignored: the instance is there already", "app", appID)
	}
	return a
}

// CallbackSet says who hears from the API, from the next event on. nil means nobody: events are dropped then.
// A nil pointer in an ICallBack is not nil: it is called.
//
// Seed: callbackSet
func (a *API) CallbackSet(handler ICallBack) {
	if handler == nil {
		a.callback.Store(nil)
		return
	}
	a.callback.Store(&handler)
}

// CallbackGet returns what CallbackSet was given last, nil before that.
//
// Seed: callbackGet
func (a *API) CallbackGet() ICallBack {
	if p := a.callback.Load(); p != nil {
		return *p
	}
	return nil
}

// GetStatus returns the login state, one of [LoginStateNotLogin] (after Destroy, too), [LoginStateLogining],
// [LoginStateLogined] and [LoginStateReconnecting]. It tells of a Login or Logout as soon as that has returned.
//
// Seed: getStatus
func (a *API) GetStatus() int {
	if a.destroyed.Load() {
		return LoginStateNotLogin
	}
	return int(a.link.State())
}

// IsOnline reports whether the API is logged in and connected.
//
// Deprecated: Use GetStatus() == LoginStateLogined.
//
// Seed: isOnline
func (a *API) IsOnline() bool { return a.GetStatus() == LoginStateLogined }

// The version of the original's API that this one follows, and our revision of it.
const (
	seedVersion = 1_01_04_04_000 // 1.4.4, in the digits of 1010104019, which is 1.1.4.19
	revision    = 0
)

// GetSdkVersion returns the version as a number: 1.4.4 and the revision in the last three digits.
//
// Seed: getSdkVersion
func (a *API) GetSdkVersion() int { return seedVersion + revision }

// do hands over a request. The work that needs no engine is done here, on the caller's goroutine.
func (a *API) do(req *engine.Request) {
	if a.over(req.Method) {
		return
	}
	a.meter.ask(context.Background(), req)
	req.Check()
	a.link.Do(req)
}

// over reports whether the API is destroyed, so that a call of method does nothing.
func (a *API) over(method string) bool {
	if !a.destroyed.Load() {
		return false
	}
	a.log.Warn("call after destroy ignored", "method", method)
	return true
}
