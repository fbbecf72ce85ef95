package signaltest_test

import (
	"context"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/signaltest"
)

func TestCut(t *testing.T) {
	t.Parallel()
	for kind, srv := range both(t) {
		t.Run(kind, func(t *testing.T) {
			alice, namesake := login(t, srv, "app", "alice"), login(t, srv, "other app", "alice")
			bob, stranger := login(t, srv, "app", "bob"), dial(t, srv)
			srv.Cut("alice")
			alice.gone()
			namesake.gone()
			bob.works()
			stranger.works()
			srv.Cut("nobody")
			srv.Cut("")
			bob.works()
			stranger.works()

			// Her session lives on, and the connection that it goes on with is hers too.
			for range 3 {
				var reason string
				alice, reason = alice.resume(srv)
				require.Empty(t, reason)
				alice.works()
				srv.Cut("alice")
				alice.gone()
			}
			bob.works()
		})
	}
}

func TestCutAll(t *testing.T) {
	t.Parallel()
	for kind, srv := range both(t) {
		t.Run(kind, func(t *testing.T) {
			alice, bob, stranger := login(t, srv, "app", "alice"), login(t, srv, "app", "bob"), dial(t, srv)
			srv.CutAll()
			alice.gone()
			bob.gone()
			stranger.gone()
			_, reason := alice.resume(srv)
			assert.Empty(t, reason)
		})
	}
}

func TestRefuse(t *testing.T) {
	t.Parallel()
	for kind, srv := range both(t) {
		t.Run(kind, func(t *testing.T) {
			alice := login(t, srv, "app", "alice")
			srv.Refuse(true)
			for range 3 {
				_, err := tryDial(t, srv)
				require.Error(t, err)
			}
			alice.works()
			srv.Refuse(false)
			dial(t, srv).works()
			alice.works()
		})
	}
}

func TestRestartWithMemory(t *testing.T) {
	t.Parallel()
	for kind, srv := range both(t) {
		t.Run(kind, func(t *testing.T) {
			alice := login(t, srv, "app", "alice")
			srv.Restart(true)
			alice.gone()
			again, reason := alice.resume(srv)
			assert.Empty(t, reason)
			again.works()
		})
	}
}

func TestRestartWithoutMemory(t *testing.T) {
	t.Parallel()
	for kind, srv := range both(t) {
		t.Run(kind, func(t *testing.T) {
			alice := login(t, srv, "app", "alice")
			for range 3 {
				srv.Restart(false)
				alice.gone()
				var reason string
				alice, reason = alice.resume(srv)
				assert.Equal(t, wire.ReasonLineInvalid, reason)
			}
			login(t, srv, "app", "alice").works()
		})
	}
}

// The options of the first life hold in the next.
func TestRestartKeepsOptions(t *testing.T) {
	t.Parallel()
	for kind, srv := range both(t, server.WithApp("app", "")) {
		t.Run(kind, func(t *testing.T) {
			srv.Restart(false)
			c := dial(t, srv)
			l := wire.Login{AppID: "unknown", Account: "alice", Token: wire.NoToken}
			c.send(string(l.Append(nil)))
			assert.Equal(t, wire.ReasonInvalidApp, c.frame().Err)
		})
	}
}

// What is sent during a stall is handled afterwards, and in order.
func TestStall(t *testing.T) {
	t.Parallel()
	for kind, srv := range both(t) {
		t.Run(kind, func(t *testing.T) {
			alice, bob := login(t, srv, "app", "alice"), login(t, srv, "app", "bob")
			for round := range int64(3) {
				srv.Stall(true)
				srv.Stall(true)
				for i := range int64(100) {
					alice.ping(100*round + i)
					bob.ping(-i)
				}
				srv.Stall(false)
				srv.Stall(false)
				for i := range int64(100) {
					alice.pong(100*round + i)
					bob.pong(-i)
				}
			}
		})
	}
}

