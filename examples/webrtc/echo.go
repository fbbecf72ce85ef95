package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	signal "github.com/agora-signal-go/signal"
)

const (
	echoLabel = "echo"          // of the data channel whose messages come back
	endWithin = 5 * time.Second // to tell the server that a call is over
	busy      = `{"reason":"busy"}`
)

// An echo accepts every call and sends back what it sees, hears and reads, for as many calls at a time as it has places.
// Above that it refuses.
type echo struct {
	client  *signal.Client
	api     *webrtc.API
	servers []webrtc.ICEServer
	places  int
	say     func(format string, args ...any) // what happens, for people; from several goroutines
}

// run answers calls until ctx ends, which is no error, or the client is at its end. It hangs up before it returns.
func (e *echo) run(ctx context.Context) error {
	answering, stop := context.WithCancelCause(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer stop(nil)
	router := newRouter(e.client)
	running.Go(func() { stop(router.run(answering)) })

	places := make(chan struct{}, e.places)
	for call, err := range e.client.Calls(answering) {
		if err != nil {
			break
		}
		select {
		case places <- struct{}{}:
			running.Go(func() {
				defer func() { <-places }()
				e.answer(answering, router, call)
			})
		default:
			e.say("%s calls; refused, for as many calls as there may be are under way: %d", call.Peer(), e.places)
			e.refuse(answering, call)
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	if err := e.client.Err(); err != nil {
		return err
	}
	return context.Cause(answering)
}

// answer has one call, from its beginning to its end.
func (e *echo) answer(ctx context.Context, router *router, call *signal.Call) {
	parts, ok := router.open(call)
	if !ok {
		e.refuse(ctx, call)
		return
	}
	defer router.close(call)
	e.say("%s calls; accepted", call.Peer())
	err := e.reflect(ctx, call, parts)
	end(call)
	if err != nil && ctx.Err() == nil {
		e.say("the call of %s is over: %v", call.Peer(), err)
		return
	}
	e.say("the call of %s is over", call.Peer())
}

func (e *echo) refuse(ctx context.Context, call *signal.Call) {
	ctx, cancel := context.WithTimeout(ctx, endWithin)
	defer cancel()
	if err := call.Refuse(ctx, busy); err != nil && !errors.Is(err, signal.ErrCallEnded) {
		e.say("%s could not be refused: %v", call.Peer(), err)
	}
}

// end hangs up, should the call not be over yet: also when all else has to stop.
func end(call *signal.Call) {
	ctx, cancel := context.WithTimeout(context.Background(), endWithin)
	defer cancel()
	_ = call.End(ctx) // without the server the call ends with the session
}

// reflect accepts a call and sends back what comes, until the call is over.
func (e *echo) reflect(ctx context.Context, call *signal.Call, parts <-chan part) error {
	p, err := newPeer(e.api, e.servers, e.client, call, parts)
	if err != nil {
		return err
	}
	defer p.close()
	r := &reflection{peer: p, api: e.api, mirrors: make(map[string]*mirror)}
	p.prepare = r.prepare
	p.pc.OnTrack(r.track)
	p.pc.OnDataChannel(r.channel)
	if err := call.Accept(ctx, ""); err != nil {
		return err
	}
	return p.run(ctx)
}

// A reflection is the mirrors of one call.
type reflection struct {
	*peer
	api *webrtc.API

	echoing atomic.Bool // there is a data channel

	mu sync.Mutex
	// +checklocks:mu
	mirrors map[string]*mirror // by the media section's name
}

// prepare puts a mirror on each section of an offer in which the other side both sends and receives.
func (r *reflection) prepare(offer *sdp.SessionDescription) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	both := make(map[string]bool)
	for _, section := range offer.MediaDescriptions {
		name, _ := section.Attribute("mid")
		both[name] = sendsAndReceives(section)
	}
	for _, t := range r.pc.GetTransceivers() {
		if t.Sender() != nil || !both[t.Mid()] {
			continue
		}
		m, err := newMirror(r.api, r.pc, t)
		if err != nil {
			return fmt.Errorf("media section %s: %w", t.Mid(), err)
		}
		if m == nil {
			continue
		}
		r.mirrors[t.Mid()] = m
		sender := t.Sender()
		r.goes(func() { m.feedback(sender) })
	}
	return nil
}

func sendsAndReceives(section *sdp.MediaDescription) bool {
	for _, other := range []string{"sendonly", "recvonly", "inactive"} {
		if _, is := section.Attribute(other); is {
			return false
		}
	}
	return true
}

// track follows media that begins to come in.
func (r *reflection) track(remote *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) {
	r.mu.Lock()
	m := r.mirrors[receiver.RTPTransceiver().Mid()]
	r.mu.Unlock()
	if m != nil {
		r.goes(func() { m.media(remote) })
	}
}

// channel follows a data channel that the other side opens: one with the right label, at a time; others are closed.
func (r *reflection) channel(d *webrtc.DataChannel) {
	d.OnOpen(func() {
		pipe, err := d.Detach()
		if err != nil {
			return // it is closed already
		}
		if d.Label() != echoLabel || !r.echoing.CompareAndSwap(false, true) {
			_ = pipe.Close()
			return
		}
		r.goes(func() {
			defer r.echoing.Store(false)
			mirrorData(pipe)
		})
	})
}
