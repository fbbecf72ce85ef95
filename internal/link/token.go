package link

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
)

// errPanicked says that the application's token source panicked, or called runtime.Goexit.
var errPanicked = errors.New("the token source panicked")

// askToken asks the application for the token of a login. That may take its time: the goroutine is the connection's own.
func (l *Link) askToken(ctx context.Context) (token string, err error) {
	token, err = l.guarded(ctx)
	switch {
	case err != nil:
		return "", fmt.Errorf("token source: %w", err)
	case ctx.Err() != nil:
		return "", fmt.Errorf("token source: %w", ctx.Err()) // it has come too late for this try
	}
	return token, nil
}

// guarded asks on a goroutine that may end as it likes.
func (l *Link) guarded(ctx context.Context) (token string, err error) {
	err = errPanicked
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if v := recover(); v != nil {
				l.log.Error("token source panicked", "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			}
		}()
		token, err = l.token(ctx)
	}()
	<-done
	return token, err
}
