package signal

import (
	"context"
	"encoding/json"

	"github.com/agora-signal-go/signal/internal/engine"
)

// Invoke calls a function of the server, "package.function", with req for its parameters and the answer as a T. req is
// whatever encoding/json makes an object of; nil is an empty one. The whole must fit 64 KiB. T is what encoding/json makes
// of the answer; json.RawMessage takes it as it is.
//
// [API.Invoke] lists the service's own functions; all others are what the server's owner has added with
// server.WithInvokeHandler. A function that does not exist is an error with [GeneralEWrongParam].
//
// Seed: invoke
func Invoke[T any](ctx context.Context, c *Client, fn string, req any) (T, error) {
	const op = "invoke"
	var answer T
	text := []byte("{}")
	if req != nil {
		var err error
		if text, err = json.Marshal(req); err != nil {
			return answer, &Error{Op: op, Code: GeneralEWrongParam, Reason: "req", cause: err}
		}
	}
	ev, err := c.ask(ctx, op+" "+fn, &engine.Request{Op: engine.OpInvoke, Name: fn, Text: string(text), ID: "1"}, nil)
	if err != nil {
		return answer, err
	}
	if err := json.Unmarshal([]byte(ev.Text), &answer); err != nil {
		return answer, &Error{Op: op + " " + fn, Code: GeneralEFailed, Reason: "the answer is another type", cause: err}
	}
	return answer, nil
}
