// Command cmd plays a large cluster in virtual time: see package scale.
//
//	go run ./internal/scale/cmd -nodes 20 -partitions 512 -users 200000 -append 2ms
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/agora-signal-go/signal/internal/scale"
)

func main() {
	switch err := run(os.Args[1:], os.Stdout, os.Stderr); {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout, stderr io.Writer) error {
	c := scale.Defaults()
	fs := flag.NewFlagSet("scale", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.IntVar(&c.Nodes, "nodes", c.Nodes, "`how many` nodes")
	fs.IntVar(&c.Partitions, "partitions", c.Partitions, "`how many` partitions")
	fs.IntVar(&c.Users, "users", c.Users, "`how many` users")
	fs.IntVar(&c.Room, "room", c.Room, "`members` of each channel")
	fs.Float64Var(&c.Instant, "instant", c.Instant, "instant `messages` of a user in a minute")
	fs.Float64Var(&c.Spoken, "spoken", c.Spoken, "`messages` of a user to his channel in a minute")
	fs.DurationVar(&c.Append, "append", c.Append, "the `time` that a journal takes for a record")
	fs.DurationVar(&c.Hop, "hop", c.Hop, "the `time` from node to node")
	fs.DurationVar(&c.For, "for", c.For, "how `long` users talk, in virtual time")
	fs.BoolVar(&c.Kill, "kill", c.Kill, "whether a node ends in the end, without a word")
	fs.Uint64Var(&c.Seed, "seed", c.Seed, "the `number` that decides what chance does")
	if err := fs.Parse(args); err != nil {
		return err
	}
	switch {
	case fs.NArg() > 0:
		return fmt.Errorf("want flags only, got %q", fs.Arg(0))
	case c.Nodes < 2 || c.Partitions < 1 || c.Users < 1 || c.Room < 1:
		return errors.New("want two nodes at least, and partitions, users and members of a channel above 0")
	case c.Instant < 0 || c.Spoken < 0 || c.Append <= 0 || c.Hop <= 0 || c.For <= 0:
		return errors.New("want no messages below 0 and no time of 0 or less")
	}
	return scale.Play(c, stdout, stderr)
}
