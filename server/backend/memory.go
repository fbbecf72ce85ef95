package backend

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

const memoryLargest = 1 << 20 // bytes of a record or a message

// Memory is the data that several nodes of one process share. It outlives its nodes, not the process. Its methods, and
// those of its nodes, may be called from many goroutines at once.
type Memory struct {
	count int // of partitions

	mu sync.Mutex
	// +checklocks:mu
	partitions []memoryPartition
	// +checklocks:mu
	pos uint64 // the last one of any journal: there are gaps in each, as elsewhere
	// +checklocks:mu
	full bool
	// +checklocks:mu
	subs map[string][]*memorySubscription
}

type memoryPartition struct {
	records  []memoryRecord
	trimmed  uint64 // position of the last record that was trimmed
	snapshot []byte
	saved    uint64
}

type memoryRecord struct {
	pos  uint64
	id   string
	data []byte
}

// NewMemory returns an empty one of so many partitions, 1 if less.
func NewMemory(partitions int) *Memory {
	partitions = max(partitions, 1)
	return &Memory{
		count:      partitions,
		partitions: make([]memoryPartition, partitions),
		subs:       make(map[string][]*memorySubscription),
	}
}

// Node returns one more node's access.
func (m *Memory) Node() *MemoryNode { return &MemoryNode{m: m} }

// Fill says whether there is room: while it is full, Append and Save fail with ErrFull.
func (m *Memory) Fill(full bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.full = full
}

// A MemoryNode is one node's access to a Memory.
type MemoryNode struct {
	m *Memory

	// +checklocks:m.mu
	closed, cut, deaf bool
	// +checklocks:m.mu
	subs []*memorySubscription
}

var _ Backend = (*MemoryNode)(nil)

// Cut says whether the node is cut off: its calls fail with ErrUnavailable and do nothing, and what is published does
// not get to it.
func (n *MemoryNode) Cut(cut bool) {
	n.m.mu.Lock()
	defer n.m.mu.Unlock()
	n.cut = cut
}

// Deafen says whether answers are lost: what the node asks for happens, but its Append, Trim and Save fail with
// ErrUnavailable all the same.
func (n *MemoryNode) Deafen(deaf bool) {
	n.m.mu.Lock()
	defer n.m.mu.Unlock()
	n.deaf = deaf
}

// Append implements Journal.
func (n *MemoryNode) Append(ctx context.Context, partition int, after uint64, id string, record []byte) (uint64, error) {
	if err := CheckID(id); err != nil {
		return 0, err
	}
	if len(record) > memoryLargest {
		return 0, fmt.Errorf("%w: record of %d bytes, want at most %d", ErrTooLarge, len(record), memoryLargest)
	}
	n.m.mu.Lock()
	defer n.m.mu.Unlock()
	p, err := n.enterLocked(ctx, partition)
	if err != nil {
		return 0, err
	}
	if r, ok := p.behind(after); ok && r.id == id {
		return r.pos, n.answerLocked()
	}
	if last := p.last(); last != after {
		return 0, fmt.Errorf("%w: partition %d ends at %d, not at %d", ErrFenced, partition, last, after)
	}
	if n.m.full {
		return 0, ErrFull
	}
	n.m.pos++
	p.records = append(p.records, memoryRecord{pos: n.m.pos, id: id, data: slices.Clone(record)})
	return n.m.pos, n.answerLocked()
}

// Read implements Journal.
func (n *MemoryNode) Read(ctx context.Context, partition int, after uint64, f func(pos uint64, record []byte) error) error {
	n.m.mu.Lock()
	p, err := n.enterLocked(ctx, partition)
	var records []memoryRecord
	if err == nil {
		records, err = p.since(after)
		records = slices.Clone(records)
	}
	n.m.mu.Unlock()
	if err != nil {
		return err
	}
	for _, r := range records {
		if err := n.check(ctx); err != nil {
			return err
		}
		if err := f(r.pos, slices.Clone(r.data)); err != nil {
			return err
		}
	}
	return nil
}

