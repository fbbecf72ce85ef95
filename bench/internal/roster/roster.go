// Package roster names all contenders.
package roster

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agora-signal-go/signal/bench/internal/batch"
	"github.com/agora-signal-go/signal/bench/internal/centrifugal"
	"github.com/agora-signal-go/signal/bench/internal/engines"
	"github.com/agora-signal-go/signal/bench/internal/gorillajson"
	"github.com/agora-signal-go/signal/bench/internal/gorillaraw"
	"github.com/agora-signal-go/signal/bench/internal/natscore"
	"github.com/agora-signal-go/signal/bench/internal/ours"
	"github.com/agora-signal-go/signal/bench/internal/peer"
)

// All returns the contenders in the order of the table: the baseline first, ours last.
func All() []peer.Contender {
	return []peer.Contender{
		gorillajson.New(), gorillaraw.New(), batch.New(), centrifugal.New(), natscore.New(), batch.NewHandmade(), ours.New(),
	}
}

// Engines returns what ours is compared with when it is compared with itself, by where its state is.
func Engines() []peer.Contender { return engines.All() }

// Find returns the contender of that name.
func Find(name string) (peer.Contender, error) {
	all := append(All(), Engines()...)
	i := slices.IndexFunc(all, func(c peer.Contender) bool { return c.Name == name })
	if i < 0 {
		return peer.Contender{}, fmt.Errorf("want one of %s, got %q", strings.Join(Names(all), ", "), name)
	}
	return all[i], nil
}

// Names returns the names of contenders.
func Names(contenders []peer.Contender) []string {
	var names []string
	for _, c := range contenders {
		names = append(names, c.Name)
	}
	return names
}
