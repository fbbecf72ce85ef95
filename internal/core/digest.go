package core

import "crypto/sha256"

// A digest stands for the idempotency key of a message and its sender, or for a session's line. It is the first half of a SHA-256: no two are the same by
// chance, and nobody can make one that is another's. Zero: there is no key.
type digest [16]byte

// digestOf returns what a message of account with that key is known by where it goes.
func (c *Core) digestOf(account string, key []byte) digest {
	text := append(append(c.buf.empty(), account...), ' ') // no account has a space
	sum := sha256.Sum256(c.buf.built(append(text, key...)))
	return digest(sum[:len(digest{})])
}
