package suite

import (
	"reflect"
	"slices"
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
func Run(t *testing.T, start Start) { run(t, start, openAPI) }

// RunClient plays the same through the second face, signal.Client and what it leads to: the promises are the same, and
// the callbacks made of its answers, errors and events have to come as those of signal.API do. Of the callbacks OnLog
// alone does not fire: the second face has a logger and nothing besides.
func RunClient(t *testing.T, start Start) { run(t, start, openClient, "OnLog") }

func run(t *testing.T, start Start, open open, silent ...string) {
	t.Helper()
	url, opts := start(t)
	s := &stage{open: open, url: url, opts: opts, heard: new(heard)}
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
			if slices.Contains(silent, m.Name) {
				assert.Zero(t, fired[m.Name], "%s fired after all", m.Name)
				continue
			}
			assert.Positive(t, fired[m.Name], "%s never fired", m.Name)
		}
	})
}
