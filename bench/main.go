// Bench compares this project with others that carry messages between users: how fast, at what price in CPU time and
// memory.
//
//	go run ./bench          all contenders, all workloads, three rounds
//	go run ./bench -short   whether it works at all
//	go run ./bench -grow    how this project's own figures grow with users, members, channels and waiting messages
//	go run ./bench -h       the rest
//
// Each measurement has two processes, one for the server and one for its clients, so that what either takes is what
// the operating system says. README.md says what is measured and how it is made fair.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/agora-signal-go/signal/bench/internal/duel"
	"github.com/agora-signal-go/signal/bench/internal/proc"
)

func main() {
	if len(os.Args) == 3 && os.Args[1] == proc.Role {
		signal.Ignore(os.Interrupt) // the parent sees to it
		if err := duel.Child(os.Args[2], proc.Leash(os.Stdin), os.Stdout); err != nil {
			fmt.Fprintf(os.Stderr, "bench: %s: %v\n", os.Args[2], err)
			os.Exit(1)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:gocritic // stop only restores the handling of Ctrl-C
	}
}

// run measures what args ask for, and writes the table to stdout.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	s, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if s.awake {
		end, err := duel.StayAwake(ctx)
		if err != nil {
			return err
		}
		defer end()
	}
	if s.grow {
		return s.growth(ctx, stdout, stderr)
	}
	return s.compare(ctx, stdout, stderr)
}
