package backendtest

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/server/backend"
)

const (
	seeds = 3
	steps = 200
)

func modelTests() []test {
	var tests []test
	for seed := range uint64(seeds) {
		tests = append(tests, test{fmt.Sprintf("Seed%d", seed), func(t *testing.T, node func() backend.Backend) {
			m := &model{t: t, nodes: []backend.Backend{node(), node(), node()}, rand: rand.New(rand.NewPCG(seed, 1))}
			for i := range steps {
				m.step(i)
			}
			m.compare()
		}})
	}
	return tests
}

// model is what the contract says has to come of the calls that were made, one after the other, on several nodes.
type model struct {
	t     *testing.T
	nodes []backend.Backend
	rand  *rand.Rand
	parts [3]modelPartition
}

type modelPartition struct {
	records  []modelRecord // all there ever were
	first    int           // index of the first that is not trimmed
	snapshot []byte
	saved    uint64
}

type modelRecord struct {
	record

	after uint64
	id    string
}

func (p *modelPartition) last() uint64 {
	if len(p.records) == 0 {
		return 0
	}
	return p.records[len(p.records)-1].pos
}

// any returns 0, or the position of some record.
func (m *model) any(p *modelPartition) uint64 {
	i := m.rand.IntN(len(p.records) + 1)
	if i == 0 {
		return 0
	}
	return p.records[i-1].pos
}

func (m *model) step(i int) {
	n := m.rand.IntN(len(m.parts))
	p, b := &m.parts[n], m.nodes[m.rand.IntN(len(m.nodes))]
	switch m.rand.IntN(10) {
	case 0, 1, 2, 3:
		m.append(b, n, p.last(), fmt.Sprintf("id%d", i))
	case 4:
		m.append(b, n, m.any(p), fmt.Sprintf("late%d", i))
	case 5: // again
		if len(p.records) > 0 {
			r := p.records[m.rand.IntN(len(p.records))]
			m.append(b, n, r.after, r.id)
		}
	case 6:
		pos := m.any(p)
		require.NoError(m.t, b.Trim(m.t.Context(), n, pos))
		for p.first < len(p.records)-1 && p.records[p.first].pos < pos {
			p.first++
		}
	case 7:
		pos, data := m.any(p), bytesOf(m.rand.IntN(2000), uint64(i))
		require.NoError(m.t, b.Save(m.t.Context(), n, pos, data))
		if pos >= p.saved {
			p.snapshot, p.saved = data, pos
		}
	case 8:
		m.load(b, n)
	case 9:
		m.read(b, n, m.any(p))
	}
}

func (m *model) append(b backend.Backend, n int, after uint64, id string) {
	p := &m.parts[n]
	data := bytesOf(m.rand.IntN(300), m.rand.Uint64())
	pos, err := b.Append(m.t.Context(), n, after, id, data)
	for _, r := range p.records[p.first:] {
		if r.after == after && r.id == id {
			require.NoError(m.t, err)
			require.Equal(m.t, r.pos, pos)
			return
		}
	}
	if after != p.last() {
		require.ErrorIs(m.t, err, backend.ErrFenced)
		return
	}
	require.NoError(m.t, err)
	require.Greater(m.t, pos, after)
	p.records = append(p.records, modelRecord{record{pos, string(data)}, after, id})
}

func (m *model) read(b backend.Backend, n int, after uint64) {
	p := &m.parts[n]
	var want []record
	trimmed := false
	for i, r := range p.records {
		if r.pos > after {
			want = append(want, r.record)
			trimmed = trimmed || i < p.first
		}
	}
	records, err := read(m.t.Context(), b, n, after)
	if trimmed {
		require.ErrorIs(m.t, err, backend.ErrTrimmed)
		return
	}
	require.NoError(m.t, err)
	require.Equal(m.t, want, records)
}

func (m *model) load(b backend.Backend, n int) {
	snapshot, pos, err := b.Load(m.t.Context(), n)
	require.NoError(m.t, err)
	require.Equal(m.t, m.parts[n].saved, pos)
	require.Equal(m.t, string(m.parts[n].snapshot), string(snapshot))
}

// compare looks at all there is, from every node.
func (m *model) compare() {
	for _, b := range m.nodes {
		for n := range m.parts {
			m.load(b, n)
			for _, r := range append([]modelRecord{{}}, m.parts[n].records...) {
				m.read(b, n, r.pos)
			}
		}
	}
}
