package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
)

// Listen serves on a TCP address until [Server.Shutdown], and returns the URL for clients of this machine. It is
// for programs that have no HTTP server of their own to mount the Server in: a game, a tool, an example. addr is
// HOST:PORT; port 0 takes a free one. It returns at once, and may be called for several addresses.
func (s *Server) Listen(addr string) (url string, err error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", addr)
	if err != nil {
		return "", fmt.Errorf("server: %w", err)
	}
	web := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: s.bounds.loginWithin,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		_ = listener.Close()
		return "", fmt.Errorf("server: listen on %s: %w", addr, http.ErrServerClosed)
	}
	s.webs = append(s.webs, web)
	s.running.Go(func() {
		if err := Serve(listener, web); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("listener failed", "addr", addr, "err", err)
		}
	})
	return "ws://" + local(listener.Addr()) + "/", nil
}

// local returns an address by which this machine reaches a listener.
func local(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return addr.String()
	}
	return net.JoinHostPort("127.0.0.1", fmt.Sprint(tcp.Port))
}
