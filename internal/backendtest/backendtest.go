// Package backendtest is the contract of package backend as tests, for all that implement it.
package backendtest

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/server/backend"
)

// What the suite needs of a backend under test.
const (
	Partitions = 8 // that it has to have

	patience = 30 * time.Second      // for what is wrong if it does not come
	look     = 10 * time.Millisecond // between two looks at what is waited for
)

// Run runs the suite. open makes new data, empty, for one test, and returns what gives one more node's access to it at
// each call. It may close what it opened when the test ends; Run closes it as well.
func Run(t *testing.T, open func(t *testing.T) (node func() backend.Backend)) {
	for _, group := range []struct {
		name  string
		tests []test
	}{
		{"Journal", journalTests()},
		{"Snapshots", snapshotTests()},
		{"Bus", busTests()},
		{"Backend", backendTests()},
		{"Model", modelTests()},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, test := range group.tests {
				t.Run(test.name, func(t *testing.T) {
					node := open(t)
					test.run(t, func() backend.Backend {
						b := node()
						t.Cleanup(func() { require.NoError(t, b.Close()) })
						return b
					})
				})
			}
		})
	}
}

type test struct {
	name string
	run  func(t *testing.T, node func() backend.Backend)
}

// record is one as read.
type record struct {
	pos  uint64
	data string
}

// read returns the records of a journal behind after.
func read(ctx context.Context, b backend.Backend, partition int, after uint64) ([]record, error) {
	var records []record
	err := b.Read(ctx, partition, after, func(pos uint64, data []byte) error {
		records = append(records, record{pos, string(data)})
		return nil
	})
	return records, err
}

// appendSome appends n records to a partition behind after and returns them.
func appendSome(t *testing.T, b backend.Backend, partition int, after uint64, n int) []record {
	t.Helper()
	var records []record
	for i := range n {
		r := record{data: fmt.Sprintf("%d/%d/%d", partition, after, i)}
		pos, err := b.Append(t.Context(), partition, after, "id-"+strconv.FormatUint(after, 10), []byte(r.data))
		require.NoError(t, err)
		require.Greater(t, pos, after)
		after, r.pos = pos, pos
		records = append(records, r)
	}
	return records
}

// bytesOf returns n bytes that are different for each seed.
func bytesOf(n int, seed uint64) []byte {
	data := make([]byte, 0, n+8)
	for x := seed*2 + 1; len(data) < n; x = x*6364136223846793005 + 1442695040888963407 {
		data = binary.LittleEndian.AppendUint64(data, x)
	}
	return data[:n]
}
