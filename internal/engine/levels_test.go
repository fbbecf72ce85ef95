package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal/internal/wire"
)

// Info is the life of a login, a warning heals by itself, an error does not.
func TestLevelsOfTheLog(t *testing.T) {
	for want, happens := range map[string]func(h *host){
		"INFO logged in":       func(*host) {},
		"INFO kicked":          func(h *host) { h.frame(wire.AppendClose(nil, wire.CloseKick)) },
		"INFO removed":         func(h *host) { h.frame(wire.AppendClose(nil, wire.CloseRemoved)) },
		"WARN connection lost": func(h *host) { h.down() },
		"INFO connection resumed": func(h *host) {
			h.down()
			h.up()
			h.take(wire.EventLineLogin)
			h.resume("")
		},
		"WARN frame not understood": func(h *host) { h.frame([]byte("{}")) },
		"ERROR connection lost for good": func(h *host) {
			h.down()
			for range 100 {
				if h.links[h.conn] == dialing {
					h.down()
				}
				h.advance(time.Second)
			}
		},
		"ERROR login refused": func(h *host) {
			h.logout()
			h.advance(time.Minute)
			h.begin()
			h.up()
			h.frame(wire.AppendLoginRet(nil, wire.ReasonTokenPrefix, wire.Failure(wire.ReasonTokenPrefix, 0)))
		},
	} {
		t.Run(want, func(t *testing.T) {
			h := loggedIn(t)
			happens(h)
			assert.Contains(t, "\n"+h.logs.String(), "\n"+want)
		})
	}
}
