package sim

import (
	"fmt"
	"time"
)

// trace is the story of a run, a line for each thing that happened.
type trace struct {
	keep  int // the newest lines, 0 for none, negative for all
	lines []string
}

// tracing says whether anybody wants the story.
func (w *world) tracing() bool { return w.trace.keep != 0 && w.violation == "" }

// note writes a line.
func (w *world) note(format string, args ...any) {
	if !w.tracing() {
		return
	}
	t := &w.trace
	line := fmt.Sprintf("%10.3fs  %s", w.now.Sub(start).Seconds(), fmt.Sprintf(format, args...))
	t.lines = append(t.lines, line)
	if t.keep > 0 && len(t.lines) >= 2*t.keep {
		t.lines = append(t.lines[:0], t.lines[len(t.lines)-t.keep:]...)
	}
}

// newest returns the lines that are kept.
func (t *trace) newest() []string {
	if t.keep > 0 && len(t.lines) > t.keep {
		return t.lines[len(t.lines)-t.keep:]
	}
	return t.lines
}

// clip keeps a line of the trace short.
func clip(b []byte) string {
	const most = 220
	if len(b) > most {
		return string(b[:most]) + "…"
	}
	return string(b)
}

func short(d time.Duration) string { return d.Round(time.Millisecond).String() }
