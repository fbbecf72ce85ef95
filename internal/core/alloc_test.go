package core_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
