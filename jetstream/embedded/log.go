package embedded

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
)

// logger hands on what the NATS server writes: warnings and errors as such, what it says of its beginning and end as
// debugging. The server takes a fatal error for the end of the process; here it is the end of Start.
type logger struct {
	log   *slog.Logger
	first atomic.Pointer[error] // that was fatal
}

func (l *logger) write(level slog.Level, format string, args []any) {
	if ctx := context.Background(); l.log.Enabled(ctx, level) {
		l.log.Log(ctx, level, "NATS server", slog.String("says", fmt.Sprintf(format, args...)))
	}
}

func (l *logger) fatal() error {
	if err := l.first.Load(); err != nil {
		return *err
	}
	return nil
}

func (l *logger) Noticef(format string, args ...any) { l.write(slog.LevelDebug, format, args) }
func (l *logger) Warnf(format string, args ...any)   { l.write(slog.LevelWarn, format, args) }
func (l *logger) Errorf(format string, args ...any)  { l.write(slog.LevelError, format, args) }
func (l *logger) Debugf(format string, args ...any)  { l.write(slog.LevelDebug, format, args) }
func (l *logger) Tracef(format string, args ...any)  { l.write(slog.LevelDebug, format, args) }

func (l *logger) Fatalf(format string, args ...any) {
	err := fmt.Errorf(format, args...)
	l.first.CompareAndSwap(nil, &err)
	l.write(slog.LevelError, format, args)
}
