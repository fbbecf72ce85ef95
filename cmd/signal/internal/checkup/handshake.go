package checkup

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/websocket"
)

// handshake checks that a server lets a websocket in. Nothing is said on it.
func (w *Way) handshake(ctx context.Context, server string) bool {
	ctx, cancel := context.WithTimeout(ctx, w.Timeout)
	defer cancel()
	dialer := &websocket.Dialer{Proxy: http.ProxyFromEnvironment, TLSClientConfig: w.tls(), HandshakeTimeout: w.Timeout}
	began := time.Now()
	conn, resp, err := dialer.DialContext(ctx, server, nil) //nolint:bodyclose // need not be closed, says its doc
	f := Finding{Check: "websocket", Target: server, Took: time.Since(began), Status: OK, Detail: "the server lets websockets in"}
	if err == nil {
		_ = conn.Close()
		w.Report(f)
		return true
	}
	f.Status = Fail
	f.Detail, f.Advice = "no websocket: "+reason(err), "see that a signaling server listens there, and nothing before it that ends connections"
	switch {
	case resp != nil:
		f.Detail, f.Advice = fmt.Sprintf("the server answers %s where a websocket was asked for", resp.Status), refusal(resp.StatusCode)
	case timedOut(ctx, err):
		f.Detail = fmt.Sprintf("no answer within %v", w.Timeout)
	}
	w.Report(f)
	return false
}

// refusal says what to do about a status.
func refusal(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "use wss:// if the port is one with TLS; a proxy before the server must pass the headers Upgrade and Connection"
	case http.StatusUnauthorized, http.StatusForbidden:
		return "see what stands before the server and who is let in there"
	case http.StatusNotFound, http.StatusUpgradeRequired, http.StatusOK:
		return "see that the address is that of a signaling server, and that a proxy before it passes the headers Upgrade and Connection"
	case http.StatusTooManyRequests:
		return "the server bounds connections of one address: try again later, or raise its limits"
	case http.StatusServiceUnavailable, http.StatusBadGateway, http.StatusGatewayTimeout:
		return "the server is full, ends, or is not there: try again later, and look at its /readyz"
	}
	return "see that the address is that of a signaling server"
}
