// Package gorillaraw is gorilla/websocket and nothing else: binary frames of a header that says what and whither, and a
// payload that is handed on as it is. Nothing is kept at the server.
package gorillaraw

import (
	"encoding/binary"
	"fmt"

	"github.com/agora-signal-go/signal/bench/internal/peer"
)

// New returns the contender.
func New() peer.Contender {
	return peer.Contender{Name: "gorilla raw", Acked: true, Echo: true, Serve: serve, Dial: dial}
}

// A frame is a kind in one byte, a number in eight, where it goes to in four, and the payload.
type kind byte

const (
	login kind = iota
	join
	ask
	send
	publish
	done // the answer to each of these
	message
	channelMessage
)

const header = 1 + 8 + 4

func appendFrame(dst []byte, k kind, id uint64, to int, p []byte) []byte {
	dst = append(dst, byte(k))
	dst = binary.BigEndian.AppendUint64(dst, id)
	dst = binary.BigEndian.AppendUint32(dst, uint32(to))
	return append(dst, p...)
}

func parse(frame []byte) (k kind, id uint64, to int, p []byte, err error) {
	if len(frame) < header {
		return 0, 0, 0, nil, fmt.Errorf("want a frame of at least %d bytes, got %d", header, len(frame))
	}
	k, id = kind(frame[0]), binary.BigEndian.Uint64(frame[1:])
	return k, id, int(binary.BigEndian.Uint32(frame[9:])), frame[header:], nil
}