// Trim implements Journal.
func (n *MemoryNode) Trim(ctx context.Context, partition int, pos uint64) error {
	n.m.mu.Lock()
	defer n.m.mu.Unlock()
	p, err := n.enterLocked(ctx, partition)
	if err != nil {
		return err
	}
	for len(p.records) > 1 && p.records[0].pos < pos {
		p.trimmed = p.records[0].pos
		p.records = slices.Delete(p.records, 0, 1)
	}
	return n.answerLocked()
}

// MaxRecord implements Journal.
func (*MemoryNode) MaxRecord() int { return memoryLargest }

// Save implements Snapshots.
func (n *MemoryNode) Save(ctx context.Context, partition int, pos uint64, snapshot []byte) error {
	n.m.mu.Lock()
	defer n.m.mu.Unlock()
	p, err := n.enterLocked(ctx, partition)
	if err != nil {
		return err
	}
	if n.m.full {
		return ErrFull
	}
	if pos >= p.saved {
		p.snapshot, p.saved = append([]byte{}, snapshot...), pos
	}
	return n.answerLocked()
}

// Load implements Snapshots.
func (n *MemoryNode) Load(ctx context.Context, partition int) (snapshot []byte, pos uint64, err error) {
	n.m.mu.Lock()
	defer n.m.mu.Unlock()
	p, err := n.enterLocked(ctx, partition)
	if err != nil {
		return nil, 0, err
	}
	return slices.Clone(p.snapshot), p.saved, nil
}

// Partitions implements Backend.
func (n *MemoryNode) Partitions() int { return n.m.count }

// Shared implements Backend: there may be other nodes.
func (*MemoryNode) Shared() bool { return true }

// Err implements Backend.
func (n *MemoryNode) Err() error {
	n.m.mu.Lock()
	defer n.m.mu.Unlock()
	return n.reachLocked()
}

// Close implements Backend.
func (n *MemoryNode) Close() error {
	n.m.mu.Lock()
	if !n.closed {
		n.closed = true
	}
	subs := slices.Clone(n.subs)
	n.m.mu.Unlock()
	for _, s := range subs {
		s.stop()
	}
	return nil
}

// enterLocked returns the partition if the node may touch it.
//
// +checklocks:n.m.mu
func (n *MemoryNode) enterLocked(ctx context.Context, partition int) (*memoryPartition, error) {
	if err := n.reachLocked(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := CheckPartition(partition, n.m.count); err != nil {
		return nil, err
	}
	return &n.m.partitions[partition], nil
}

func (n *MemoryNode) check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return n.Err()
}

// +checklocks:n.m.mu
func (n *MemoryNode) reachLocked() error {
	switch {
	case n.closed:
		return ErrClosed
	case n.cut:
		return fmt.Errorf("%w: cut off", ErrUnavailable)
	}
	return nil
}

// +checklocks:n.m.mu
func (n *MemoryNode) answerLocked() error {
	if n.deaf {
		return fmt.Errorf("%w: the answer is lost", ErrUnavailable)
	}
	return nil
}

func (p *memoryPartition) last() uint64 {
	if len(p.records) == 0 {
		return 0
	}
	return p.records[len(p.records)-1].pos
}

// since returns the records behind position after.
func (p *memoryPartition) since(after uint64) ([]memoryRecord, error) {
	if after < p.trimmed {
		return nil, fmt.Errorf("%w: read from %d, trimmed up to %d", ErrTrimmed, after, p.trimmed)
	}
	i, found := slices.BinarySearchFunc(p.records, after, func(r memoryRecord, pos uint64) int {
		switch {
		case r.pos < pos:
			return -1
		case r.pos > pos:
			return 1
		}
		return 0
	})
	if found {
		i++
	}
	return p.records[i:], nil
}

// behind returns the record that comes right behind position after.
func (p *memoryPartition) behind(after uint64) (memoryRecord, bool) {
	records, err := p.since(after)
	if err != nil || len(records) == 0 {
		return memoryRecord{}, false
	}
	return records[0], true
}
