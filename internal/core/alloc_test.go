package core_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/core"
)

// What a Core allocates for a call is what it hands out or keeps: an answer, a push, a line in a list, a value.
// In a scene somebody polls and acknowledges now and then, which is the fraction.
func TestACallAllocatesOnlyWhatIsHandedOutOrKept(t *testing.T) {
	const polls = 1.0 / ackEvery
	want := map[string]float64{
		"attr/set":             2, // the value, the answer
		"attr/get/same":        1,
		"attr/get/other":       1,
		"message/same":         3 + polls, // the line, the push, the answer
		"message/other":        3 + polls,
		"message/key/same":     3 + polls,
		"message/web/same":     3 + polls,
		"channel/1":            2, // the event, the answer
		"channel/10":           2,
		"channel/1000":         2,
		"channel/1000/cores=2": 3, // a Message that does not come back
	}
	for _, s := range scenes() {
		t.Run(s.name, func(t *testing.T) {
			run := s.setup(newRig(t, s.cores))
			run(30 * ackEvery)
			got := testing.AllocsPerRun(10, func() { run(10 * ackEvery) }) / (10 * ackEvery)
			most, known := want[s.name]
			require.True(t, known)
			if !raced {
				assert.LessOrEqual(t, got, most+0.05)
			}
		})
	}
}

// What is written and read per input costs what is kept of it: a call's frame is read where it stands.
func TestEntriesAllocateOnlyWhatIsKept(t *testing.T) {
	c := core.New(core.Config{}, 0)
	var e core.Entry
	buf := make([]byte, 0, 4096)
	cost := func(written core.Entry) float64 {
		b := written.Append(nil)
		return testing.AllocsPerRun(100, func() {
			buf = written.Append(buf[:0])
			if e.Message == nil {
				e.Message = c.NewMessage()
			}
			require.NoError(t, core.ParseEntry(b, &e))
			if e.Kind == core.EntryMessage {
				c.Recycle(e.Message)
				e.Message = nil
			}
		})
	}
	assert.Zero(t, cost(core.Entry{Kind: core.EntryTick}))
	assert.Zero(t, cost(core.Entry{Kind: core.EntryCall, Peer: peer, Frame: []byte(`["call2",["f",1,{}]]`)}))
	assert.Zero(t, cost(core.Entry{Kind: core.EntryAck, Peer: peer, ID: 1000}))
	answer := core.Message{
		To: core.Address{Target: core.ToSession, Core: 1, Session: 1000}, From: core.Origin{Request: 1000}, Op: core.OpAnswer,
		Ret: []byte(`{"result":"ok"}`),
	}
	assert.Zero(t, cost(core.Entry{Kind: core.EntryMessage, Message: &answer}))
	fanout := core.Message{
		To: core.Address{Target: core.ToCore, Core: 1}, Op: core.OpFanout, Joins: []uint64{1, 2, 3}, Frame: []byte("frame"),
	}
	assert.Equal(t, 2.0, cost(core.Entry{Kind: core.EntryMessage, Message: &fanout}), "the joins, the frame")
}
