package signal

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNames(t *testing.T) {
	most := uuid.MustParse("01234567-89ab-4def-bfff-ffffffffffff")
	for _, first := range []uuid.UUID{uuid.New(), most} {
		s := names{first: first}
		seen := make(map[string]bool)
		for range 1000 {
			name := s.next()
			assert.False(t, seen[name])
			seen[name] = true
			id, err := uuid.Parse(name)
			require.NoError(t, err)
			assert.Equal(t, uuid.Version(4), id.Version())
			assert.Equal(t, uuid.RFC4122, id.Variant())
		}
	}
}
