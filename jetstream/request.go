package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"
)

// What the headers of a record say: its id, and the position that it is behind. The latter makes a journal a chain, so
// that whoever reads it notices when a link is missing.
const (
	idHeader    = "Signal-Id"
	afterHeader = "Signal-After"
)

// stored is a message of a stream.
type stored struct {
	seq     uint64
	subject string
	header  nats.Header
	data    []byte
}

func (s *stored) id() string { return s.header.Get(idHeader) }

func (s *stored) after() (uint64, error) {
	after, err := strconv.ParseUint(s.header.Get(afterHeader), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("jetstream: message %d of subject %s is not of a journal: %w", s.seq, s.subject, err)
	}
	return after, nil
}

// request sends m and returns the answer to it.
func (b *Backend) request(ctx context.Context, m *nats.Msg) (*nats.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, b.cfg.Timeout)
	defer cancel()
	defer context.AfterFunc(b.connected(), cancel)()
	return b.nc.RequestMsgWithContext(ctx, m)
}

// reply is what all of JetStream's answers have in common.
type reply struct {
	Error *apiError `json:"error"`
}

func (r *reply) failed() *apiError { return r.Error }

// call makes one of JetStream's requests, and has its answer in answer.
func (b *Backend) call(ctx context.Context, what string, query any, answer interface{ failed() *apiError }) error {
	data, err := json.Marshal(query)
	if err != nil {
		return err
	}
	r, err := b.request(ctx, &nats.Msg{Subject: b.api + what, Data: data})
	if err != nil {
		return fmt.Errorf("jetstream: %s: %w", what, err)
	}
	if err := json.Unmarshal(r.Data, answer); err != nil {
		return fmt.Errorf("jetstream: %s: %w", what, err)
	}
	if err := answer.failed(); err != nil {
		return err
	}
	return nil
}

// publish stores a message and returns its sequence, if after is the last one of the subject.
func (b *Backend) publish(ctx context.Context, m *nats.Msg, after uint64) (uint64, error) {
	if m.Header == nil {
		m.Header = make(nats.Header, 1)
	}
	m.Header.Set(nats.ExpectedLastSubjSeqHdr, strconv.FormatUint(after, 10))
	return b.store(ctx, m)
}

// store stores a message and returns its sequence.
func (b *Backend) store(ctx context.Context, m *nats.Msg) (uint64, error) {
	r, err := b.request(ctx, m)
	if err != nil {
		return 0, fmt.Errorf("jetstream: publish: %w", err)
	}
	var ack struct {
		reply

		Seq uint64 `json:"seq"`
	}
	if err := json.Unmarshal(r.Data, &ack); err != nil {
		return 0, fmt.Errorf("jetstream: publish: %w", err)
	}
	if ack.Error != nil {
		return 0, ack.Error
	}
	if ack.Seq == 0 {
		return 0, errors.New("jetstream: publish: an answer without a sequence")
	}
	return ack.Seq, nil
}

// query asks for one message of a stream.
type query struct {
	Seq  uint64 `json:"seq,omitempty"`
	Last string `json:"last_by_subj,omitempty"`
	Next string `json:"next_by_subj,omitempty"`
}

// get returns a message as the stream's leader has it. A leader that has been deposed and does not know may still answer.
// One that is on its way down, and has closed its store already, answers codeNoMessage: that proves nothing.
func (b *Backend) get(ctx context.Context, stream string, q query) (*stored, error) {
	var answer struct {
		reply

		Message struct {
			Subject string `json:"subject"`
			Seq     uint64 `json:"seq"`
			Header  []byte `json:"hdrs"`
			Data    []byte `json:"data"`
		} `json:"message"`
	}
	if err := b.call(ctx, "STREAM.MSG.GET."+stream, q, &answer); err != nil {
		return nil, err
	}
	m := &stored{seq: answer.Message.Seq, subject: answer.Message.Subject, data: answer.Message.Data}
	if len(answer.Message.Header) > 0 {
		h, err := nats.DecodeHeadersMsg(answer.Message.Header)
		if err != nil {
			return nil, fmt.Errorf("jetstream: headers of message %d of stream %s: %w", m.seq, stream, err)
		}
		m.header = h
	}
	return m, nil
}
