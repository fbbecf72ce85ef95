package jetstream_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/jetstream"
	"github.com/agora-signal-go/signal/jetstream/embedded"
	"github.com/agora-signal-go/signal/jetstream/natstest"
)

// BenchmarkAppend is one append after the other to one partition.
func BenchmarkAppend(b *testing.B) {
	for _, where := range places() {
		b.Run(where.name, func(b *testing.B) {
			for _, n := range []int{128, 16 << 10} {
				b.Run(fmt.Sprintf("%dB", n), func(b *testing.B) {
					be := where.open(b)
					var after uint64
					record := make([]byte, n)
					b.ReportAllocs()
					for b.Loop() {
						pos, err := be.Append(b.Context(), 0, after, "id", record)
						require.NoError(b, err)
						after = pos
					}
				})
			}
		})
	}
}

// BenchmarkRead is a journal of 100000 records, read from its beginning.
func BenchmarkRead(b *testing.B) {
	for _, where := range places() {
		if where.slow {
			continue
		}
		b.Run(where.name, func(b *testing.B) {
			const records = 100_000
			be := where.open(b)
			var after uint64
			for range records {
				pos, err := be.Append(b.Context(), 0, after, "id", make([]byte, 128))
				require.NoError(b, err)
				after = pos
			}
			for b.Loop() {
				n := 0
				require.NoError(b, be.Read(b.Context(), 0, 0, func(uint64, []byte) error {
					n++
					return nil
				}))
				require.Equal(b, records, n)
			}
		})
	}
}

// BenchmarkSaveLoad is a snapshot of 10 MiB.
func BenchmarkSaveLoad(b *testing.B) {
	for _, where := range places() {
		b.Run(where.name, func(b *testing.B) {
			be := where.open(b)
			snapshot := make([]byte, 10<<20)
			for b.Loop() {
				require.NoError(b, be.Save(b.Context(), 0, 1, snapshot))
				_, _, err := be.Load(b.Context(), 0)
				require.NoError(b, err)
			}
		})
	}
}

type place struct {
	name string
	slow bool
	open func(b *testing.B) *jetstream.Backend
}

func places() []place {
	alone := func(always bool) func(b *testing.B) *jetstream.Backend {
		return func(b *testing.B) *jetstream.Backend {
			b.Helper()
			s, err := embedded.Start(b.Context(), embedded.Config{Dir: b.TempDir(), SyncAlways: always})
			require.NoError(b, err)
			b.Cleanup(s.Shutdown)
			be, err := s.Backend(b.Context(), 1)
			require.NoError(b, err)
			b.Cleanup(func() { require.NoError(b, be.Close()) })
			return be
		}
	}
	return []place{
		{"Embedded", false, alone(false)},
		{"EmbeddedSyncAlways", true, alone(true)},
		{"ClusterOfThree", false, func(b *testing.B) *jetstream.Backend {
			b.Helper()
			cfg := natstest.StartCluster(b, 3).Config("bench")
			cfg.Partitions, cfg.Streams = 1, 1
			be, err := jetstream.Connect(b.Context(), cfg)
			require.NoError(b, err)
			b.Cleanup(func() { require.NoError(b, be.Close()) })
			return be
		}},
	}
}
