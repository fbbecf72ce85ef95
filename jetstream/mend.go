package jetstream

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"

	"github.com/nats-io/nats.go"
)

// mend puts right what a power failure may leave behind: a snapshot that the disk has, of a journal of which it has lost
// the end. The snapshot knows all that was lost, so the journal goes on behind it, with an empty record, which says nothing.
// It is for a node that is alone: others may be told of an end that is not one by a server that leads no more.
func (b *Backend) mend(ctx context.Context) error {
	for p := range b.partitions {
		h, rev, err := b.head(ctx, p)
		if err != nil {
			return err
		}
		last, err := b.last(ctx, p)
		if err != nil {
			return err
		}
		if rev == 0 || last >= h.Pos {
			continue
		}
		b.log.Warn("a journal ends before its snapshot, as after a power failure: what the snapshot has is kept",
			slog.Int("partition", p), slog.Uint64("journal", last), slog.Uint64("snapshot", h.Pos))
		if err := b.goOnBehind(ctx, p, last, h.Pos); err != nil {
			return fmt.Errorf("jetstream: journal of partition %d, which ends before its snapshot: %w", p, err)
		}
	}
	return nil
}

// goOnBehind appends to a journal that ends at last until its end is behind pos, and forgets all but the end.
func (b *Backend) goOnBehind(ctx context.Context, partition int, last, pos uint64) error {
	for last <= pos {
		seq, err := b.publish(ctx, &nats.Msg{Subject: b.journalSubject(partition), Header: nats.Header{
			idHeader:    {fmt.Sprintf("mend-%d", last)},
			afterHeader: {strconv.FormatUint(pos, 10)},
		}}, last)
		if err != nil {
			return err
		}
		last = seq
	}
	return b.trim(ctx, partition, last)
}
