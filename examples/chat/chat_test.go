//go:build unix

package main

import (
	"fmt"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/charmbracelet/x/term"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/signaltest"
)

func TestWholeScreen(t *testing.T) {
	t.Parallel()
	srv := signaltest.NewServer(t)
	bob := comes(t, srv, "bob")
	room := bob.enters(lobby)
	require.NoError(t, room.SetAttr(bob.ctx, topicAttr, "tea and 茶"))
	alice := start(t, 80, 24, aliceAt(srv)...)
	alice.shows("topic = tea")
	require.NoError(t, room.Send(bob.ctx, "Hello alice, have you seen that a line which is long is broken between words?"))
	alice.shows("between words?")
	require.NoError(t, bob.Send(bob.ctx, "alice", "psst"))
	alice.shows("bob         1")
	assert.Equal(t, strings.TrimPrefix(`
 #lobby (2)  tea and 茶                                       alice · connected 
───────────────┬─────────────────────────────────────────────────┬──────────────
 CHANNELS      │ 12:34 * here: alice, bob                        │ MEMBERS 2    
›#lobby        │ 12:34 * topic = tea and 茶                      │ alice (you)  
 PEOPLE        │ 12:34 bob: Hello alice, have you seen that a    │ bob          
 bob         1 │       line which is long is broken between      │              
               │       words?                                    │              
               │                                                 │              
               │                                                 │              
               │                                                 │              
               │                                                 │              
               │                                                 │              
               │                                                 │              
               │                                                 │              
               │                                                 │              
               │                                                 │              
               │                                                 │              
               │                                                 │              
               │                                                 │              
               │                                                 │              
               │                                                 │              
───────────────┴─────────────────────────────────────────────────┴──────────────
> say something to #lobby, or /help                                             
 F1 help  Tab completes  PgUp scrolls  Ctrl-N next talk  Ctrl-C quits           `, "\n"), alice.text())
}

func TestMessages(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.alice.enter("Hello from alice, 你好")
	assert.Equal(t, "alice", s.bob.reads("Hello from alice, 你好").From)
	s.alice.shows("alice: Hello from alice, 你好")
	require.NoError(t, s.room.Send(s.bob.ctx, "Hello from bob"))
	s.alice.shows("bob: Hello from bob")

	carol := comes(t, s.srv, "carol")
	carol.enters(lobby)
	s.alice.shows("* carol came in", "MEMBERS 3")
	carol.goes()
	s.alice.shows("* carol went out", "MEMBERS 2")
}

func TestPrivateMessages(t *testing.T) {
	t.Parallel()
	s := begin(t)
	require.NoError(t, s.bob.Send(s.bob.ctx, "alice", "one"))
	s.alice.shows("PEOPLE", " bob         1 │")
	require.NoError(t, s.bob.Send(s.bob.ctx, "alice", "two"))
	s.alice.shows(" bob         2 │")
	assert.NotContains(t, s.alice.text(), "bob: one")

	s.alice.press(ctrlN)
	s.alice.shows("bob: one", "bob: two", "›bob           │")
	s.alice.enter("three")
	s.alice.shows("alice: three")
	assert.Empty(t, s.bob.reads("three").Channel)

	s.alice.enter("/msg nobody are you there?") // not online: it is kept for them
	s.alice.shows("›nobody", "alice: are you there?")
	s.alice.press(ctrlN)
	s.alice.shows("›#lobby")
	s.alice.press("\x1b[<0;3;6M\x1b[<0;3;6m") // a click at bob
	s.alice.shows("›bob", "alice: three")
}

