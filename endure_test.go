package signal_test

import (
	"flag"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

// The size of TestEndureCuts. The full one, which the README names, takes minutes:
//
//	go test -run TestEndureCuts -v -timeout 30m . -cuts 1000 -instant 100000 -spoken 20000
var (
	endureCuts    = flag.Int("cuts", 60, "connections that TestEndureCuts breaks")
	endureInstant = flag.Int("instant", 4_000, "instant messages that it sends, both ways together")
	endureSpoken  = flag.Int("spoken", 2_000, "messages to the channel, of all members together")
	endureFrozen  = flag.Int("frozen", 0, "cuts among them that leave a connection half-open, 25 s each")
	endureSeed    = flag.Uint64("seed", 1, "of the cuts")
)

// TestEndureCuts is the promise that nothing is lost, doubled or out of order, over real sockets that break all the
// time: two users write to each other, ten members talk in a channel. The flags make it large.
func TestEndureCuts(t *testing.T) {
	const members = 10
	srv := signaltest.NewServer(t, server.WithLimits(server.Limits{
		UserMessagesPerSecond: -1, ChannelMessagesPerSecond: -1, CallsPerSecond: -1, Messages: -1, ListBytes: -1,
		ReplayEvents: 1 << 20, ReplayBytes: 1 << 30, OutboundFrames: -1, OutboundBytes: -1,
	}))
	var all []*enduree
	for i := range members + 2 {
		all = append(all, newEnduree(t, srv, fmt.Sprint("user", i)))
	}
	pair, room := all[:2], all[2:]
	for _, u := range room {
		u.ChannelJoin("room")
		u.is(t, "joined")
	}

	each, spoken := *endureInstant/2, *endureSpoken/members
	b := newBreaker(all, *endureCuts, *endureFrozen, 2*each+members*spoken, *endureSeed)
	stop := b.report(t)
	defer stop()
	var talking sync.WaitGroup
	for i, u := range pair {
		peer := pair[1-i].account
		talking.Go(func() {
			u.talk(each, inFlight, b.gated(each, func(text string) { u.MessageInstantSend(peer, 0, text, "") }))
		})
	}
	for _, u := range room {
		talking.Go(func() {
			u.talk(spoken, inFlight, b.gated(spoken, func(text string) { u.MessageChannelSend("room", text, "") }))
		})
	}
	b.run(t)
	talking.Wait()
	took := time.Since(b.began).Seconds()
	stop()

	poll(t, func() bool { return b.heard() >= 2*each+members*members*spoken })
	for _, u := range all {
		assert.Zero(t, u.leavers.Load()) // until Destroy makes one of each
	}
	lost, doubled, late, gaps := 0, 0, 0, 0
	for i, u := range all {
		u.Destroy() // what is heard twice is heard by now
		assert.Empty(t, u.faults, u.account)
		from, sent := room, spoken
		if i < len(pair) {
			from, sent = pair[1-i:2-i], each
			assert.Empty(t, u.spoken)
		} else {
			assert.Empty(t, u.instant)
			assert.EqualValues(t, 1, u.lists.Load())
		}
		assert.EqualValues(t, sent, u.sent.Load())
		for _, f := range from {
			next := u.instant[f.account] + u.spoken[f.account] // one of them is zero
			assert.Equal(t, sent, next, "of %s at %s", f.account, u.account)
			lost += sent - next
		}
		lost += len(u.skipped)
		doubled += u.doubled
		late += u.late
		gaps += u.gaps
	}
	s := b.stats()
	assert.GreaterOrEqual(t, hits(s), *endureCuts)
	assert.Zero(t, lost+doubled+late+gaps)
	t.Logf("seed %d: %d cuts: %d FIN, %d RST, %d inside a frame, %d half-open; %d resumes; "+
		"%d instant messages, %d channel messages to %d members each: %d lost, %d doubled, %d out of order, %d gaps; %.1f s, %.0f messages/s",
		*endureSeed, hits(s), s.Cuts, s.Resets, s.Tears, s.Frozen, b.resumes(),
		2*each, members*spoken, members, lost, doubled, late, gaps, took, float64(b.total)/took)
}
