package server

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/gorilla/websocket"
)

// Serve answers the connections of a listener without TLS as web.Serve does, with the same handler, and ends as that does
// with web.Close or web.Shutdown. A websocket costs less this way: the handshake is read by the goroutine that goes on with
// the websocket, and what net/http keeps for a connection is never made for one. A request that is not the first of its
// connection, or no upgrade, or has a header above 8 KiB, is net/http's.
//
// Of web it is the Handler, ReadHeaderTimeout and ErrorLog that count for websockets. To mount a [Server] in any other way
// does as well, and costs a login a fifth more.
func Serve(l net.Listener, web *http.Server) error {
	d := &door{web: web, others: make(chan net.Conn), done: make(chan struct{}), greeted: make(map[net.Conn]struct{})}
	var accepting sync.WaitGroup
	var accepted error
	accepting.Go(func() {
		accepted = d.accept(l)
		_ = l.Close()
		close(d.done)
	})
	err := web.Serve(&otherListener{Listener: l, door: d})
	d.close()
	accepting.Wait()
	d.greeting.Wait()
	if accepted != nil && !errors.Is(accepted, net.ErrClosed) {
		return accepted
	}
	return err
}

// A door lets connections in, and tells websockets from other requests.
type door struct {
	web    *http.Server
	others chan net.Conn // those whose requests are net/http's
	done   chan struct{} // closed when nothing is accepted any more

	greeting sync.WaitGroup // handshakes
	mu       sync.Mutex
	// +checklocks:mu
	greeted map[net.Conn]struct{} // connections whose handshakes are under way
	// +checklocks:mu
	closed bool
}

// accept lets connections in until the listener is closed.
func (d *door) accept(l net.Listener) error {
	const pause = 100 * time.Millisecond
	for {
		nc, err := l.Accept()
		switch {
		case err == nil:
			if d.enter(nc) {
				go d.greet(nc)
			}
		case passes(err):
			time.Sleep(pause)
		default:
			return err
		}
	}
}

// passes reports whether an error of Accept is one of a connection that is gone already, or of too many that are open.
func passes(err error) bool {
	for _, e := range []error{syscall.ECONNABORTED, syscall.ECONNRESET, syscall.EMFILE, syscall.ENFILE} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func (d *door) enter(nc net.Conn) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		_ = nc.Close()
		return false
	}
	d.greeting.Add(1)
	d.greeted[nc] = struct{}{}
	return true
}

// forget leaves a connection to others: it is no business of the door any more.
func (d *door) forget(nc net.Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.greeted[nc]; ok {
		delete(d.greeted, nc)
		d.greeting.Done()
	}
}

// close ends the handshakes that are under way.
func (d *door) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	for nc := range d.greeted {
		_ = nc.Close()
	}
}

// greet reads the first request of a connection. What comes of it, if it is a websocket, goes on with this goroutine.
func (d *door) greet(nc net.Conn) {
	if run := d.handshake(nc); run != nil {
		run()
	}
}

// handshake returns what is to be done with a websocket, nil when there is none.
func (d *door) handshake(nc net.Conn) (run func()) {
	defer d.forget(nc)
	defer func() {
		if p := recover(); p != nil { // as net/http does
			d.logf("server: panic serving %v: %v\n%s", nc.RemoteAddr(), p, debug.Stack())
			_ = nc.Close()
		}
	}()
	header, ok := d.read(nc)
	if !ok {
		_ = nc.Close()
		return nil
	}
	r := upgrade(header)
	if r == nil {
		d.pass(&begun{Conn: nc, read: header})
		return nil
	}
	r.RemoteAddr = nc.RemoteAddr().String()
	w := &doorway{door: d, nc: nc, header: make(http.Header), status: http.StatusOK}
	d.web.Handler.ServeHTTP(w, r)
	if !w.hijacked {
		w.finish(r)
		_ = nc.Close()
	}
	return w.run
}

