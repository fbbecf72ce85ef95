package wsconn_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wsconn"
)

const limit = 1 << 16

var key = [4]byte{0x12, 0xfe, 0x00, 0x9a}

// part is a frame of a client that is not the last of its message.
func part(op byte, payload string) []byte {
	f := wsconn.AppendMasked(nil, op, []byte(payload), key)
	f[0] &^= 0x80
	return f
}

func whole(op byte, payload string) []byte { return wsconn.AppendMasked(nil, op, []byte(payload), key) }

func join(frames ...[]byte) []byte { return bytes.Join(frames, nil) }

// A feed is a connection that hands out given bytes, a few at a time, and takes all that is written.
type feed struct {
	net.Conn
	data []byte
	most int
}

func (f *feed) Read(p []byte) (int, error) {
	if len(f.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p, f.data[:min(f.most, len(f.data))])
	f.data = f.data[n:]
	return n, nil
}

func (f *feed) Write(p []byte) (int, error)      { return len(p), nil }
func (f *feed) SetDeadline(time.Time) error      { return nil }
func (f *feed) SetWriteDeadline(time.Time) error { return nil }
func (f *feed) Close() error                     { return nil }

// A message is what one implementation has read.
type message struct {
	op      byte
	payload string
}

// ours reads everything as a server.
func ours(data []byte, most int) (read []message, err error) {
	s := wsconn.New(&feed{data: bytes.Clone(data), most: most})
	s.Begin(true, limit, nil)
	for {
		op, payload, err := s.Next()
		if err != nil {
			return read, err
		}
		read = append(read, message{op, string(payload)})
	}
}

func TestNext(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789", 3000)
	for name, c := range map[string]struct {
		data []byte
		want []message
		err  error
	}{
		"one":       {whole(wsconn.OpText, "a"), []message{{wsconn.OpText, "a"}}, io.EOF},
		"empty":     {whole(wsconn.OpText, ""), []message{{wsconn.OpText, ""}}, io.EOF},
		"many":      {join(whole(wsconn.OpText, "a"), whole(wsconn.OpBinary, long), whole(wsconn.OpPong, "c")), []message{{wsconn.OpText, "a"}, {wsconn.OpBinary, long}, {wsconn.OpPong, "c"}}, io.EOF},
		"fragments": {join(part(wsconn.OpText, "a"), whole(wsconn.OpPing, "p"), part(0, "b"), whole(0, "c"), whole(wsconn.OpText, "d")), []message{{wsconn.OpPing, "p"}, {wsconn.OpText, "abc"}, {wsconn.OpText, "d"}}, io.EOF},
		"largest":   {whole(wsconn.OpText, strings.Repeat("x", limit)), []message{{wsconn.OpText, strings.Repeat("x", limit)}}, io.EOF},
		"too large": {whole(wsconn.OpText, strings.Repeat("x", limit+1)), nil, wsconn.ErrTooLarge},
		"too large in fragments": {
			join(part(wsconn.OpText, strings.Repeat("x", limit)), whole(0, "x")), nil, wsconn.ErrTooLarge,
		},
		"a length beyond all": {[]byte{0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4}, nil, wsconn.ErrTooLarge},
		"closed":              {whole(wsconn.OpClose, "\x03\xe9bye"), nil, wsconn.CloseError{Code: 1001}},
		"closed, no code":     {whole(wsconn.OpClose, ""), nil, wsconn.CloseError{Code: 1005}},
		"half a code":         {whole(wsconn.OpClose, "\x03"), nil, wsconn.ErrProtocol},
		"code 1005":           {whole(wsconn.OpClose, "\x03\xed"), nil, wsconn.ErrProtocol},
		"reason not UTF-8":    {whole(wsconn.OpClose, "\x03\xe8\xff"), nil, wsconn.ErrProtocol},
		"not masked":          {wsconn.AppendFrame(nil, wsconn.OpText, []byte("a")), nil, wsconn.ErrProtocol},
		"reserved bits":       {[]byte{0xc1, 0x80, 0, 0, 0, 0}, nil, wsconn.ErrProtocol},
		"unknown opcode":      {whole(3, "a"), nil, wsconn.ErrProtocol},
		"continues nothing":   {whole(0, "a"), nil, wsconn.ErrProtocol},
		"message in message":  {join(part(wsconn.OpText, "a"), whole(wsconn.OpText, "b")), nil, wsconn.ErrProtocol},
		"ping in fragments":   {part(wsconn.OpPing, "a"), nil, wsconn.ErrProtocol},
		"long ping":           {whole(wsconn.OpPing, strings.Repeat("x", 126)), nil, wsconn.ErrProtocol},
		"ends within a frame": {whole(wsconn.OpText, "abc")[:7], nil, io.ErrUnexpectedEOF},
		"ends within a message": {
			part(wsconn.OpText, "a"), nil, io.ErrUnexpectedEOF,
		},
	} {
		for _, most := range []int{1, 3, 1 << 20} {
			got, err := ours(c.data, most)
			require.ErrorIs(t, err, c.err, name)
			require.Equal(t, c.want, got, name)
		}
	}
}