func TestChannels(t *testing.T) {
	t.Parallel()
	s := begin(t)
	carol := comes(t, s.srv, "carol")
	carol.enters("kitchen")
	require.NoError(t, s.room.Send(s.bob.ctx, "only said in the lobby"))
	s.alice.shows("only said in the lobby")

	s.alice.enter("/join #kitchen")
	s.alice.shows("›#kitchen", "#kitchen (2)", "* here: alice, carol")
	s.bob.sees(signal.PresenceLeave, "alice")
	s.alice.enter("/who lobby")
	s.alice.shows("#lobby has 1: bob")
	s.alice.enter("/attr topic What is for dinner?")
	s.alice.shows("#kitchen (2)  What is for dinner?")
	s.alice.enter("/attr")
	s.alice.shows("#kitchen has 1 attributes")
	s.alice.enter("/attr -topic")
	s.alice.shows("* topic was deleted")
	s.alice.hides("#kitchen (2)  What")

	s.alice.press(ctrlP) // history stays, but nothing can be said there
	s.alice.shows("only said in the lobby", "* you left", "not in it")
	s.alice.enter("hello?")
	s.alice.shows("! you are not in #lobby any more")
	s.alice.enter("/join lobby")
	s.alice.shows("#lobby (2)", "MEMBERS 2")
	s.alice.enter("/leave")
	s.alice.shows("not in it", "MEMBERS 0")
}

func TestCommands(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.alice.enter("/nonsense")
	s.alice.shows("! there is no /nonsense: /help lists what there is")
	s.alice.enter("/call")
	s.alice.shows("! want /call NAME")
	s.alice.enter("/keys 1")
	s.alice.shows("! there is no call")
	s.alice.enter("/call nobody")
	s.alice.shows("! not online")
	s.alice.enter("/help")
	s.alice.shows("/join CHANNEL", "/quit")

	s.alice.press("/ms\t") // a command, a name, and the text
	s.alice.shows("> /msg ")
	s.alice.press("B\tone\r")
	s.alice.shows("alice: one")
	s.bob.reads("one")
	s.alice.press(arrow + arrow) // the line before the last
	s.alice.shows("> /help")
	s.alice.press("\x15/jo\t\t\x15//slash\r")
	s.bob.reads("/slash")
}

func TestScrollback(t *testing.T) {
	t.Parallel()
	s := begin(t)
	const lines = 50
	for i := range lines {
		require.NoError(t, s.room.Send(s.bob.ctx, fmt.Sprintf("line %d.", i)))
	}
	last := fmt.Sprintf("line %d.", lines-1)
	s.alice.shows(last)
	assert.NotContains(t, s.alice.text(), "line 20.")
	s.alice.press(pgUp)
	s.alice.hides(last)
	s.alice.shows("older messages")
	s.alice.press(pgUp)
	s.alice.shows("line 0.", "* here: alice, bob")

	require.NoError(t, s.room.Send(s.bob.ctx, "something new"))
	s.alice.shows("↓ 1 new below", "line 0.")
	s.alice.press(strings.Repeat(pgDown, 3))
	s.alice.shows("something new", "F1 help")

	s.alice.press(strings.Repeat("\x1b[<64;30;10M", 6)) // the wheel
	s.alice.hides("something new")
	s.alice.press(escape)
	s.alice.shows("something new")
}

func TestSizes(t *testing.T) {
	t.Parallel()
	s := begin(t)
	require.NoError(t, s.room.Send(s.bob.ctx, "Some words and 一些中文字 that have to be broken on a narrow screen, and averyverylongwordthatdoesnotfitintoanythingatallhere."))
	s.alice.shows("tallhere.")
	before := s.alice.text()
	for _, size := range [][2]int{{40, 10}, {120, 40}, {21, 6}, {63, 12}, {43, 24}, {10, 3}, {80, 24}} {
		width, height := size[0], size[1]
		s.alice.resize(width, height)
		what := fmt.Sprintf("%d columns and %d rows", width, height)
		s.alice.until(what, func(screen string) bool {
			if width < leastWidth {
				return strings.Contains(screen, "too small")
			}
			rows := strings.Split(screen, "\n")
			return len(rows) == height && strings.HasPrefix(rows[height-1], " F1") && strings.HasPrefix(rows[height-2], "> ") &&
				strings.Contains(rows[0], "connected") && strings.HasPrefix(rows[0], " #lobby") &&
				(strings.Contains(screen, "MEMBERS") == (width >= membersFrom)) && (strings.Contains(screen, "CHANNELS") == (width >= talksFrom))
		})
	}
	s.alice.until("the first screen again", func(screen string) bool { return screen == before })
	s.alice.resize(40, 10)
	s.alice.until("the narrow screen", func(screen string) bool { return !strings.Contains(screen, "CHANNELS") })
	require.NoError(t, s.bob.Send(s.bob.ctx, "alice", "psst"))
	s.alice.shows("[1 new] #lobby")
}

