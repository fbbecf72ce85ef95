package core_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal/internal/core"
)

// Names that are numbered, as names of users often are, are spread evenly over the Cores, however many there are.
func TestOwnersOfSimilarNames(t *testing.T) {
	t.Parallel()
	const each = 200
	for _, n := range []int{1, 2, 3, 4, 7, 8, 12, 16, 64} {
		for _, format := range []string{"user%03d", "%d", "room-%d", "u%06d@example.com", "%08x"} {
			owned := make([]int, n)
			for i := range each * n {
				owned[core.Owner("app", fmt.Sprintf(format, i), n)]++
			}
			for p, count := range owned {
				assert.InDelta(t, each, count, each/2, "%s: %d of %d", format, p, n)
			}
		}
	}
}
