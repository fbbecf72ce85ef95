package server_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/signaltest"
)

// The examples in doc/protocol.md are what client and server say.
func TestProtocolDocument(t *testing.T) {
	t.Parallel()
	p := &play{t: t, srv: signaltest.NewServer(t), on: make(map[string]*client), names: make(map[string]string)}
	lines := conversation(t)
	for i := 0; i < len(lines); {
		due := make(map[string][]string)
		done := i
		for i++; i < len(lines); i++ {
			who, frame, ok := strings.Cut(lines[i], " ← ")
			if !ok {
				break
			}
			due[who] = append(due[who], frame)
		}
		p.do(lines[done])
		for who, frames := range due {
			p.expect(who, frames)
		}
	}
	for who, c := range p.on {
		if frames, err := c.ping(); err == nil {
			assert.Equal(t, []string{`["pong",7]`}, frames, "what %s is told after the last frame in the document", who)
		}
	}
}

// conversation returns the lines of the blocks of frames.
func conversation(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../doc/protocol.md")
	require.NoError(t, err)
	var lines []string
	for _, block := range strings.Split(string(text), "\n```frames\n")[1:] {
		block, _, ok := strings.Cut(block, "\n```\n")
		require.True(t, ok, "a block of frames does not end")
		lines = append(lines, strings.Split(block, "\n")...)
	}
	require.Greater(t, len(lines), 50)
	return lines
}

// A play is the conversation between some clients and a server.
type play struct {
	t     *testing.T
	srv   *signaltest.Server
	on    map[string]*client
	names map[string]string // what the server calls that which the document calls LIKE-THIS
}

// do has a client say something.
func (p *play) do(line string) {
	p.t.Helper()
	if who, cut := strings.CutSuffix(line, " is cut off"); cut {
		require.NoError(p.t, p.on[who].ws.Close())
		delete(p.on, who)
		return
	}
	who, frame, ok := strings.Cut(line, " → ")
	require.True(p.t, ok, "not a line of a conversation: %s", line)
	if p.on[who] == nil {
		p.on[who] = dial(p.t, p.srv)
	}
	for ours, theirs := range p.names {
		frame = strings.ReplaceAll(frame, `"`+ours+`"`, `"`+theirs+`"`)
	}
	p.on[who].send(frame)
}

// expect reads as many frames as are due, which may come in any order.
func (p *play) expect(who string, due []string) {
	p.t.Helper()
	for range due {
		got := p.on[who].read()
		i := 0
		for i < len(due) && alike(due[i]) != alike(got) {
			i++
		}
		require.Less(p.t, i, len(due), "%s is told\n%s\nand the document says\n%s", who, got, strings.Join(due, "\n"))
		p.learn(due[i], got)
		due = append(due[:i:i], due[i+1:]...)
	}
}

var (
	// made is what a server makes up, in strings inside strings.
	made   = regexp.MustCompile(`(\\*"(?:line|epoch|call)\\*":\\*")([^"\\]+)`)
	time13 = regexp.MustCompile(`\b\d{13}\b`)
)

// alike returns what two frames have in common that say the same.
func alike(frame string) string {
	return time13.ReplaceAllString(made.ReplaceAllString(frame, "$1"), "TIME")
}

// learn notes what the server calls things, and that it calls one thing always the same.
func (p *play) learn(document, got string) {
	p.t.Helper()
	theirs := made.FindAllStringSubmatch(got, -1)
	for i, m := range made.FindAllStringSubmatch(document, -1) {
		if known := p.names[m[2]]; known != "" {
			require.Equal(p.t, known, theirs[i][2], "%s in %s", m[2], document)
		}
		p.names[m[2]] = theirs[i][2]
	}
}

// ping returns all that comes until a pong does.
func (c *client) ping() (frames []string, err error) {
	if err := c.ws.WriteMessage(websocket.TextMessage, []byte(`["ping",7]`)); err != nil {
		return nil, err
	}
	for {
		frame, err := c.next()
		if err != nil {
			return frames, err
		}
		if frames = append(frames, frame); strings.HasPrefix(frame, `["pong"`) {
			return frames, nil
		}
	}
}
