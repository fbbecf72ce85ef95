package link

import "crypto/rand"

// keys are masking keys, drawn some at a time.
type keys struct {
	drawn [64]byte
	left  int
}

func (k *keys) next() (key [4]byte) {
	if k.left == 0 {
		_, _ = rand.Read(k.drawn[:]) // never fails, says its doc
		k.left = len(k.drawn)
	}
	k.left -= copy(key[:], k.drawn[k.left-len(key):])
	return key
}
