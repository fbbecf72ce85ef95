// Package batch is the same protocol as gorilla+json's, done by hand for speed: frames are appended to a buffer and
// written together by one system call, and read by a scanner that knows them. It shows how far the protocol can go
// with the work that it demands. It understands its own frames only, and has none of the robustness of a product.
package batch

import "github.com/agora-signal-go/signal/bench/internal/peer"

// New returns the contender.
func New() peer.Contender {
	return peer.Contender{Name: "batch", Acked: true, Serve: serve, Dial: dial}
}

// flag is what a message that is kept for a day for one who is away says.
const flag = "v1:E:86400"
