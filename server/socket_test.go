package server_test

import (
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/signaltest"
)

const badFrame = `["close","bad frame"]`

// Whatever one peer sends, the other users' sessions do not notice.
func TestBadInput(t *testing.T) {
	t.Parallel()
	const text, binary = websocket.TextMessage, websocket.BinaryMessage
	large := `["ping",1` + strings.Repeat(" ", wire.MaxFrame-len(`["ping",1]`)+1) + `]`
	tests := []struct {
		name  string
		kind  int
		frame string
		code  int
		said  []string
	}{
		{"binary", binary, `["ping",1]`, 1003, []string{badFrame}},
		{"empty", text, ``, 1007, []string{badFrame}},
		{"not JSON", text, `hello`, 1007, []string{badFrame}},
		{"half of JSON", text, `["ping",`, 1007, []string{badFrame}},
		{"two values", text, `["ping",1] ["ping",2]`, 1007, []string{badFrame}},
		{"not UTF-8", text, "[\"ping\",\"\xff\"]", 1007, []string{badFrame}},
		{"too deep", text, strings.Repeat("[", 30_000) + strings.Repeat("]", 30_000), 1007, []string{badFrame}},
		{"not an array", text, `{"ping":1}`, 1002, []string{badFrame}},
		{"one element", text, `["ping"]`, 1002, []string{badFrame}},
		{"three elements", text, `["ping",1,2]`, 1002, []string{badFrame}},
		{"event no string", text, `[1,1]`, 1002, []string{badFrame}},
		{"unknown event", text, `["pang",1]`, 1002, []string{badFrame}},
		{"ping without a number", text, `["ping","1"]`, 1002, []string{badFrame}},
		{"ping with a fraction", text, `["ping",1.5]`, 1002, []string{badFrame}},
		{"ping beyond 2^53", text, `["ping",9007199254740993]`, 1002, []string{badFrame}},
		{"login without an object", text, `["login",[]]`, 1002, []string{badFrame}},
		{"login with a number for a name", text, `["login",{"vid":"app","account":7}]`, 1002, []string{badFrame}},
		{"line_login without a line", text, `["line_login",{}]`, 1002, []string{badFrame}},
		{"call without arguments", text, `["call2",["user_getmsg",1]]`, 1002, []string{badFrame}},
		{"call without a number", text, `["call2",["user_getmsg","1",{}]]`, 1002, []string{badFrame}},
		{"call of no function", text, `["call2",[7,1,{}]]`, 1002, []string{badFrame}},
		{"too large", text, large, 1009, nil},
	}
	srv := signaltest.NewServer(t)
	bystander := login(t, srv, "bystander")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, loggedIn := range []bool{false, true} {
				c := dial(t, srv)
				if loggedIn {
					c.login("alice")
				}
				require.NoError(t, c.ws.WriteMessage(tt.kind, []byte(tt.frame)))
				c.endsWith(tt.code, tt.said...)
			}
			bystander.works()
		})
	}
}

func TestLargestFramePasses(t *testing.T) {
	t.Parallel()
	srv := signaltest.NewServer(t)
	c := login(t, srv, "alice")
	c.send(`["ping",7` + strings.Repeat(" ", wire.MaxFrame-len(`["ping",7]`)) + `]`)
	assert.Equal(t, `["pong",7]`, c.read())
	c.works()
}

func TestOutOfOrder(t *testing.T) {
	t.Parallel()
	const again = `["login",{"vid":"app","account":"alice","token":"","device":"gosdk"}]`
	tests := []struct {
		name     string
		loggedIn bool
		frame    string
		code     int
	}{
		{"call before login", false, `["call2",["user_getmsg",1,{"line":"x"}]]`, 1008},
		{"ack before login", false, `["ack",1]`, 1008},
		{"login twice", true, again, 1002},
		{"line_login after login", true, `["line_login",{"line":"x.0"}]`, 1002},
	}
	srv := signaltest.NewServer(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := dial(t, srv)
			if tt.loggedIn {
				c.login("alice")
			}
			c.send(tt.frame)
			c.endsWith(tt.code, badFrame)
		})
	}
}

// What violates websocket itself is closed with 1002, or without a word where no frame can be made out.
func TestBadWebsocket(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		bytes string
	}{
		{"not masked", "\x81\x02[]"},
		{"reserved bit", "\xc1\x80\x00\x00\x00\x00"},
		{"unknown opcode", "\x83\x80\x00\x00\x00\x00"},
		{"continuation of nothing", "\x80\x80\x00\x00\x00\x00"},
		{"large ping", "\x89\xfe\x01\x00\x00\x00\x00\x00"},
		{"ping in parts", "\x09\x80\x00\x00\x00\x00"},
		{"bad close code", "\x88\x82\x00\x00\x00\x00\x00\x01"},
	}
	srv := signaltest.NewServer(t)
	bystander := login(t, srv, "bystander")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := login(t, srv, "alice")
			_, err := c.ws.NetConn().Write([]byte(tt.bytes))
			require.NoError(t, err)
			_, err = c.next()
			require.True(t, websocket.IsCloseError(err, websocket.CloseProtocolError), err)
			bystander.works()
		})
	}
	t.Run("length beyond all bounds", func(t *testing.T) {
		c := login(t, srv, "alice")
		_, err := c.ws.NetConn().Write([]byte("\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00"))
		require.NoError(t, err)
		c.endsWith(websocket.CloseMessageTooBig)
		bystander.works()
	})
}

func TestPeerCloses(t *testing.T) {
	t.Parallel()
	srv := signaltest.NewServer(t)
	for _, code := range []int{websocket.CloseNormalClosure, websocket.CloseGoingAway, 4000} {
		c := login(t, srv, "alice")
		require.NoError(t, c.ws.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(code, "bye")))
		c.endsWith(code)
	}
	c := login(t, srv, "alice")
	require.NoError(t, c.ws.WriteMessage(websocket.CloseMessage, nil))
	c.endsWith(websocket.CloseNoStatusReceived)
}

func TestSocketWithoutAFrame(t *testing.T) {
	t.Parallel()
	srv := signaltest.NewServer(t)
	for range 20 {
		c := dial(t, srv)
		require.NoError(t, c.ws.Close())
	}
	login(t, srv, "alice").works()
}

// Answers come in the order of the questions, also before the login.
func TestPing(t *testing.T) {
	t.Parallel()
	srv := signaltest.NewServer(t)
	c := dial(t, srv)
	c.send(`["ping",-3]`)
	assert.Equal(t, `["pong",-3]`, c.read())
	c.login("alice")
	for i := range 500 {
		c.send(string(wire.AppendPing(nil, int64(i))))
	}
	for i := range 500 {
		require.Equal(t, string(wire.AppendPong(nil, int64(i))), c.read())
	}
}

func TestWebsocketPing(t *testing.T) {
	t.Parallel()
	srv := signaltest.NewServer(t)
	c := login(t, srv, "alice")
	got := make(chan string, 1)
	c.ws.SetPongHandler(func(data string) error {
		got <- data
		return nil
	})
	require.NoError(t, c.ws.WriteMessage(websocket.PingMessage, []byte("are you there")))
	c.works() // reads what came before the answer
	assert.Equal(t, "are you there", <-got)
}
