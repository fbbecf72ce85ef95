// Command signald is the signaling server as a daemon: plain websockets on one port, TLS on the next, the
// apps that it serves, and an address of its own for those who operate it.
//
//	signald -addr 0.0.0.0:8001 -tls-cert cert.pem -tls-key key.pem -config /etc/signald.conf
//
// signald -h explains every flag; each of them is a variable of the environment and a line of the
// configuration file as well. doc/operations.md is the runbook.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
)

// How the process ends.
const (
	exitOK     = 0
	exitForced = 1 // a second signal came while it drained
	exitUsage  = 2 // it never began: a flag, a file or an address is no good
)

func main() {
	os.Exit(run(os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}

// run is the program. What keeps it from beginning is one line on stderr.
func run(args, environ []string, stdout, stderr io.Writer) int {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(signals)

	src := source{args: args, environ: environ}
	s, err := src.load()
	switch {
	case errors.Is(err, flag.ErrHelp):
		_, _ = io.WriteString(stdout, usage())
		return exitOK
	case errors.Is(err, errVersion):
		_, _ = fmt.Fprintln(stdout, version())
		return exitOK
	case err != nil:
		_, _ = fmt.Fprintf(stderr, "signald: %v\n", err)
		return exitUsage
	}
	d, err := start(src, s, stderr)
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "signald: %v\n", err)
		return exitUsage
	}
	_, _ = fmt.Fprintln(stdout, d.listening())
	return d.run(signals)
}

// version says what was built, and from what.
func version() string {
	v, revision := "unknown", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		v = info.Main.Version
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = " " + s.Value
			}
		}
	}
	return fmt.Sprintf("signald %s%s %s %s/%s", v, revision, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
