package soak

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/agora-signal-go/signal/server"
)

// figuresPath is where a server of Serve tells its Figures.
const figuresPath = "/soak"

// Serve runs a server with the default limits on a free port of the loopback interface. It writes its URL to out, and
// ends when in does: with the process that started it.
func Serve(in io.Reader, out io.Writer) error {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	sig := server.New(server.WithApp(appID, ""), server.WithInvokeHandler("soak", echo))
	mux := http.NewServeMux()
	mux.Handle("/", sig)
	mux.HandleFunc("GET "+figuresPath, func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(Measure()) // the asker has gone if it fails
	})
	web := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- web.Serve(listener) }()
	if _, err := fmt.Fprintf(out, "ws://%s/\n", listener.Addr()); err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, in)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	ended := sig.Shutdown(ctx)
	_ = web.Close()
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return ended
}

func echo(_ context.Context, _ server.Caller, _, args string) (string, error) { return args, nil }
