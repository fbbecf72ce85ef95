package suite

import (
	"context"
	"errors"
	"sync"
	"time"

	signal "github.com/agora-signal-go/signal"
)

// A clientAPI has the methods of [signal.API] on top of a [signal.Client], so that the parts that were written for the one
// hold the other to the same promises. What is asked for is asked one after the other by a goroutine of its own; another
// one has a loop over the client's events.
//
// It answers by itself where the second face has nothing to ask: the names of messages (a Send that returns has no need of
// one), a channel that the user is not in and a call that is over (there is no value to call a method of, or none that
// fails), the count of tries of Login2 (a context bounds a Dial), MessageDTMFSend (fails always) and GetSdkVersion.
type clientAPI struct {
	way  *network
	opts []signal.Option
	asks chan func() // in order
	work sync.WaitGroup

	out sync.Mutex // held by whoever calls a handler

	mu sync.Mutex
	// +checklocks:mu
	handlers signal.ICallBack
	// +checklocks:mu
	destroyed bool
	// +checklocks:mu
	giveUp context.CancelFunc // of the Dial under way; nil when there is none
	// +checklocks:mu
	cancelled bool // by Logout
	// +checklocks:mu
	session *session // nil when not logged in
	// +checklocks:mu
	connections int // of the sessions before
}

// A session is a Client and what is known of it.
type session struct {
	*signal.Client
	heard chan struct{} // closed when the loop over its events has ended

	mu sync.Mutex
	// +checklocks:mu
	channel *signal.Channel // that was joined last
	// +checklocks:mu
	again string // the channel that the user is in and joins once more
	// +checklocks:mu
	calls map[callKey]*call
}

func newClientAPI(way *network, opts []signal.Option) *clientAPI {
	const waiting = 1000
	a := &clientAPI{way: way, opts: opts, asks: make(chan func(), waiting)}
	a.work.Go(func() {
		for ask := range a.asks {
			ask()
		}
	})
	return a
}

func (a *clientAPI) CallbackSet(handlers signal.ICallBack) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.handlers = handlers
}

func (a *clientAPI) CallbackGet() signal.ICallBack {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.handlers
}

// tell calls a handler, one at a time.
func (a *clientAPI) tell(what func(signal.ICallBack)) {
	a.out.Lock()
	defer a.out.Unlock()
	if h := a.CallbackGet(); h != nil {
		what(h)
	}
}

func (a *clientAPI) GetStatus() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.giveUp != nil:
		return signal.LoginStateLogining
	case a.session == nil:
		return signal.LoginStateNotLogin
	}
	switch a.session.Status().State {
	case signal.StateConnected:
		return signal.LoginStateLogined
	case signal.StateReconnecting:
		return signal.LoginStateReconnecting
	}
	return signal.LoginStateNotLogin
}

func (a *clientAPI) IsOnline() bool { return a.GetStatus() == signal.LoginStateLogined }

func (a *clientAPI) GetSdkVersion() int { return new(signal.API).GetSdkVersion() }

func (a *clientAPI) Login(appID, account, token string, _ int, _ string) {
	a.login("login", appID, account, token, 0, 0)
}

func (a *clientAPI) Login2(appID, account, token string, _ int, _ string, retryTimeInS, retryCount int) {
	a.login("login2", appID, account, token, time.Duration(retryTimeInS)*time.Second, retryCount)
}

