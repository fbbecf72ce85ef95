package server_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

// invoke makes a call of a function that the embedding program has.
func (c *client) invoke(pkg, fn, args string) wire.ServerFrame {
	c.t.Helper()
	return c.ask(wire.FnExtCall, map[string]any{"package": pkg, "func": fn, "args": args, "callid": ""})
}

// post makes one of package p and does not wait for the answer.
func (c *client) post(fn string) {
	c.t.Helper()
	c.call++
	c.send(fmt.Sprintf(`["call2",["user_ext_call",%d,{"line":%q,"package":"p","func":%q,"args":""}]]`, c.call, c.line, fn))
}

func TestInvoke(t *testing.T) {
	t.Parallel()
	var log syncBuffer
	handler := func(_ context.Context, who server.Caller, fn, args string) (string, error) {
		switch fn {
		case "echo":
			return fmt.Sprintf("%s/%s said %s", who.AppID, who.Account, args), nil
		case "told":
			return "", fmt.Errorf("wrapped: %w", server.InvokeError{Reason: "NoMoney", Code: 4711})
		case "told by pointer":
			return "", &server.InvokeError{Reason: "NoTime"}
		case "told nothing":
			return "", server.InvokeError{}
		case "secret":
			return "", errors.New("dial db: password hunter2")
		case "panic":
			panic("at the disco")
		case "exit":
			runtime.Goexit()
		case "large":
			return strings.Repeat("x", 512<<10+1), nil
		}
		return strings.Repeat("\x00", 512<<10), nil
	}
	srv := signaltest.NewServer(t, server.WithInvokeHandler("shop", handler), server.WithLogger(debugLog(&log)))
	c := login(t, srv, "alice")
	tests := []struct {
		pkg, fn       string
		ret           string
		reason, ecode string
	}{
		{"shop", "echo", "app/alice said hi", "", ""},
		{"shop", "told", "", "NoMoney", "4711"},
		{"shop", "told by pointer", "", "NoTime", "1001"},
		{"shop", "told nothing", "", "Failed", "1001"},
		{"shop", "secret", "", "Failed", "1001"},
		{"shop", "panic", "", "Failed", "1001"},
		{"shop", "exit", "", "Failed", "1001"},
		{"shop", "large", "", "LargeResult", "1005"},
		{"shop", "largest", strings.Repeat("\x00", 512<<10), "", ""},
		{"shed", "echo", "", "NoSuchFunc", "1004"},
	}
	for _, tt := range tests {
		f := c.invoke(tt.pkg, tt.fn, "hi")
		if tt.reason == "" {
			assert.Equal(t, "ok", f.Ret.Get("result").Text(), tt.fn)
			assert.Equal(t, tt.ret, f.Ret.Get("ret").Text(), tt.fn)
			continue
		}
		assert.Equal(t, tt.reason, f.Ret.Get("reason").Text(), tt.fn)
		assert.Equal(t, tt.ecode, string(f.Ret.Get("ecode")), tt.fn)
	}
	for _, text := range []string{"at the disco", "hunter2", "too large"} {
		assert.Contains(t, log.String(), text)
	}
	assert.EqualError(t, server.InvokeError{Reason: "NoMoney"}, "invoke: NoMoney")
	srv.Close()
}

// Without a handler there are no such functions at all.
func TestInvokeNothing(t *testing.T) {
	t.Parallel()
	srv := signaltest.NewServer(t)
	assert.Equal(t, "NoSuchFunc", login(t, srv, "alice").invoke("shop", "echo", "").Ret.Get("reason").Text())
}

