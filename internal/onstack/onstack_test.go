package onstack_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal/internal/onstack"
)

func TestHas(t *testing.T) {
	found := func() bool { return onstack.Has(below) }
	assert.False(t, found())
	for _, depth := range []int{0, 1, 62, 63, 64, 65, 255, 256, 257, 5000} {
		assert.True(t, below(func() bool { return deep(depth, found) }), depth)
		assert.False(t, deep(depth, found), depth)
	}
	assert.False(t, below(func() bool {
		answer := make(chan bool)
		go func() { answer <- found() }()
		return <-answer
	}), "another goroutine")
}

//go:noinline
func below(do func() bool) bool { return do() }

//go:noinline
func deep(n int, do func() bool) bool {
	if n == 0 {
		return do()
	}
	return deep(n-1, do)
}