func TestControlCharacters(t *testing.T) {
	t.Parallel()
	s := begin(t)
	evil := "\x1b[2J\x1b]0;owned\x07 \u009b31mred \x7f\r\u202eesrever"
	require.NoError(t, s.room.SetAttr(s.bob.ctx, topicAttr, evil+" topic"))
	require.NoError(t, s.room.Send(s.bob.ctx, evil+" said"))
	require.NoError(t, s.room.Send(s.bob.ctx, "two\nlines"))
	s.alice.shows("bob: ␛[2J␛]0;owned␇ �31mred ␡␍�esrever said", "#lobby (2)  ␛[2J␛]0;owned␇", "bob: two lines")
	s.alice.press("\x1b[200~pasted \x1b[31m red\x1b[201~")
	s.alice.shows("> pasted")
	assert.NotContains(t, s.alice.output(), "owned\x07")
	assert.NotContains(t, s.alice.output(), "\u009b")
	assert.NotContains(t, s.alice.output(), "\u202e")
}

func TestWideInput(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.alice.press("你好" + "\x1b[D" + "，")
	s.alice.shows("> 你，好")
	s.alice.until("the cursor behind the comma", func(string) bool {
		s.alice.mu.Lock()
		defer s.alice.mu.Unlock()
		at := s.alice.screen.CursorPosition()
		return at.X == 2+4 && at.Y == 22 && !s.alice.screen.CursorHidden()
	})
	s.alice.press("\x15" + strings.Repeat("字", 60) + "end")
	s.alice.until("the end of a long line", func(screen string) bool {
		row := strings.Split(screen, "\n")[22]
		return strings.HasPrefix(row, "> 字字") && strings.HasSuffix(strings.TrimRight(row, " "), "字end")
	})
}

func TestNoColor(t *testing.T) {
	t.Parallel()
	colors := regexp.MustCompile(`\x1b\[([0-9;]*;)?([349][0-7]|10[0-7]|[34]8;[0-9;]*)m`)
	srv := signaltest.NewServer(t)
	alice := start(t, 80, 24, aliceAt(srv)...)
	alice.shows("connected", "MEMBERS 1")
	assert.Regexp(t, colors, alice.output())

	plain := startIn(t, []string{"TERM=xterm-256color", "NO_COLOR=1"}, 80, 24, "-server", srv.URL, "-app", testApp, "-account", "bob")
	plain.shows("connected", "MEMBERS 2")
	assert.NotRegexp(t, colors, plain.output())
}

func TestLeaving(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(tt *terminal){
		"Ctrl-C":  func(tt *terminal) { tt.press(ctrlC) },
		"command": func(tt *terminal) { tt.enter("/quit") },
		"SIGTERM": func(tt *terminal) { _ = tt.cmd.Process.Signal(syscall.SIGTERM) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t)
			s.alice.enter("the last word")
			leave(s.alice)
			assert.Zero(t, s.alice.ends())
			if name != "SIGTERM" { // which does not wait for what is being sent
				s.bob.reads("the last word")
			}
			s.bob.sees(signal.PresenceLeave, "alice")
			restored(t, s.alice)
		})
	}
}

// restored checks that the terminal is as it was before.
func restored(t *testing.T, tt *terminal) {
	t.Helper()
	after, err := term.GetState(tt.tty.Fd())
	require.NoError(t, err)
	assert.Equal(t, tt.before, after)
	tt.until("the main screen", func(string) bool {
		tt.mu.Lock()
		defer tt.mu.Unlock()
		return !tt.screen.IsAltScreen()
	})
	tt.until("the last that is written", func(string) bool { return strings.Contains(tt.output(), "\x1b[?1006l") })
	last := map[string]string{"1049": "l", "25": "h", "1002": "l", "1006": "l", "2004": "l"} // alternate screen, cursor, mouse, mouse, paste
	for mode, want := range last {
		modes := regexp.MustCompile(`\x1b\[\?`+mode+`[hl]`).FindAllString(tt.output(), -1)
		if assert.NotEmpty(t, modes, mode) {
			assert.Equal(t, "\x1b[?"+mode+want, modes[len(modes)-1])
		}
	}
}