func TestInvokeTimeout(t *testing.T) {
	t.Parallel()
	for _, obedient := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			end := make(chan struct{})
			srv := signaltest.NewPipeServer(t, server.WithInvokeHandler("p",
				func(ctx context.Context, _ server.Caller, _, _ string) (string, error) {
					if <-ctx.Done(); !obedient {
						<-end
					}
					return "too late", nil
				}))
			c := login(t, srv, "alice")
			start := time.Now()
			f := c.invoke("p", "f", "")
			assert.Equal(t, "Timeout", f.Ret.Get("reason").Text())
			assert.Equal(t, "1001", string(f.Ret.Get("ecode")))
			assert.Equal(t, 10*time.Second, time.Since(start))
			c.works()
			close(end)
		})
	}
}

// At most so many calls of one user, and of all users, run at one time; those that are over time still count.
func TestInvokeRates(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		end := make(chan struct{})
		var running atomic.Int32
		srv := signaltest.NewPipeServer(t, server.WithShards(3),
			server.WithLimits(server.Limits{InvocationsPerUser: 2, Invocations: 3, InvokeWithin: time.Second, Silence: -1}),
			server.WithInvokeHandler("p", func(context.Context, server.Caller, string, string) (string, error) {
				running.Add(1)
				defer running.Add(-1)
				<-end
				return "", nil
			}))
		alice, bob, carol := login(t, srv, "alice"), login(t, srv, "bob"), login(t, srv, "carol")
		alice.post("f")
		alice.post("f")
		synctest.Wait()
		assert.Equal(t, "RateLimited", alice.invoke("p", "f", "").Ret.Get("reason").Text())
		bob.post("f")
		synctest.Wait()
		assert.Equal(t, "RateLimited", carol.invoke("p", "f", "").Ret.Get("reason").Text())
		assert.Equal(t, int32(3), running.Load())

		time.Sleep(2 * time.Second)
		assert.Equal(t, "RateLimited", alice.invoke("p", "f", "").Ret.Get("reason").Text())
		close(end)
		synctest.Wait()
		assert.Equal(t, "ok", alice.invoke("p", "f", "").Ret.Get("result").Text())
	})
}

// An answer that nobody waits for any more goes nowhere.
func TestInvokeAfterLogout(t *testing.T) {
	t.Parallel()
	end := make(chan struct{})
	srv := signaltest.NewServer(t, server.WithInvokeHandler("p",
		func(context.Context, server.Caller, string, string) (string, error) {
			<-end
			return "", nil
		}))
	c := login(t, srv, "alice")
	c.post("f")
	assert.Equal(t, "ok", c.ask(wire.FnLogout, nil).Ret.Get("result").Text())
	close(end)
	login(t, srv, "alice").works()
}

func TestInvokeAtShutdown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		end := make(chan struct{})
		sig := server.New(server.WithInvokeHandler("p", func(ctx context.Context, _ server.Caller, fn, _ string) (string, error) {
			<-ctx.Done()
			if fn == "stubborn" {
				<-end
			}
			return "", ctx.Err()
		}))
		dial := mountPipe(t, sig)
		c := dial()
		c.login("alice")
		c.post("obedient")
		c.post("stubborn")
		synctest.Wait()
		go func() { _, _ = c.ends() }()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		require.ErrorIs(t, sig.Shutdown(ctx), context.DeadlineExceeded)
		assert.Equal(t, time.Minute, time.Since(start))
		assert.Equal(t, uint64(2), sig.Stats().InvocationsFailed)
		close(end) // whoever comes so late is not listened to
		synctest.Wait()
	})
}

// A handler learns which trace a call belongs to. Calls of one user count together, whatever traces they have.
func TestInvokeBringsItsTrace(t *testing.T) {
	t.Parallel()
	const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	handler := func(_ context.Context, who server.Caller, _, _ string) (string, error) { return who.Trace, nil }
	c := login(t, signaltest.NewServer(t, server.WithInvokeHandler("p", handler)), "alice")
	for given, want := range map[string]string{trace: trace, "no trace": "", "": ""} {
		ret := c.ask(wire.FnExtCall, map[string]any{"package": "p", "func": "f", "args": "", "callid": "", "trace": given})
		assert.Equal(t, want, ret.Ret.Get("ret").Text())
	}
}
