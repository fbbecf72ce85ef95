package jetstream

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/agora-signal-go/signal/server/backend"
)

const (
	maxPause = 100 * time.Millisecond // between two tries of an append that another one is in the way of
	maxShort = 8                      // looks at a journal that ends too early, until it is taken for what there is
)

// Append implements backend.Journal. A record's position is its sequence in the stream, and JetStream stores it only if
// after is that of the subject's last.
func (b *Backend) Append(ctx context.Context, partition int, after uint64, id string, record []byte) (pos uint64, err error) {
	defer func(began time.Time) { b.count(opAppend, began, len(record), err) }(time.Now())
	if err := b.enter(ctx, partition); err != nil {
		return 0, err
	}
	if err := backend.CheckID(id); err != nil {
		return 0, err
	}
	if len(record) > b.largest {
		return 0, fmt.Errorf("%w: record of %d bytes, want at most %d", backend.ErrTooLarge, len(record), b.largest)
	}
	if b.cfg.Room != nil {
		if err := b.cfg.Room(len(record), false); err != nil {
			return 0, err
		}
	}
	pos, err = b.append(ctx, partition, after, id, record)
	return pos, b.outcome(ctx, err)
}

func (b *Backend) append(ctx context.Context, partition int, after uint64, id string, record []byte) (uint64, error) {
	subject, stream := b.journalSubject(partition), b.journalStream(partition)
	ctx, cancel := context.WithTimeout(ctx, b.cfg.Timeout)
	defer cancel()
	short := 0
	for wait := time.Millisecond; ; wait = min(2*wait, maxPause) {
		pos, err := b.publish(ctx, &nats.Msg{Subject: subject, Data: record, Header: nats.Header{
			idHeader:    {id},
			afterHeader: {strconv.FormatUint(after, 10)},
		}}, after)
		if !is(err, codeWrongLast) && !is(err, codeWrongLastInProgress) {
			return pos, err
		}
		// It may be our own record of an earlier try that is there.
		next, err := b.get(ctx, stream, query{Seq: after + 1, Next: subject})
		if err == nil {
			behind, err := next.after()
			if err != nil {
				return 0, err
			}
			if behind == after && next.id() == id {
				return next.seq, nil
			}
			return 0, fmt.Errorf("%w: partition %d goes on from %d with %d, which is behind %d",
				backend.ErrFenced, partition, after, next.seq, behind)
		}
		if !is(err, codeNoMessage) {
			return 0, err
		}
		// One is on its way to where ours would be, or the leader is about to be another: soon we know. Or there
		// is no record at after, and never will be.
		last, err := b.last(ctx, partition)
		if err != nil {
			return 0, err
		}
		if short++; last >= after {
			short = 0
		}
		if short == maxShort {
			return 0, fmt.Errorf("%w: partition %d ends at %d, before %d", backend.ErrFenced, partition, last, after)
		}
		if pause(ctx, wait) != nil {
			return 0, fmt.Errorf("%w: another append to partition %d does not come to an end", backend.ErrUnavailable, partition)
		}
	}
}

// last returns the position of a journal's last record, and 0 if there seems to be none.
func (b *Backend) last(ctx context.Context, partition int) (uint64, error) {
	m, err := b.get(ctx, b.journalStream(partition), query{Last: b.journalSubject(partition)})
	switch {
	case is(err, codeNoMessage):
		return 0, nil
	case err != nil:
		return 0, err
	}
	return m.seq, nil
}

// Trim implements backend.Journal.
func (b *Backend) Trim(ctx context.Context, partition int, pos uint64) (err error) {
	defer func(began time.Time) { b.count(opTrim, began, 0, err) }(time.Now())
	if err := b.enter(ctx, partition); err != nil {
		return err
	}
	return b.outcome(ctx, b.trim(ctx, partition, pos))
}

func (b *Backend) trim(ctx context.Context, partition int, pos uint64) error {
	last, err := b.last(ctx, partition)
	if err != nil || min(pos, last) <= 1 {
		return err
	}
	return b.purge(ctx, b.journalStream(partition), b.journalSubject(partition), min(pos, last))
}

// purge deletes the messages of a subject before sequence seq, which is not 0.
func (b *Backend) purge(ctx context.Context, stream, subject string, seq uint64) error {
	var done struct {
		reply

		Success bool `json:"success"`
	}
	err := b.call(ctx, "STREAM.PURGE."+stream, struct {
		Filter string `json:"filter"`
		Seq    uint64 `json:"seq"`
	}{subject, seq}, &done)
	if err == nil && !done.Success {
		err = fmt.Errorf("jetstream: purge of stream %s: no success reported", stream)
	}
	return err
}
