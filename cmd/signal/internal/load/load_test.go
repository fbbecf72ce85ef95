package load_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/cmd/signal/internal/load"
	"github.com/agora-signal-go/signal/signaltest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// planned returns a plan against a server of the test's own.
func planned(t *testing.T, mode load.Mode) load.Plan {
	t.Helper()
	srv := signaltest.NewServer(t)
	return load.Plan{
		Mode: mode, Clients: 3, Count: 10, Size: 64, Rate: mode.Rate(), Run: "RUN", Timeout: 10 * time.Second,
		Dial: func(ctx context.Context, account string) (*signal.Client, error) {
			return signal.Dial(ctx, "app", account, signal.WithServer(srv.URL))
		},
		Progress: func(int64, int64) {},
	}
}

func TestRun(t *testing.T) {
	for _, mode := range load.Modes() {
		t.Run(string(mode), func(t *testing.T) {
			plan := planned(t, mode)
			last := int64(0)
			plan.Progress = func(done, all int64) {
				require.GreaterOrEqual(t, done, last)
				require.LessOrEqual(t, done, all)
				last = done
			}
			r, err := load.Run(t.Context(), plan)
			require.NoError(t, err)
			require.EqualValues(t, 30, r.Delivered)
			require.Equal(t, r.Delivered, last)
			require.Equal(t, r.Expected, r.Latencies.Summary().Count)
			require.Zero(t, r.Lost+r.Duplicated+r.RateLimited+r.Failed)
			require.NoError(t, r.Failure)
		})
	}
}

// One that is thrown out in the middle misses what it should have got, and what it cannot send is a failure: nothing of that
// is counted as delivered.
func TestRunFindsLosses(t *testing.T) {
	for _, mode := range []load.Mode{load.Messages, load.Fanout} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			plan := planned(t, mode)
			plan.Timeout = time.Second
			plan.Count = 75 // 1.5 s
			var once sync.Once
			var thief *signal.Client
			plan.Progress = func(int64, int64) {
				once.Do(func() {
					var err error
					thief, err = plan.Dial(t.Context(), "bench-RUN-2")
					require.NoError(t, err)
				})
			}
			r, err := load.Run(t.Context(), plan)
			require.NoError(t, err)
			require.NoError(t, thief.Close(t.Context()))
			require.Positive(t, r.Lost)
			require.Equal(t, r.Expected, r.Delivered+r.Lost)
			if mode == load.Messages {
				require.Positive(t, r.Failed)
				require.ErrorIs(t, r.Failure, signal.ErrClosed)
				require.EqualValues(t, 3*plan.Count, r.Sent+r.Failed)
			}
		})
	}
}

func TestRunEndsEarly(t *testing.T) {
	plan := planned(t, load.Messages)
	plan.Count = load.MaxCount
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("enough")
	plan.Progress = func(done, _ int64) {
		if done > 3 {
			cancel(stop)
		}
	}
	_, err := load.Run(ctx, plan)
	require.ErrorIs(t, err, stop)

	plan = planned(t, load.Fanout)
	dial := plan.Dial
	plan.Dial = func(ctx context.Context, account string) (*signal.Client, error) {
		if account == "bench-RUN-1" {
			return nil, stop
		}
		return dial(ctx, account)
	}
	_, err = load.Run(t.Context(), plan)
	require.ErrorIs(t, err, stop)
}

func TestPlanIsChecked(t *testing.T) {
	for why, change := range map[string]func(*load.Plan){
		"want one of":                 func(p *load.Plan) { p.Mode = "x" },
		"2 to 10000 clients":          func(p *load.Plan) { p.Clients = 1 },
		"1 to 1000000 messages":       func(p *load.Plan) { p.Count = 0 },
		"40 to 8192 bytes, got 39":    func(p *load.Plan) { p.Size = 39 },
		"a rate above 0":              func(p *load.Plan) { p.Rate = 0 },
		fmt.Sprint(load.MaxRate) + "": func(p *load.Plan) { p.Rate = 1e9 },
	} {
		plan := planned(t, load.Messages)
		change(&plan)
		_, err := load.Run(t.Context(), plan)
		require.ErrorContains(t, err, why)
	}
}
