// Command signal talks to a signaling server from the terminal: it sends and watches messages, calls, reads and sets
// attributes, says who is online, measures a server and finds out what is wrong with one.
//
//	signal context add prod --discovery https://sig.example.com --app my-app --certificate-file app.cert
//	signal send bob "hello"
//	signal watch --channel lobby
//	signal doctor
//
// signal -h lists the commands, signal COMMAND -h explains one. doc/cli.md is a tour.
package main

import (
	"context"
	"os"
	ossignal "os/signal"
	"syscall"
)

// How the process ends, besides 0.
const (
	exitFailed = 1   // one line on stderr says why
	exitUsage  = 2   // a flag, an argument or a setting is no good, says one line on stderr
	exitSignal = 128 // and the number of the signal: 130 after Ctrl-C, 141 when nobody reads the output
)

func main() {
	os.Exit(run(os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr))
}

// run is the program.
func run(args []string, getenv func(string) string, stdin, stdout, stderr *os.File) int {
	ossignal.Ignore(syscall.SIGPIPE) // writing fails instead, and the session is ended in good order
	p := newProgram(getenv, stdin, stdout, stderr)
	ctx, stop := interruptible(context.Background(), p.restore)
	defer stop()
	root := p.root()
	root.SetArgs(args)
	return p.end(ctx, root.ExecuteContext(ctx))
}
