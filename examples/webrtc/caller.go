package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pion/datachannel"
	"github.com/pion/webrtc/v4"

	signal "github.com/agora-signal-go/signal"
)

const (
	pings      = 10
	pingEvery  = 50 * time.Millisecond
	pingWithin = 5 * time.Second // all of them
)

var errHungUp = errors.New("the other side hung up")

// A caller calls somebody with sound, picture and a data channel, and counts what comes back.
type caller struct {
	client  *signal.Client
	api     *webrtc.API
	servers []webrtc.ICEServer
	router  *router // which runs
	say     func(format string, args ...any)
}

// A report tells what a call was like.
type report struct {
	sound, picture *stream
	pings          []time.Duration // what each took, there and back
}

// call makes a call that lasts for as long as talk, from the connection on, and hangs up.
func (c *caller) call(ctx context.Context, to string, talk time.Duration) (*report, error) {
	call, err := c.client.Invite(ctx, to, signal.CallOptions{Extra: `{"media":"video"}`, RequireOnline: true})
	if err != nil {
		return nil, err
	}
	defer end(call)
	parts, ok := c.router.open(call)
	if !ok {
		return nil, fmt.Errorf("call %s: another call of the two is about channel %s", to, call.Channel())
	}
	defer c.router.close(call)
	select {
	case <-call.Ringing():
		c.say("it rings at %s", to)
	case <-call.Done():
	case <-ctx.Done():
	}
	if _, err := call.Wait(ctx); err != nil {
		return nil, err
	}
	c.say("%s has accepted", to)

	p, err := newPeer(c.api, c.servers, c.client, call, parts)
	if err != nil {
		return nil, err
	}
	defer p.close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return c.talk(ctx, p, talk)
}

// talk has the peer connection of a call that was accepted. What it begins ends with ctx.
func (c *caller) talk(ctx context.Context, p *peer, lasts time.Duration) (*report, error) {
	r := &report{sound: newSound(), picture: newPicture()}
	for _, s := range []*stream{r.sound, r.picture} {
		if err := s.attach(ctx, p); err != nil {
			return nil, err
		}
	}
	p.pc.OnTrack(func(remote *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		s := r.sound
		if remote.Kind() == webrtc.RTPCodecTypeVideo {
			s = r.picture
		}
		p.goes(func() { s.count(p, remote) })
	})
	pinged, err := ping(ctx, p)
	if err != nil {
		return nil, err
	}
	if err := p.offer(ctx); err != nil {
		return nil, err
	}
	ran := make(chan error, 1)
	p.goes(func() { ran <- p.run(ctx) })

	select {
	case <-p.connected:
	case err := <-ran:
		return nil, early(err)
	}
	if pair, err := p.pc.SCTP().Transport().ICETransport().GetSelectedCandidatePair(); err == nil && pair != nil {
		c.say("ICE is connected: %s %s here, %s %s there", pair.Local.Typ, pair.Local.Protocol, pair.Remote.Typ, pair.Remote.Protocol)
	}
	enough := time.NewTimer(lasts)
	defer enough.Stop()
	for done := false; !done; {
		select {
		case <-enough.C:
			done = true
		case err := <-ran:
			return nil, early(err)
		}
	}
	select {
	case r.pings = <-pinged:
	case err := <-ran:
		return nil, early(err)
	}
	c.say("hangs up")
	end(p.call)
	return r, <-ran
}

// early is why a call ended before we hung up.
func early(err error) error {
	if err == nil {
		return errHungUp
	}
	return err
}

// ping opens the data channel, on which it sends texts that are to come back, once it is open. What each took comes in the
// channel that it returns: of those that did not come back in time, nothing.
func ping(ctx context.Context, p *peer) (<-chan []time.Duration, error) {
	d, err := p.pc.CreateDataChannel(echoLabel, nil)
	if err != nil {
		return nil, fmt.Errorf("open a data channel: %w", err)
	}
	took := make(chan []time.Duration, 1)
	d.OnOpen(func() {
		pipe, err := d.DetachWithDeadline()
		if err != nil {
			return // it is closed already
		}
		p.goes(func() { took <- pingAll(ctx, pipe) })
	})
	return took, nil
}

func pingAll(ctx context.Context, pipe datachannel.ReadWriteCloserDeadliner) (took []time.Duration) {
	defer pipe.Close()                      //nolint:errcheck // all is said
	defer pipe.SetReadDeadline(time.Time{}) //nolint:errcheck // or what waits for it goes on
	if pipe.SetReadDeadline(time.Now().Add(pingWithin)) != nil {
		return nil
	}
	beat := time.NewTicker(pingEvery)
	defer beat.Stop()
	buffer := make([]byte, maxDatagram)
	for n := range pings {
		text, began := fmt.Sprintf("ping %d", n+1), time.Now()
		if _, err := pipe.WriteDataChannel([]byte(text), true); err != nil {
			return took
		}
		size, isText, err := pipe.ReadDataChannel(buffer)
		if err != nil || !isText || string(buffer[:size]) != text {
			return took
		}
		took = append(took, time.Since(began))
		select {
		case <-beat.C:
		case <-ctx.Done():
			return took
		}
	}
	return took
}