// read reads a request's header, or as much as is looked at. A connection that says nothing costs little.
func (d *door) read(nc net.Conn) (header []byte, ok bool) {
	const usual, most = 512, 8 << 10
	if within := d.web.ReadHeaderTimeout; within > 0 {
		_ = nc.SetReadDeadline(time.Now().Add(within)) // a connection that cannot have one fails below
		defer func() { _ = nc.SetReadDeadline(time.Time{}) }()
	}
	header = make([]byte, 0, usual)
	for len(header) < most {
		if len(header) == cap(header) {
			header = slices.Grow(header, cap(header))
		}
		n, err := nc.Read(header[len(header):cap(header)])
		header = header[:len(header)+n]
		switch {
		case err != nil:
			return nil, false
		case bytes.Contains(header, []byte(headerEnd)):
			return header, true
		}
	}
	return header, true
}

const headerEnd = "\r\n\r\n"

// headers are readers that nobody uses.
var headers = sync.Pool{New: func() any { return bufio.NewReader(nil) }}

// upgrade returns the request for a websocket that a connection began with, nil for anything else.
func upgrade(header []byte) *http.Request {
	if !bytes.HasSuffix(header, []byte(headerEnd)) { // not all of it, or more than it
		return nil
	}
	br := headers.Get().(*bufio.Reader) //nolint:errcheck,forcetypeassert // nothing else is in there
	defer headers.Put(br)
	defer br.Reset(nil)
	br.Reset(bytes.NewReader(header))
	r, err := http.ReadRequest(br)
	if err != nil || !websocket.IsWebSocketUpgrade(r) || r.ContentLength != 0 || r.Host == "" {
		return nil
	}
	return r
}

// pass leaves a connection to net/http.
func (d *door) pass(nc net.Conn) {
	select {
	case d.others <- nc:
	case <-d.done:
		_ = nc.Close()
	}
}

func (d *door) logf(format string, args ...any) {
	if d.web.ErrorLog != nil {
		d.web.ErrorLog.Printf(format, args...)
	} else {
		log.Printf(format, args...)
	}
}

// An otherListener has the connections for net/http.
type otherListener struct {
	net.Listener
	door *door
}

// Accept implements net.Listener.
func (l *otherListener) Accept() (net.Conn, error) {
	select {
	case nc := <-l.door.others:
		return nc, nil
	case <-l.door.done:
		return nil, net.ErrClosed
	}
}

// A begun connection is one of which something has been read.
type begun struct {
	net.Conn
	read []byte
}

func (b *begun) Read(p []byte) (int, error) {
	if len(b.read) == 0 {
		return b.Conn.Read(p)
	}
	n := copy(p, b.read)
	b.read = b.read[n:]
	return n, nil
}

// A doorway is the http.ResponseWriter of a request for a websocket.
type doorway struct {
	door     *door
	nc       net.Conn
	header   http.Header
	status   int
	body     bytes.Buffer
	hijacked bool
	run      func() // what is to be done with the websocket
}

// Header implements http.ResponseWriter.
func (w *doorway) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *doorway) WriteHeader(status int) { w.status = status }

// Write implements http.ResponseWriter.
func (w *doorway) Write(p []byte) (int, error) { return w.body.Write(p) }

// Hijack implements http.Hijacker. Nothing is in the reader.
func (w *doorway) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.hijacked = true
	w.door.forget(w.nc) // its peer may know that it is a websocket before the handler returns
	return w.nc, bufio.NewReadWriter(bufio.NewReaderSize(w.nc, 0), bufio.NewWriterSize(w.nc, 1)), nil
}

// finish sends the answer to a request that did not become a websocket.
func (w *doorway) finish(r *http.Request) {
	_ = w.nc.SetWriteDeadline(time.Now().Add(writeWithin)) // as below
	answer := http.Response{
		StatusCode: w.status, ProtoMajor: 1, ProtoMinor: 1, Request: r, Close: true,
		Header: w.header, ContentLength: int64(w.body.Len()), Body: io.NopCloser(&w.body),
	}
	_ = answer.Write(w.nc) // who asked has gone if it fails
}
