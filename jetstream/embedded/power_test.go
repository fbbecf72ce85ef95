package embedded_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/jetstream/embedded"
)

// A power failure may leave a snapshot of a journal of which it has taken the end: then the file system of the one had got
// further than that of the other. Here an old copy stands for what is left of the journal.
func TestJournalBehindSnapshot(t *testing.T) {
	dir, copied := t.TempDir(), filepath.Join(t.TempDir(), "journal")
	journal := filepath.Join(dir, "jetstream", "$G", "streams", "SIGNAL_local_0")
	var after uint64
	n := 0
	live := func(records int, save bool) {
		s := start(t, embedded.Config{Dir: dir})
		b := access(t, s, 2)
		for range records {
			pos, err := b.Append(t.Context(), 0, after, fmt.Sprint("record-", n), []byte("a record"))
			require.NoError(t, err)
			after = pos
			n++
		}
		if save {
			require.NoError(t, b.Save(t.Context(), 0, after, []byte("all of it")))
		}
		require.NoError(t, b.Close())
		s.Shutdown()
	}
	live(5, false)
	require.NoError(t, os.CopyFS(copied, os.DirFS(journal)))
	live(20, true)
	require.NoError(t, os.RemoveAll(journal))
	require.NoError(t, os.CopyFS(journal, os.DirFS(copied)))

	for range 2 { // and again, when there is nothing to mend
		s := start(t, embedded.Config{Dir: dir})
		b := access(t, s, 0)
		snapshot, pos, err := b.Load(t.Context(), 0)
		require.NoError(t, err)
		assert.Equal(t, "all of it", string(snapshot))
		end := pos
		require.NoError(t, b.Read(t.Context(), 0, pos, func(at uint64, _ []byte) error {
			assert.Greater(t, at, end)
			end = at
			return nil
		}))
		assert.Greater(t, end, pos)
		_, err = b.Append(t.Context(), 0, end, fmt.Sprint("record-", n), []byte("a record"))
		n++
		require.NoError(t, err)
		_, err = b.Append(t.Context(), 1, 0, fmt.Sprint("other-", n), []byte("not behind"))
		assert.Equal(t, err == nil, n == 26, "the other partition has nothing to do with it: %v", err)
		require.NoError(t, b.Close())
		s.Shutdown()
	}
}
