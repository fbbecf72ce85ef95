package main

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	var all talk
	for i := range maxLines + 10 {
		all.add(line{text: fmt.Sprint(i)})
	}
	assert.Len(t, all.lines, maxLines)
	assert.Equal(t, "10", all.lines[0].text)
}

func TestTalksAreBounded(t *testing.T) {
	t.Parallel()
	var all talks
	lobby := all.with("lobby", false, nil)
	shown := all.with("alice", true, lobby)
	unread := all.with("bob", true, shown)
	unread.unread = 1
	for i := range 2 * maxTalks {
		all.with(fmt.Sprint("user", i), true, shown)
	}
	assert.Len(t, all, maxTalks)
	assert.Contains(t, all, lobby)
	assert.Contains(t, all, shown)
	assert.Contains(t, all, unread)
	for i := range 2 * maxTalks {
		all.with(fmt.Sprint("channel", i), false, shown)
	}
	assert.Len(t, all, maxTalks)
	assert.Contains(t, all, shown)
}
