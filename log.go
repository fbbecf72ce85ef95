package signal

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"unicode"

	"github.com/agora-signal-go/signal/internal/engine"
)

// logLine hands a line to OnLog. While the handlers are behind, log lines are the first to go.
func (a *API) logLine(line string) {
	if !a.queue.Full() {
		a.queue.Push(engine.Event{Kind: engine.Log, Text: line})
	}
}

// tee is a slog.Handler that hands on what it gets, and each record of level Info and above as one line of
// text, too: the message, then key=value pairs.
type tee struct {
	next   slog.Handler
	line   func(string)
	attrs  string // formatted already
	groups string // "a.b." before the keys that come
}

func (t tee) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo || t.next.Enabled(ctx, level)
}

func (t tee) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelInfo {
		var b strings.Builder
		b.WriteString(oneLine(r.Message))
		b.WriteString(t.attrs)
		r.Attrs(func(attr slog.Attr) bool {
			writeAttr(&b, t.groups, attr)
			return true
		})
		t.line(b.String())
	}
	if !t.next.Enabled(ctx, r.Level) {
		return nil
	}
	return t.next.Handle(ctx, r)
}

func (t tee) WithAttrs(attrs []slog.Attr) slog.Handler {
	var b strings.Builder
	b.WriteString(t.attrs)
	for _, attr := range attrs {
		writeAttr(&b, t.groups, attr)
	}
	t.attrs, t.next = b.String(), t.next.WithAttrs(attrs)
	return t
}

func (t tee) WithGroup(name string) slog.Handler {
	if name != "" {
		t.groups, t.next = t.groups+name+".", t.next.WithGroup(name)
	}
	return t
}

func writeAttr(b *strings.Builder, groups string, attr slog.Attr) {
	if attr.Equal(slog.Attr{}) {
		return
	}
	value := attr.Value.Resolve()
	if value.Kind() == slog.KindGroup {
		if attr.Key != "" {
			groups += attr.Key + "."
		}
		for _, member := range value.Group() {
			writeAttr(b, groups, member)
		}
		return
	}
	b.WriteString(" " + word(groups+attr.Key) + "=" + word(value.String()))
}

// word keeps a text on one line, and apart from its neighbours.
func word(text string) string {
	if text == "" || strings.ContainsAny(text, ` ="`) {
		return strconv.Quote(text)
	}
	return oneLine(text)
}

func oneLine(text string) string {
	if strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) >= 0 {
		return strconv.Quote(text)
	}
	return text
}
