package server

import (
	"context"

	"github.com/gorilla/websocket"

	"github.com/agora-signal-go/signal/internal/wire"
)

// Drain takes a server out of service gently, for a new one to take over: from its beginning new sockets get 503,
// as do /healthz and /readyz, and no new calls are taken for the handlers of [WithInvokeHandler] ("Cancelled").
// It waits for those that are under way and lets their answers out. Then it tells all clients "restart" and
// closes their sockets with code 1001, upon which they look for a server again. It returns when all sockets are
// gone, or when ctx is done, whatever is still open then, with the error of ctx.
//
// The server's memory stays, and so do [Server.Stats] and what an administrator can do. [Server.Shutdown] ends it. With a
// backend, the other servers that use it take over what this one owns, if there are any.
func (s *Server) Drain(ctx context.Context) error {
	s.stopAccepting()
	select {
	case <-s.invoker.close():
	case <-ctx.Done():
	}
	s.sayRestart()
	s.handOver(ctx)
	select {
	case <-s.empty:
		return nil
	default:
	}
	select {
	case <-s.empty:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Shutdown ends the server: new sockets are refused with 503, those that are up are told "restart" and closed
// with code 1001, upon which clients look for a server again. The contexts of handlers and authenticators end at
// once; call [Server.Drain] before, to let them finish. Shutdown returns when all goroutines of the server have
// ended. When ctx is done first, sockets are closed without further ado, handlers and an observer that go on
// regardless are left behind, and the error is that of ctx.
//
// Again is fine, and waits for the same end. The memory of the server goes with it.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stopAccepting()
	s.cancel()
	s.invoker.close()
	s.sayRestart()
	s.mu.Lock()
	first := !s.ending
	s.ending = true
	s.mu.Unlock()
	if first {
		go s.finish()
	}
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
	}
	select {
	case <-s.done: // both are
		return nil
	default:
	}
	s.mu.Lock()
	if !s.isCut() {
		close(s.cut)
	}
	sockets := s.open()
	s.mu.Unlock()
	for _, k := range sockets {
		k.drop()
	}
	<-s.done
	return ctx.Err()
}

// stopAccepting turns new clients away.
func (s *Server) stopAccepting() {
	s.mu.Lock()
	s.closing = true
	webs := s.webs
	s.checkEmpty()
	s.mu.Unlock()
	for _, web := range webs {
		_ = web.Close() // of its listener; nothing is left to do about it
	}
}

// checkEmpty notes that the last socket is gone. Called with s.mu held.
//
// +checklocks:s.mu
func (s *Server) checkEmpty() {
	if !s.closing || s.admitted > 0 {
		return
	}
	select {
	case <-s.empty:
	default:
		close(s.empty)
	}
}

// sayRestart sends all clients elsewhere, once what they asked until now has its answer. No call is taken from
// anybody from the moment when the first one is sent away: its sender would be told that a message is sent which
// nobody is there to get.
func (s *Server) sayRestart() {
	s.mu.Lock()
	sockets := s.open()
	s.mu.Unlock()
	for _, k := range sockets {
		k.deafen()
	}
	const hops = 4 // from core to core that a call takes at most
	for range hops {
		for _, sh := range s.shards { // what a backend has, it has
			sh.flush()
		}
	}
	s.mu.Lock()
	sockets = s.open()
	s.mu.Unlock()
	for _, k := range sockets {
		k.leave(wire.CloseRestart, websocket.CloseGoingAway)
	}
}

// open returns the sockets that are up. Called with s.mu held.
//
// +checklocks:s.mu
func (s *Server) open() []*socket {
	open := make([]*socket, 0, len(s.sockets))
	for k := range s.sockets {
		open = append(open, k)
	}
	return open
}

// isCut says whether the time for Shutdown was up.
func (s *Server) isCut() bool {
	select {
	case <-s.cut:
		return true
	default:
		return false
	}
}

// finish waits until nothing runs any more.
func (s *Server) finish() {
	s.running.Done()
	s.running.Wait()
	select {
	case <-s.invoker.close():
	case <-s.cut:
	}
	s.invoker.abandon()
	s.vigil.end()
	s.stopState()
	select {
	case <-s.observer.close():
	case <-s.cut:
	}
	s.observer.abandon()
	close(s.done)
}
