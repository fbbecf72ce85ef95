package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	signal "github.com/agora-signal-go/signal"
)

const (
	connectWithin   = 20 * time.Second // from the accept on
	maxDescriptions = 16               // that one side of a call may give: a browser makes a new offer to restart ICE
	maxCandidates   = 128              // the same
	maxSections     = 8                // of media, in a description
	sendAgainAfter  = 200 * time.Millisecond
)

var (
	errNotConnected = errors.New("there was no peer connection in time")
	errFailed       = errors.New("the peer connection failed")
)

// A peer is one side of a call that was accepted: a peer connection, and what the two sides tell each other about it. Its
// methods are for one goroutine; loops that begin with goes have their own.
type peer struct {
	client    *signal.Client
	call      *signal.Call
	pc        *webrtc.PeerConnection
	expects   kind                                // of descriptions: the caller offers, the callee answers
	prepare   func(*sdp.SessionDescription) error // called between an offer and the answer to it
	parts     <-chan part                         // from the other side
	gathered  chan *webrtc.ICECandidate           // of this side, not yet told; nil: these were all
	connected chan struct{}                       // closed when the connection is there
	over      chan error                          // what it came to: nil, the other side has closed it
	joiner    joiner
	lastID    uint64
	early     []webrtc.ICECandidateInit // that came before the description that they belong to
	within    time.Duration             // for the connection to be there

	descriptions int // that came
	candidates   int // the same

	loops sync.WaitGroup
	mu    sync.Mutex
	// +checklocks:mu
	closing bool // no more loops
}

// newPeer returns a side of a call. It has to be closed.
func newPeer(api *webrtc.API, servers []webrtc.ICEServer, client *signal.Client, call *signal.Call, parts <-chan part) (*peer, error) {
	pc, err := api.NewPeerConnection(webrtc.Configuration{ICEServers: servers})
	if err != nil {
		return nil, fmt.Errorf("make a peer connection: %w", err)
	}
	p := &peer{
		client: client, call: call, pc: pc, expects: kindAnswer, parts: parts,
		gathered:  make(chan *webrtc.ICECandidate, maxCandidates),
		connected: make(chan struct{}), over: make(chan error, 1),
		within: connectWithin,
	}
	if call.Incoming() {
		p.expects = kindOffer
	}
	pc.OnICECandidate(func(c *webrtc.ICECandidate) {
		select {
		case p.gathered <- c:
		default: // a machine with so many addresses is reached by those before
		}
	})
	connected := sync.OnceFunc(func() { close(p.connected) })
	pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		switch s {
		case webrtc.PeerConnectionStateConnected:
			connected()
		case webrtc.PeerConnectionStateFailed:
			p.ends(errFailed)
		case webrtc.PeerConnectionStateClosed:
			p.ends(nil)
		}
	})
	return p, nil
}

// ends says what the connection came to: only the first time counts.
func (p *peer) ends(err error) {
	select {
	case p.over <- err:
	default:
	}
}

