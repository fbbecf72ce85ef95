// Command cmd plays seeds of the simulation, many at a time, and says which of them break a promise.
//
//	go run ./internal/sim/cmd -seeds 20000            # seeds 1 to 20000
//	go run ./internal/sim/cmd -seeds 1 -from 4711 -v  # one seed, with all that happens in it
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/agora-signal-go/signal/internal/sim"
)

func main() {
	seeds := flag.Int("seeds", 1000, "how many")
	from := flag.Uint64("from", 1, "the first")
	verbose := flag.Bool("v", false, "trace")
	flag.Parse()
	bad := 0
	for s := *from; s < *from+uint64(*seeds); s++ {
		var r sim.Result
		if *verbose {
			r = sim.Trace(s)
		} else {
			r = sim.Run(s)
		}
		if r.Violation != "" || *verbose {
			for _, l := range r.Trace {
				fmt.Println(l)
			}
			fmt.Println("seed", s, r.Violation)
			bad++
			if bad > 3 {
				break
			}
		}
	}
	if bad > 0 {
		os.Exit(1)
	}
}
