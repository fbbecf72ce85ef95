package signal

import (
	"bytes"
	"errors"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal/internal/engine"
)

// No kind of event is without its handler.
func TestHandlersForAllEvents(t *testing.T) {
	assert.Len(t, handlers, int(engine.Log)+1)
	for kind := engine.LoginSuccess; kind <= engine.Log; kind++ {
		if assert.NotNil(t, handlers[kind], kind) {
			handlers[kind](NopCallBack{}, engine.Event{Kind: kind})
		}
	}
}

// What Destroy drops was not handled, nor counts what is handed out behind it.
func TestHandledUpTo(t *testing.T) {
	a := &API{}
	a.handledUpTo(3)
	a.handledUpTo(0)
	assert.Equal(t, uint64(3), a.handled.Load())
	assert.False(t, a.stillOwed(engine.Event{Kind: engine.InstantMessage, Mark: 6}))
	assert.False(t, a.stillOwed(engine.Event{Kind: engine.InstantMessage, Mark: 7}))
	assert.True(t, a.stillOwed(engine.Event{Kind: engine.InviteFailed, Mark: 8}))
	a.handledUpTo(5)
	a.handledUpTo(8)
	assert.Equal(t, uint64(5), a.handled.Load())
}

type secret struct{}

func (secret) LogValue() slog.Value { return slog.StringValue("resolved") }

func TestTee(t *testing.T) {
	var lines []string
	var text bytes.Buffer
	next := slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelWarn})
	log := slog.New(tee{next: next, line: func(s string) { lines = append(lines, s) }})

	log.Debug("quiet")
	log.Info("logged in", "account", "bob", "n", 3, "error", errors.New("no way"), "empty", "", "none", nil)
	log.With("a", 1).WithGroup("g").With("b", 2).WithGroup("").Warn("x", "c", secret{}, slog.Group("h", "d", true))
	log.Error("two\nlines", "k=", "a\tb", "q", `say "hi"`)
	log.LogAttrs(t.Context(), slog.LevelInfo, "attrs", slog.Group("", slog.Int("inline", 1)), slog.Attr{})

	assert.Equal(t, []string{
		`logged in account=bob n=3 error="no way" empty="" none=<nil>`,
		`x a=1 g.b=2 g.c=resolved g.h.d=true`,
		`"two\nlines" "k="=` + `"a\tb" q="say \"hi\""`,
		`attrs inline=1`,
	}, lines)
	assert.NotContains(t, text.String(), "logged in")
	assert.Contains(t, text.String(), "msg=x a=1 g.b=2 g.c=resolved g.h.d=true")
	assert.False(t, log.Enabled(t.Context(), slog.LevelDebug))
}
