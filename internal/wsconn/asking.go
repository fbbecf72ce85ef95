package wsconn

import "net"

// An Asking is a Stream during the handshake of a client that speaks without TLS. What is written goes out in one piece
// when an answer is read: net/http, which knows an io.ByteWriter for something that gathers, then needs no buffer of its own.
type Asking struct{ *Stream }

// NewAsking returns a Stream on a connection, as it is during the handshake.
func NewAsking(nc net.Conn) Asking { return Asking{New(nc)} }

// Write implements io.Writer.
func (a Asking) Write(p []byte) (int, error) {
	a.ask = append(a.ask, p...)
	return len(p), nil
}

// WriteByte implements io.ByteWriter.
func (a Asking) WriteByte(c byte) error {
	a.ask = append(a.ask, c)
	return nil
}