// run talks to the other side until it hangs up, which is no error, or the connection fails, or ctx ends.
func (p *peer) run(ctx context.Context) error {
	talk, hungUp := context.WithCancel(ctx)
	defer hungUp()
	p.goes(func() {
		select {
		case <-p.call.Done():
			hungUp()
		case <-talk.Done():
		}
	})
	deadline := time.NewTimer(p.within)
	defer deadline.Stop()
	connected := p.connected
	for {
		var err error
		select {
		case <-talk.Done():
			return ctx.Err()
		case err := <-p.over:
			return err
		case <-deadline.C:
			err = errNotConnected
		case <-connected:
			connected = nil
			deadline.Stop()
		case part := <-p.parts:
			err = p.take(talk, part)
		case c := <-p.gathered:
			err = p.tellCandidate(talk, c)
		}
		if talk.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}

// take takes a part from the other side. What does not follow the convention is ignored; a description that cannot be used
// is an error.
func (p *peer) take(ctx context.Context, part part) error {
	data, all := p.joiner.add(part)
	if !all {
		return nil
	}
	switch part.Kind {
	case kindICE:
		p.takeCandidate(data)
	case p.expects:
		return p.takeDescription(ctx, data)
	}
	return nil
}

func (p *peer) takeCandidate(data string) {
	var c *webrtc.ICECandidateInit
	if p.candidates++; p.candidates > maxCandidates || json.Unmarshal([]byte(data), &c) != nil {
		return
	}
	if c == nil {
		c = new(webrtc.ICECandidateInit) // which is how pion says that these were all
	}
	if p.pc.RemoteDescription() == nil {
		p.early = append(p.early, *c)
		return
	}
	_ = p.pc.AddICECandidate(*c) // one that is no use is no harm
}

func (p *peer) takeDescription(ctx context.Context, data string) error {
	var d webrtc.SessionDescription
	p.descriptions++
	isOne := json.Unmarshal([]byte(data), &d) == nil && d.Type.String() == string(p.expects)
	isDue := p.expects == kindOffer || p.pc.SignalingState() == webrtc.SignalingStateHaveLocalOffer
	if !isOne || !isDue || p.descriptions > maxDescriptions {
		return nil
	}
	parsed, err := d.Unmarshal()
	if err != nil {
		return fmt.Errorf("the other side's %s: %w", p.expects, err)
	}
	if n := len(parsed.MediaDescriptions); n > maxSections {
		return fmt.Errorf("the other side's %s: want at most %d media sections, got %d", p.expects, maxSections, n)
	}
	if err := p.pc.SetRemoteDescription(d); err != nil {
		return fmt.Errorf("the other side's %s: %w", p.expects, err)
	}
	if p.expects == kindOffer {
		if err := p.answer(ctx, parsed); err != nil {
			return err
		}
	}
	for _, c := range p.early {
		_ = p.pc.AddICECandidate(c) // as above
	}
	p.early = nil
	return nil
}

// offer makes an offer of what the peer connection has, and tells it.
func (p *peer) offer(ctx context.Context) error {
	d, err := p.pc.CreateOffer(nil)
	if err != nil {
		return fmt.Errorf("make an offer: %w", err)
	}
	return p.tellDescription(ctx, kindOffer, d)
}

func (p *peer) answer(ctx context.Context, to *sdp.SessionDescription) error {
	if p.prepare != nil {
		if err := p.prepare(to); err != nil {
			return err
		}
	}
	d, err := p.pc.CreateAnswer(nil)
	if err != nil {
		return fmt.Errorf("make an answer: %w", err)
	}
	return p.tellDescription(ctx, kindAnswer, d)
}

// tellDescription makes d this side's, upon which candidates are gathered, and tells it. The candidates follow it: it is
// run that tells them.
func (p *peer) tellDescription(ctx context.Context, k kind, d webrtc.SessionDescription) error {
	if err := p.pc.SetLocalDescription(d); err != nil {
		return fmt.Errorf("set the %s: %w", k, err)
	}
	return p.tell(ctx, k, d)
}

func (p *peer) tellCandidate(ctx context.Context, c *webrtc.ICECandidate) error {
	if c == nil {
		return p.tell(ctx, kindICE, nil)
	}
	return p.tell(ctx, kindICE, c.ToJSON())
}

// tell sends value to the other side, in as many messages as it takes.
func (p *peer) tell(ctx context.Context, k kind, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("tell the %s: %w", k, err)
	}
	p.lastID++
	texts, err := split(p.call.Channel(), k, p.lastID, string(data))
	if err != nil {
		return fmt.Errorf("tell the %s: %w", k, err)
	}
	for _, text := range texts {
		if err := p.send(ctx, text); err != nil {
			return fmt.Errorf("tell the %s: %w", k, err)
		}
	}
	return nil
}

// send sends a message. Neither that the server wants no more of this account's just now (other calls tell, too) nor that it
// is away ends a call whose media goes on: send tries again for as long as ctx lasts. A message that comes twice by that
// does no harm.
func (p *peer) send(ctx context.Context, text string) error {
	for {
		err := p.client.Send(ctx, p.call.Peer(), text)
		if again := errors.Is(err, signal.ErrRateLimited) || errors.Is(err, context.DeadlineExceeded); !again {
			return err
		}
		select {
		case <-time.After(sendAgainAfter):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// goes runs a loop that close waits for, on a goroutine of its own: one that ends with the peer connection or before. While
// the peer is being closed it runs no more.
func (p *peer) goes(loop func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closing {
		p.loops.Go(loop)
	}
}

// close ends the peer connection and waits for all that ran for it.
func (p *peer) close() {
	p.mu.Lock()
	p.closing = true
	p.mu.Unlock()
	_ = p.pc.GracefulClose() // what it could not say to the other side is no matter
	p.loops.Wait()
}
