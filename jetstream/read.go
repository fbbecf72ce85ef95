package jetstream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/agora-signal-go/signal/server/backend"
)

const (
	readSingly = 16      // records that are asked for one by one, before it pays to have a consumer
	readBytes  = 8 << 20 // that are under way to us at one time, about
	readFirst  = 32      // records of a consumer's first batch
	readMost   = 1024    // and of any
	readTries  = 5       // consumers in a row that bring nothing
)

// Read implements backend.Journal.
func (b *Backend) Read(ctx context.Context, partition int, after uint64, f func(pos uint64, record []byte) error) (err error) {
	var bytes int
	defer func(began time.Time) { b.count(opRead, began, bytes, err) }(time.Now())
	if err := b.enter(ctx, partition); err != nil {
		return err
	}
	r := reader{b: b, partition: partition, pos: after, f: func(pos uint64, record []byte) error {
		bytes += len(record)
		if err := f(pos, record); err != nil {
			return &abort{err}
		}
		return nil
	}}
	err = r.read(ctx)
	var a *abort
	if errors.As(err, &a) {
		return a.err
	}
	return b.outcome(ctx, err)
}

// abort carries an error of the caller's function past all that looks at errors.
type abort struct{ err error }

func (a *abort) Error() string { return a.err.Error() }

// errGap means that a consumer did not bring the record that is next.
var errGap = errors.New("jetstream: a consumer left out a record")

// reader reads a journal. pos is the position of the record it handed on last.
type reader struct {
	b         *Backend
	partition int
	pos, last uint64
	f         func(pos uint64, record []byte) error
}

func (r *reader) read(ctx context.Context) error {
	last, err := r.b.last(ctx, r.partition)
	if err != nil {
		return err
	}
	if last < r.pos {
		return fmt.Errorf("%w: partition %d ends at %d, before %d", backend.ErrUnavailable, r.partition, last, r.pos)
	}
	r.last = last
	for tries := 0; r.pos < r.last; {
		before := r.pos
		if err := r.singly(ctx); err != nil || r.pos >= r.last {
			return err
		}
		err := r.consume(ctx)
		if err != nil && !errors.Is(err, errGap) {
			return err
		}
		if tries++; r.pos > before {
			tries = 0
		}
		if tries == readTries {
			return fmt.Errorf("%w: partition %d behind %d: %w", backend.ErrUnavailable, r.partition, r.pos, err)
		}
	}
	return nil
}

// singly asks for some records, one by one. What the leader says of a gap is so.
func (r *reader) singly(ctx context.Context) error {
	for i := 0; i < readSingly && r.pos < r.last; i++ {
		m, err := r.b.get(ctx, r.b.journalStream(r.partition), query{Seq: r.pos + 1, Next: r.b.journalSubject(r.partition)})
		if err != nil {
			return err
		}
		err = r.next(m)
		if errors.Is(err, errGap) {
			return fmt.Errorf("%w: partition %d behind %d, there is %d next", backend.ErrTrimmed, r.partition, r.pos, m.seq)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// next hands on a record, if it is the one behind that before.
func (r *reader) next(m *stored) error {
	after, err := m.after()
	if err != nil {
		return err
	}
	if after != r.pos {
		return errGap
	}
	if err := r.f(m.seq, m.data); err != nil {
		return err
	}
	r.pos = m.seq
	return nil
}

// consume reads the rest by way of a consumer. It returns errGap, or nil, if it has to be begun again from r.pos on.
func (r *reader) consume(ctx context.Context) error {
	b, stream, subject := r.b, r.b.journalStream(r.partition), r.b.journalSubject(r.partition)
	var created struct {
		reply

		Name string `json:"name"`
	}
	err := b.call(ctx, "CONSUMER.CREATE."+stream, map[string]any{
		"stream_name": stream,
		"config": map[string]any{
			"deliver_policy":     "by_start_sequence",
			"opt_start_seq":      r.pos + 1,
			"ack_policy":         "none",
			"replay_policy":      "instant",
			"filter_subject":     subject,
			"max_waiting":        8,
			"num_replicas":       1,
			"mem_storage":        true,
			"inactive_threshold": 30 * time.Second,
		},
	}, &created)
	if err != nil {
		return err
	}
	// It would go by itself; to wait until it is gone would tell us nothing.
	defer func() { _ = b.nc.Publish(b.api+"CONSUMER.DELETE."+stream+"."+created.Name, nil) }()

	sub, err := b.nc.SubscribeSync(b.nc.NewInbox())
	if err != nil {
		return err
	}
	defer func() { _ = sub.Unsubscribe() }() // fails when the connection is closed
	if err := sub.SetPendingLimits(-1, -1); err != nil {
		return err
	}
	for batch := readFirst; r.pos < r.last; {
		ask := fmt.Appendf(nil, `{"batch":%d,"expires":%d}`, batch, b.cfg.Timeout)
		if err := b.nc.PublishRequest(b.api+"CONSUMER.MSG.NEXT."+stream+"."+created.Name, sub.Subject, ask); err != nil {
			return err
		}
		largest, again, err := r.receive(ctx, sub, batch)
		if err != nil || again {
			return err
		}
		batch = max(1, min(readMost, readBytes/max(largest, 1)))
	}
	return nil
}

// receive hands on a batch of records, and returns the bytes of the largest. again: the consumer is of no use any more.
func (r *reader) receive(ctx context.Context, sub *nats.Subscription, batch int) (largest int, again bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(r.b.connected(), cancel)()
	for n := 0; n < batch && r.pos < r.last; {
		m, err := nextMessage(ctx, sub, r.b.cfg.Timeout+time.Second)
		if err != nil {
			return largest, false, err
		}
		if status := m.Header.Get("Status"); status != "" {
			if status == "100" {
				continue
			}
			// The server knows of no more, or goes down, or another leads.
			return largest, true, nil
		}
		meta, err := m.Metadata()
		if err != nil {
			return largest, false, fmt.Errorf("jetstream: a consumer's message: %w", err)
		}
		n++
		if meta.Sequence.Stream <= r.pos {
			continue
		}
		record := stored{seq: meta.Sequence.Stream, subject: m.Subject, header: m.Header, data: m.Data}
		if err := r.next(&record); err != nil {
			return largest, false, err
		}
		largest = max(largest, len(m.Data))
	}
	return largest, false, nil
}

func nextMessage(ctx context.Context, sub *nats.Subscription, patience time.Duration) (*nats.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return sub.NextMsgWithContext(ctx)
}
