package load

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/cmd/signal/internal/figures"
)

// receive takes what comes to one client, until ctx ends. Messages of others than this run are none of its business.
func (r *run) receive(ctx context.Context, client int) {
	latencies := figures.New()
	defer r.add(latencies)
	seen := make([]map[int]bool, len(r.sentAt)) // by sender
	for m, err := range r.messages(ctx, client) {
		if err != nil {
			continue // a gap, or the end: what is lost is counted by what is missing
		}
		l, ok := parseLabel(m.Text)
		if !ok || l.run != r.Run || l.sender >= len(r.sentAt) || l.n >= r.Count || len(m.Text) != r.Size {
			continue
		}
		if seen[l.sender] == nil {
			seen[l.sender] = make(map[int]bool)
		}
		if seen[l.sender][l.n] {
			r.doubled.Add(1)
			continue
		}
		seen[l.sender][l.n] = true
		latencies.Record(time.Since(r.began) - time.Duration(r.sentAt[l.sender][l.n].Load()))
		r.delivered.Add(1)
	}
}

func (r *run) messages(ctx context.Context, client int) iter.Seq2[signal.Message, error] {
	if r.Mode == Fanout {
		return r.channels[client].Messages(ctx)
	}
	return r.clients[client].Messages(ctx)
}

// A label begins each message.
type label struct {
	run       string
	sender, n int
}

func (l label) String() string { return fmt.Sprintf("%s %d %d ", l.run, l.sender, l.n) }

func parseLabel(text string) (l label, ok bool) {
	parts := strings.SplitN(text, " ", 4)
	if len(parts) < 4 {
		return l, false
	}
	sender, err1 := strconv.Atoi(parts[1])
	n, err2 := strconv.Atoi(parts[2])
	return label{parts[0], sender, n}, err1 == nil && err2 == nil && sender >= 0 && n >= 0
}
