// Package workload is what the clients do, the same for all contenders. Every payload is distinct and compared with
// what it should be where it arrives, in order; anything lost, doubled or changed makes the run fail.
package workload

import (
	"context"
	"fmt"
	"time"

	"github.com/agora-signal-go/signal/bench/internal/peer"
)

// The workloads that all contenders do.
const (
	Request1  = "request1"
	Request64 = "request64"
	User64    = "user64"
	Fanout    = "fanout"
	Idle      = "idle"
	Connect   = "connect"
	Rate      = "rate"
)

// The workloads that show how figures grow with Params.Grow. For members it is fanout.
const (
	GrowUsers    = "users"
	GrowMembers  = "members"
	GrowChannels = "channels"
	GrowInbox    = "inbox"
)

// Names returns those of all contenders in the order of the table.
func Names() []string { return []string{Request1, Request64, User64, Fanout, Idle, Connect, Rate} }

// Params are the sizes.
type Params struct {
	For  time.Duration // of what is measured
	Warm time.Duration // before it

	Quiet time.Duration // of growth: how long nothing happens but what clients do by themselves

	Patience time.Duration // how long anything may take beyond what it has to

	InFlight       int // lanes of request64 and user64: each has one request or message under way
	Members        int // of the channel of fanout, the sender included
	MembersFlight  int // lanes of fanout
	Base           int // users before idle ones are counted
	Users          int // idle users
	Connects       int // connections of connect
	ConnectsAtOnce int
	PerSecond      int // messages of rate
	Grow           int // users, members, channels or waiting messages
}

// Full returns the sizes of a run that is to be believed, Short those of one that shows that everything works.
func Full() Params {
	return Params{
		For: 2 * time.Second, Warm: 500 * time.Millisecond, Quiet: 10 * time.Second, Patience: time.Minute,
		InFlight: 64, Members: 1000, MembersFlight: 16, Base: 200, Users: 5000, Connects: 5000, ConnectsAtOnce: 64, PerSecond: 5000,
	}
}

// Short returns small sizes.
func Short() Params {
	p := Full()
	p.For, p.Warm, p.Quiet = 200*time.Millisecond, 50*time.Millisecond, 200*time.Millisecond
	p.Members, p.Base, p.Users, p.Connects = 100, 50, 500, 500
	return p
}

// Result is what a workload measured.
type Result struct {
	Units     int     `json:"units"`     // requests, deliveries or users: all that was done while CPU time was counted
	PerSecond float64 `json:"perSecond"` // of these, in the time that was measured
	P50       float64 `json:"p50"`       // microseconds, where single ones were measured
	P99       float64 `json:"p99"`
}

// A Workload is set up, run and closed, in this order.
type Workload interface {
	// Setup makes the clients and warms everything up.
	Setup(ctx context.Context) error
	// Run does what is measured. Some that show growth have several parts: each call does the next one.
	Run(ctx context.Context) (Result, error)
	// Close ends all clients.
	Close()
}

// New returns a workload for a contender whose server is at addr.
func New(name string, c peer.Contender, addr string, p Params) (Workload, error) {
	s := newStage(c, addr, p)
	switch name {
	case Request1:
		return newRequests(s, 1), nil
	case Request64:
		return newRequests(s, p.InFlight), nil
	case User64:
		return newMessages(s, sender, receiver), nil
	case Fanout:
		return newFanout(s), nil
	case Idle:
		return &crowd{stage: s, before: p.Base, users: p.Users}, nil
	case Connect:
		return &crowd{stage: s, before: p.ConnectsAtOnce, users: p.Connects}, nil
	case Rate:
		return newOpenLoop(s), nil
	case GrowUsers:
		return newGrowUsers(s), nil
	case GrowMembers:
		s.params.Members = p.Grow
		return newFanout(s), nil
	case GrowChannels:
		return newGrowChannels(s), nil
	case GrowInbox:
		return newGrowInbox(s), nil
	}
	return nil, fmt.Errorf("want a workload of %v, or one of growth, got %q", Names(), name)
}