// login has Dial log in, for a time and, as far as the user's own network refuses, for a number of tries.
func (a *clientAPI) login(method, appID, account, token string, retryTime time.Duration, tries int) {
	ctx, cancel := context.WithCancel(context.Background())
	if retryTime > 0 {
		ctx, cancel = context.WithTimeout(context.Background(), retryTime)
	}
	if !a.dialing(cancel) {
		cancel()
		a.do(func() {
			a.tell(func(h signal.ICallBack) { h.OnError(method, int(signal.LoginEAlreadyLogin), "already logged in") })
		})
		return
	}
	a.way.whenRefused(func() {
		if tries--; tries == 0 {
			cancel()
		}
	})
	a.work.Go(func() {
		defer cancel()
		c, err := signal.Dial(ctx, appID, account, append(a.opts, signal.WithToken(token))...)
		a.way.whenRefused(nil)
		if err != nil {
			a.loginFailed(err)
			return
		}
		s := &session{Client: c, heard: make(chan struct{}), calls: make(map[callKey]*call)}
		defer close(s.heard)
		if a.loggedIn(s) {
			a.hear(s)
		}
	})
}

// dialing notes that a login begins, if it may.
func (a *clientAPI) dialing(cancel context.CancelFunc) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.destroyed || a.giveUp != nil || a.session != nil {
		return false
	}
	a.giveUp, a.cancelled = cancel, false
	return true
}

func (a *clientAPI) loginFailed(err error) {
	a.mu.Lock()
	a.giveUp = nil
	code := codeOf(err, signal.LoginEOther)
	if a.cancelled {
		code = int(signal.LoginECancel)
	}
	a.mu.Unlock()
	a.tell(func(h signal.ICallBack) { h.OnLoginFailed(code) })
}

// loggedIn notes a session, unless nobody wants it any more.
func (a *clientAPI) loggedIn(s *session) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.giveUp = nil
	if a.destroyed {
		_ = s.Close(over()) // there was no time for more
		return false
	}
	a.session = s
	return true
}

func (a *clientAPI) Logout() {
	a.mu.Lock()
	s := a.session
	a.session = nil
	switch {
	case s != nil:
		a.connections += s.Status().Connection
	case a.giveUp != nil:
		a.cancelled = true
		a.giveUp()
	}
	dialing := a.giveUp != nil
	a.mu.Unlock()
	a.do(func() {
		code := signal.LogoutEUser
		switch {
		case s != nil:
			in := s.entered()
			_ = s.Close(context.Background()) // it ends, whatever comes of it
			<-s.heard
			if in != nil {
				a.tell(func(h signal.ICallBack) { h.OnChannelLeaved(in.Name(), int(signal.LeaveChannelELogout)) })
			}
		case !dialing:
			code = signal.LogoutEAlreadyLogout
		}
		a.tell(func(h signal.ICallBack) { h.OnLogout(int(code)) })
	})
}

func (a *clientAPI) Destroy() {
	a.mu.Lock()
	s := a.session
	a.session = nil
	if !a.destroyed {
		a.destroyed = true
		close(a.asks)
	}
	if a.giveUp != nil {
		a.cancelled = true
		a.giveUp()
	}
	a.mu.Unlock()
	if s != nil {
		_ = s.Close(over()) // it says that it did not wait
	}
	a.work.Wait()
}

// over returns a context that has ended.
func over() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// do has something done after all that was asked for before.
func (a *clientAPI) do(what func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.destroyed {
		a.asks <- what
	}
}

// ask has a session asked for something; failed tells what went wrong.
func (a *clientAPI) ask(do func(ctx context.Context, s *session) error, failed func(h signal.ICallBack, err error)) {
	a.mu.Lock()
	s := a.session
	a.mu.Unlock()
	a.do(func() {
		var err error = signal.GeneralENotLogin
		if s != nil {
			err = do(context.Background(), s)
		}
		if err != nil {
			a.tell(func(h signal.ICallBack) { failed(h, err) })
		}
	})
}

// codeOf returns the code that an error has, or the one for all others.
func codeOf(err error, other signal.Code) int {
	var code signal.Code
	if errors.As(err, &code) {
		return int(code)
	}
	return int(other)
}

// onError tells a failure that has no handler of its own.
func onError(method string) func(signal.ICallBack, error) {
	return func(h signal.ICallBack, err error) {
		h.OnError(method, codeOf(err, signal.GeneralEFailed), err.Error())
	}
}
