package peer

import (
	"context"
	"net"
	"net/http"
	"time"
)

// HTTP is a Server that is an http.Handler on a free port.
type HTTP struct {
	web  *http.Server
	addr string
	end  func()
}

// ServeHTTP serves h on a free port of the loopback interface. Close calls end, which may be nil, at last.
func ServeHTTP(h http.Handler, end func()) (*HTTP, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &HTTP{
		web:  &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second},
		addr: "ws://" + listener.Addr().String() + "/",
		end:  end,
	}
	go func() { _ = s.web.Serve(listener) }() // ends with Close
	return s, nil
}

// Addr returns a URL for websockets.
func (s *HTTP) Addr() string { return s.addr }

// Close ends the server. What was hijacked is up to the end function.
func (s *HTTP) Close() {
	_ = s.web.Close()
	if s.end != nil {
		s.end()
	}
}