// Over a real connection: what is read in place, and what is put together from several buffers.
func TestNextOverTCP(t *testing.T) {
	t.Parallel()
	s, far := tcp(t)
	s.Begin(true, limit, nil)
	var data []byte
	var want []message
	for n := range 300 {
		m := message{wsconn.OpText, strings.Repeat("x", n*n%3000)}
		want, data = append(want, m), append(data, whole(m.op, m.payload)...)
	}
	go func() {
		_, err := far.Write(data)
		assert.NoError(t, err)
	}()
	for _, m := range want {
		op, payload, err := s.Next()
		require.NoError(t, err)
		require.Equal(t, m.op, op)
		require.Equal(t, m.payload, string(payload))
	}
}

// The handshake's reader gets a header and nothing of what follows, however it asks.
func TestReadEndsAtHeader(t *testing.T) {
	t.Parallel()
	const first, second = "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n"
	for _, size := range []int{1, 2, 3, 18, 19, 20, 4096} {
		s := wsconn.New(&feed{data: []byte(first + second + string(whole(wsconn.OpText, "a"))), most: 1 << 20})
		var header strings.Builder
		p := make([]byte, size)
		for header.Len() < len(first+second) {
			n, err := s.Read(p)
			require.NoError(t, err)
			header.Write(p[:n])
		}
		require.Equal(t, first+second, header.String())
		s.Begin(true, limit, nil)
		_, payload, err := s.Next()
		require.NoError(t, err)
		require.Equal(t, "a", string(payload))
	}
}

// theirs reads everything as gorilla's server does.
func theirs(t *testing.T, data []byte) (read []message, err error) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	for name, value := range map[string]string{"Connection": "upgrade", "Upgrade": "websocket", "Sec-Websocket-Version": "13", "Sec-Websocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="} {
		r.Header.Set(name, value)
	}
	up := websocket.Upgrader{ReadBufferSize: 1024}
	ws, err := up.Upgrade(&hijacked{httptest.NewRecorder(), &feed{data: data, most: 1 << 20}}, r, nil)
	require.NoError(t, err)
	ws.SetReadLimit(limit)
	ws.SetPingHandler(func(p string) error {
		read = append(read, message{wsconn.OpPing, p})
		return nil
	})
	ws.SetPongHandler(func(p string) error {
		read = append(read, message{wsconn.OpPong, p})
		return nil
	})
	ws.SetCloseHandler(func(int, string) error { return nil })
	for {
		op, payload, err := ws.ReadMessage()
		if err != nil {
			return read, err
		}
		read = append(read, message{byte(op), string(payload)})
	}
}

type hijacked struct {
	http.ResponseWriter
	feed *feed
}

func (h *hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return h.feed, bufio.NewReadWriter(bufio.NewReader(strings.NewReader("")), bufio.NewWriter(io.Discard)), nil
}

// FuzzNext reads the same as gorilla does, in whatever pieces it comes, and fails where that does.
func FuzzNext(f *testing.F) {
	for _, data := range [][]byte{
		join(whole(wsconn.OpText, "hello"), whole(wsconn.OpPing, "p"), whole(wsconn.OpClose, "\x03\xe8")),
		join(part(wsconn.OpText, "a"), whole(wsconn.OpPong, "p"), part(0, "b"), whole(0, "c")),
		join(whole(wsconn.OpBinary, strings.Repeat("x", 70_000)), whole(wsconn.OpText, "y")),
		{0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4},
		whole(wsconn.OpClose, "\x0b\xb8why"),
	} {
		f.Add(data, uint16(1))
		f.Add(data, uint16(4096))
	}
	f.Fuzz(func(t *testing.T, data []byte, most uint16) {
		got, err := ours(data, int(most)+1)
		want, wantErr := theirs(t, bytes.Clone(data))
		require.Equal(t, want, got)
		var closed wsconn.CloseError
		var theirsClosed *websocket.CloseError
		if errors.As(err, &closed) {
			require.ErrorAs(t, wantErr, &theirsClosed)
			require.Equal(t, theirsClosed.Code, closed.Code)
		}
		switch { // gorilla may see that a length is too large before the rest of the header has come
		case errors.Is(err, wsconn.ErrTooLarge):
			require.ErrorIs(t, wantErr, websocket.ErrReadLimit)
		case !errors.Is(err, io.ErrUnexpectedEOF):
			require.NotErrorIs(t, wantErr, websocket.ErrReadLimit)
		}
	})
}
