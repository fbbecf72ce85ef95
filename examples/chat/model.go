package main

import (
	"context"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	signal "github.com/agora-signal-go/signal"
)

// A model is all that the screen shows. It is changed by what comes in, in [model.Update], and by nothing else: by keys
// (keys.go), by what happens at the service (events.go), and by the outcomes of requests (requests.go, outbox.go).
type model struct {
	ctx    context.Context // of the program: requests end with it
	client *signal.Client
	now    func() time.Time

	status  signal.Status
	channel *signal.Channel // the one we are in, or nil
	members []string        // of it, newest first
	topic   string          // its attribute of that name
	talks   talks
	shown   *talk
	outbox  []letter
	phone   phone

	input     textinput.Model
	recall    recall
	completer completer
	notice    notice
	quitting  bool // as soon as the outbox is empty

	ruler         ruler
	width, height int
}

// newModel is the screen of a client that is logged in and about to join a channel.
func newModel(ctx context.Context, client *signal.Client, channel string) *model {
	m := &model{ctx: ctx, client: client, now: time.Now, input: newInput(), width: 80, height: 24}
	m.shown = m.talk(channel, false)
	return m
}

// Init joins the channel.
func (m *model) Init() tea.Cmd { return m.join(m.shown.name) }

// Update takes up what came in, one thing at a time.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := m.take(msg)
	return m, cmd
}

func (m *model) take(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return m.pressed(msg)
	case tea.PasteMsg:
		return m.typed(msg)
	case tea.MouseWheelMsg:
		m.wheel(msg)
	case tea.MouseClickMsg:
		m.clicked(msg)
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.ModeReportMsg:
		m.measure(msg)
	case signal.Event:
		return m.happened(msg)
	case sessionOver:
		m.over(msg)
	case answered:
		return m.answered(msg)
	case letterSent:
		return m.sent(msg)
	case noticeOld:
		m.notice.expire(msg)
	}
	return nil
}

// measure takes up whether the terminal measures text by graphemes: Bubble Tea does as soon as the terminal says so.
func (m *model) measure(report tea.ModeReportMsg) {
	if report.Mode == ansi.ModeUnicodeCore && !report.Value.IsNotRecognized() && report.Value != ansi.ModePermanentlyReset {
		m.ruler = ruler{ansi.GraphemeWidth}
		m.redraw()
	}
}

// talk finds a conversation or begins it.
func (m *model) talk(name string, private bool) *talk {
	return m.talks.with(name, private, m.shown)
}

// show brings a conversation to the screen.
func (m *model) show(t *talk) {
	m.shown = t
	t.unread, t.scroll, t.below = 0, 0, 0
}

// say adds what somebody said to a conversation.
func (m *model) say(t *talk, l line) {
	if t != m.shown && l.from != m.client.Account() {
		t.unread++
	}
	m.write(t, l)
}

// note adds what happened to a conversation.
func (m *model) note(t *talk, text string) { m.write(t, line{at: m.now(), text: text}) }

// write adds a line. For a reader who has scrolled up the screen stands still.
func (m *model) write(t *talk, l line) {
	t.add(l)
	if t.scroll > 0 {
		t.scroll += len(m.rows(&t.lines[len(t.lines)-1], m.layout().middle))
		t.below++
	}
}
