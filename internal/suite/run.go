package suite

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"

	signal "github.com/agora-signal-go/signal"
)

// A part is a method of the API and the test that shows the outcome that it promises.
type part struct {
	method string
	play   func(t *testing.T, s *stage)
}

func parts() []part {
	var all []part
	for _, domain := range [][]part{sessionParts, messageParts, channelParts, attrParts, inviteParts, invokeParts, deprecatedParts} {
		all = append(all, domain...)
	}
	return all
}

// Run plays every method against one server, and then fails unless each method of signal.API has a part here
// and each callback of signal.ICallBack has fired.
func Run(t *testing.T, start Start) {
	url, opts := start(t)
	s := &stage{url: url, opts: opts, heard: new(heard)}
	played := make(map[string]bool)
	for _, p := range parts() {
		played[p.method] = true
		t.Run(p.method, func(t *testing.T) { p.play(t, s) })
	}
	for _, c := range codeCases {
		t.Run(c.name, func(t *testing.T) { c.play(t, s) })
	}
	t.Run("every method was played", func(t *testing.T) {
		for m := range reflect.TypeFor[*signal.API]().Methods() {
			assert.True(t, played[m.Name], "%s has no part in the suite", m.Name)
		}
	})
	t.Run("every callback fired", func(t *testing.T) {
		fired := s.heard.fired()
		for m := range reflect.TypeFor[signal.ICallBack]().Methods() {
			assert.Positive(t, fired[m.Name], "%s never fired", m.Name)
		}
	})
}
