// Package watch is the one thing that the server shows to signaltest and to nobody else: whose connection
// is whose.
package watch

import "context"

type key struct{}

// With returns a context for one connection of an http.Server ([net/http.Server.ConnContext]). A signaling
// server that finds it in a request calls owned before the answer to a login goes out on that connection,
// or to a line_login that succeeded, from one goroutine at a time. owned must not block.
func With(ctx context.Context, owned func(account string)) context.Context {
	return context.WithValue(ctx, key{}, owned)
}

// From returns the function that With put into a context, or one that does nothing.
func From(ctx context.Context) (owned func(account string)) {
	if owned, ok := ctx.Value(key{}).(func(string)); ok {
		return owned
	}
	return func(string) {}
}
