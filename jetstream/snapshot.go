package jetstream

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
)

const loadTries = 10 // to read the pieces of one and the same snapshot

// head says which messages of the stream a partition's snapshot is made of. The last one stored is what counts.
type head struct {
	Pos    uint64   `json:"pos"`
	Size   int      `json:"size"`
	CRC    uint32   `json:"crc32c"`
	Pieces []uint64 `json:"pieces"` // sequences, in order
}

func (b *Backend) headSubject(partition int) string {
	return fmt.Sprintf("signal.%s.snapshot.%d.head", b.cfg.Name, partition)
}

func (b *Backend) pieceSubject(partition int) string {
	return fmt.Sprintf("signal.%s.snapshot.%d.piece", b.cfg.Name, partition)
}

// Save implements backend.Snapshots. Until it has succeeded there has to be room for the old snapshot and the new one.
func (b *Backend) Save(ctx context.Context, partition int, pos uint64, snapshot []byte) (err error) {
	defer func(began time.Time) { b.count(opSave, began, len(snapshot), err) }(time.Now())
	if err := b.enter(ctx, partition); err != nil {
		return err
	}
	if b.cfg.Room != nil {
		if err := b.cfg.Room(len(snapshot), true); err != nil {
			return err
		}
	}
	return b.outcome(ctx, b.save(ctx, partition, pos, snapshot))
}

func (b *Backend) save(ctx context.Context, partition int, pos uint64, snapshot []byte) error {
	for wait := time.Millisecond; ; wait = min(2*wait, maxPause) {
		kept, rev, err := b.head(ctx, partition)
		if err != nil {
			return err
		}
		if rev != 0 && kept.Pos > pos {
			return nil
		}
		h := head{Pos: pos, Size: len(snapshot), CRC: checksum(snapshot)}
		for piece := range slices.Chunk(snapshot, b.largest) {
			seq, err := b.store(ctx, &nats.Msg{Subject: b.pieceSubject(partition), Data: piece})
			if err != nil {
				b.discard(ctx, h.Pieces)
				return err
			}
			h.Pieces = append(h.Pieces, seq)
		}
		seq, err := b.saveHead(ctx, partition, h, rev)
		if is(err, codeWrongLast) || is(err, codeWrongLastInProgress) {
			// Somebody else was faster. Its end was to delete our pieces, perhaps, for they are older than its own.
			b.discard(ctx, h.Pieces)
			if err := pause(ctx, wait); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err // nobody knows; the next who succeeds deletes what nobody refers to
		}
		// All before our own: those of whom it was in place of, and of all who did not get as far as a head. Who has
		// stored some of them and not failed yet has read an older head than ours, and will fail.
		if len(h.Pieces) > 0 {
			seq = h.Pieces[0]
		}
		return b.purge(ctx, b.stateStream(), b.pieceSubject(partition), seq)
	}
}

// saveHead puts a head in place of the one of sequence rev.
func (b *Backend) saveHead(ctx context.Context, partition int, h head, rev uint64) (uint64, error) {
	data, err := json.Marshal(h)
	if err != nil {
		return 0, err
	}
	return b.publish(ctx, &nats.Msg{
		Subject: b.headSubject(partition), Data: data, Header: nats.Header{nats.MsgRollup: {nats.MsgRollupSubject}},
	}, rev)
}

// discard deletes pieces that no head refers to, so that they do not take the room of the next try. If it fails the
// next Save that succeeds does it.
func (b *Backend) discard(ctx context.Context, pieces []uint64) {
	for _, seq := range pieces {
		var done reply
		err := b.call(ctx, "STREAM.MSG.DELETE."+b.stateStream(), struct {
			Seq     uint64 `json:"seq"`
			NoErase bool   `json:"no_erase"`
		}{seq, true}, &done)
		if err != nil && !is(err, codeNoMessage) {
			return
		}
	}
}

// Load implements backend.Snapshots.
func (b *Backend) Load(ctx context.Context, partition int) (snapshot []byte, pos uint64, err error) {
	defer func(began time.Time) { b.count(opLoad, began, len(snapshot), err) }(time.Now())
	if err := b.enter(ctx, partition); err != nil {
		return nil, 0, err
	}
	snapshot, pos, err = b.load(ctx, partition)
	return snapshot, pos, b.outcome(ctx, err)
}

func (b *Backend) load(ctx context.Context, partition int) ([]byte, uint64, error) {
	var last uint64
	for tries := 0; ; {
		h, rev, err := b.head(ctx, partition)
		if err != nil || rev == 0 {
			return nil, 0, err
		}
		if tries++; rev != last {
			last, tries = rev, 0
		}
		snapshot, err := b.pieces(ctx, partition, h)
		if err == nil {
			return snapshot, h.Pos, nil
		}
		// Another may be kept by now, and the pieces of this one are deleted.
		if !is(err, codeNoMessage) || tries == loadTries {
			return nil, 0, fmt.Errorf("jetstream: snapshot of partition %d at %d: %w", partition, h.Pos, err)
		}
		if err := pause(ctx, time.Duration(tries)*time.Millisecond); err != nil {
			return nil, 0, err
		}
	}
}

// head returns what is kept of a partition and its sequence, 0 if nothing is.
func (b *Backend) head(ctx context.Context, partition int) (head, uint64, error) {
	var h head
	m, err := b.get(ctx, b.stateStream(), query{Last: b.headSubject(partition)})
	switch {
	case is(err, codeNoMessage):
		return h, 0, nil
	case err != nil:
		return h, 0, err
	}
	if err := json.Unmarshal(m.data, &h); err != nil {
		return h, 0, fmt.Errorf("jetstream: head of partition %d's snapshot: %w", partition, err)
	}
	return h, m.seq, nil
}

func (b *Backend) pieces(ctx context.Context, partition int, h head) ([]byte, error) {
	snapshot := make([]byte, 0, max(h.Size, 0)) // not nil, however empty
	for _, seq := range h.Pieces {
		m, err := b.get(ctx, b.stateStream(), query{Seq: seq})
		if err != nil {
			return nil, err
		}
		if want := b.pieceSubject(partition); m.subject != want {
			return nil, fmt.Errorf("jetstream: message %d has subject %s, want %s", seq, m.subject, want)
		}
		snapshot = append(snapshot, m.data...)
	}
	if crc := checksum(snapshot); len(snapshot) != h.Size || crc != h.CRC {
		return nil, fmt.Errorf("jetstream: %d bytes with checksum %x, want %d with %x", len(snapshot), crc, h.Size, h.CRC)
	}
	return snapshot, nil
}

func checksum(data []byte) uint32 { return crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)) }