// While it lasts there is silence, both ways.
func TestStallIsMute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := signaltest.NewPipeServer(t)
		alice := login(t, srv, "app", "alice")
		heard := make(chan time.Duration, 3)
		start := time.Now()
		go func() {
			defer close(heard)
			for range cap(heard) {
				if _, _, err := alice.ws.ReadMessage(); err != nil {
					return
				}
				heard <- time.Since(start)
			}
		}()
		alice.ping(1)
		synctest.Wait()
		srv.Stall(true)
		alice.ping(2)
		time.Sleep(5 * time.Second)
		alice.ping(3)
		time.Sleep(5 * time.Second)
		srv.Stall(false)
		synctest.Wait()
		assert.Equal(t, time.Duration(0), <-heard)
		assert.Equal(t, 10*time.Second, <-heard)
		assert.Equal(t, 10*time.Second, <-heard)
	})
}

// The server's clock goes on: what was silent for too long is dropped, though its session stays.
func TestStallForLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := signaltest.NewPipeServer(t)
		alice := login(t, srv, "app", "alice")
		_ = alice.ws.SetReadDeadline(time.Time{})
		srv.Stall(true)
		start := time.Now()
		alice.ping(1)
		alice.gone()
		assert.Equal(t, 30*time.Second, time.Since(start))
		srv.Stall(false)
		_, reason := alice.resume(srv)
		assert.Empty(t, reason)
	})
}

// New connections are accepted and get no answer.
func TestStallNewConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := signaltest.NewPipeServer(t)
		srv.Stall(true)
		nc, err := srv.Dial(t.Context(), "tcp", "anything")
		require.NoError(t, err)
		_, err = io.WriteString(nc, "GET /healthz HTTP/1.0\r\n\r\n")
		require.NoError(t, err)
		time.AfterFunc(7*time.Second, func() { srv.Stall(false) })
		start := time.Now()
		answer, err := io.ReadAll(nc)
		require.NoError(t, err)
		assert.Contains(t, string(answer), "200 OK")
		assert.Equal(t, 7*time.Second, time.Since(start))
	})
}

// A cable can be pulled during a stall, and a server restarted or closed.
func TestFaultsDuringStall(t *testing.T) {
	t.Parallel()
	for kind, srv := range both(t) {
		t.Run(kind, func(t *testing.T) {
			alice, bob := login(t, srv, "app", "alice"), login(t, srv, "app", "bob")
			srv.Stall(true)
			alice.ping(1)
			srv.Cut("alice")
			alice.gone()
			bob.ping(1)
			srv.Restart(false)
			bob.gone()
			srv.Close()
		})
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	for kind, srv := range both(t) {
		t.Run(kind, func(t *testing.T) {
			alice := login(t, srv, "app", "alice")
			srv.Close()
			alice.gone()
			srv.Close()
			srv.Restart(false)
			srv.Restart(true)
			srv.CutAll()
			_, err := tryDial(t, srv)
			require.Error(t, err)
		})
	}
}

func TestHTTP(t *testing.T) {
	t.Parallel()
	for kind, srv := range both(t) {
		t.Run(kind, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.HTTPURL+"/healthz", http.NoBody)
			require.NoError(t, err)
			tr := &http.Transport{DialContext: srv.Dial}
			resp, err := tr.RoundTrip(req)
			require.NoError(t, err)
			defer func() { _ = resp.Body.Close() }()
			assert.Equal(t, http.StatusOK, resp.StatusCode)
		})
	}
}

// All of it at once: nothing hangs, nothing races.
func TestEverythingAtOnce(t *testing.T) {
	t.Parallel()
	for kind, srv := range both(t) {
		t.Run(kind, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					for ctx.Err() == nil {
						if c, err := tryDial(t, srv); err == nil {
							_ = c.ws.WriteMessage(1, []byte(`["login",{"vid":"app","account":"alice"}]`))
							_, _, _ = c.ws.ReadMessage()
							_ = c.ws.Close()
						}
					}
				})
			}
			for i := range 30 {
				srv.Cut("alice")
				srv.Stall(i%2 == 0)
				srv.Refuse(i%3 == 0)
				srv.Restart(i%4 == 0)
				srv.CutAll()
			}
			srv.Refuse(false)
			srv.Stall(false)
			cancel()
			wg.Wait()
			login(t, srv, "app", "bob").works()
		})
	}
}
