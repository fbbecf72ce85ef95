package server

import (
	"crypto/rand"
	"encoding/base32"
	"sync"
)

// idBytes is how much chance there is in a name.
const idBytes = 16

// ids gives out unguessable names, each of 128 random bits. It asks the system for many at one time.
type ids struct {
	mu sync.Mutex
	// +checklocks:mu
	random [64 * idBytes]byte
	// +checklocks:mu
	left int // bytes at the end of random that have not been used
}

func (i *ids) next() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.left == 0 {
		_, _ = rand.Read(i.random[:]) // never fails
		i.left = len(i.random)
	}
	chance := i.random[len(i.random)-i.left:][:idBytes]
	var name [26]byte
	base32.StdEncoding.WithPadding(base32.NoPadding).Encode(name[:], chance)
	clear(chance) // nobody reads it again
	i.left -= idBytes
	return string(name[:])
}
