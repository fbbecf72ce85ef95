// Command cmd runs many clients for long and exits 0 when nothing grew and nothing was lost, 1 when something did,
// 2 for bad flags.
//
//	go run ./internal/soak/cmd -for 20m -load 0.5 -users 200
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	ossignal "os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/agora-signal-go/signal/internal/soak"
)

const serving = "serve" // as the only argument: be the server

func main() {
	if len(os.Args) == 2 && os.Args[1] == serving {
		ossignal.Ignore(os.Interrupt) // the parent ends it
		if err := soak.Serve(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "soak: server:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	var cfg soak.Config
	flags := flag.NewFlagSet("soak", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.DurationVar(&cfg.For, "for", 20*time.Minute, "how long to run, after the calibration")
	flags.Float64Var(&cfg.Load, "load", 0.5, "share of what the machine can do, above 0 and at most 1, see -calibrate")
	flags.IntVar(&cfg.Users, "users", 200, "clients, at least 2")
	flags.DurationVar(&cfg.Calibrate, "calibrate", 10*time.Second,
		"how long to measure what load 1.0 is; 0: 55 actions a second of each user, a little below the server's limit")
	flags.DurationVar(&cfg.Every, "every", time.Minute, "time between two lines")
	flags.DurationVar(&cfg.WarmUp, "warmup", 6*time.Minute,
		"lines of that time count for no trend: the server remembers messages for 5 minutes; half of -for when that is less")
	flags.Float64Var(&cfg.Cuts, "cuts", 0.5, "how often a minute each user's connection is cut")
	flags.Float64Var(&cfg.Relogins, "relogins", 0.1, "how often a minute each user logs out and in again, every fourth time with a new API")
	flags.BoolVar(&cfg.JSON, "json", false, "lines as JSON")
	flags.StringVar(&cfg.Server, "server", "", "ws:// URL of a server to use; its figures are zeros. Default: one in a process of its own")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	}
	if bad := check(&cfg, flags.Args()); bad != "" {
		fmt.Fprintln(stderr, "soak:", bad)
		return 2
	}
	ctx, stop := ossignal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if cfg.Server == "" {
		url, end, err := startServer(stderr)
		if err != nil {
			fmt.Fprintln(stderr, "soak: server:", err)
			return 1
		}
		defer end()
		cfg.Server = url
	}
	if !soak.Run(ctx, cfg, stdout) {
		return 1
	}
	return 0
}

// check says what is wrong with the flags.
func check(cfg *soak.Config, rest []string) string {
	cfg.WarmUp = min(cfg.WarmUp, cfg.For/2)
	switch {
	case len(rest) > 0:
		return fmt.Sprintf("want flags only, got %q", rest)
	case cfg.Users < 2:
		return fmt.Sprintf("-users: want at least 2, got %d", cfg.Users)
	case !(cfg.Load > 0 && cfg.Load <= 1):
		return fmt.Sprintf("-load: want above 0 and at most 1, got %v", cfg.Load)
	case cfg.For <= 0 || cfg.Every <= 0 || cfg.Calibrate < 0 || cfg.WarmUp < 0:
		return "-for and -every: want more than 0; -calibrate and -warmup: want at least 0"
	case cfg.Cuts < 0 || cfg.Relogins < 0:
		return "-cuts and -relogins: want at least 0"
	case cfg.Server != "" && !strings.HasPrefix(cfg.Server, "ws://"):
		return fmt.Sprintf("-server: want a URL that begins with ws://, got %q", cfg.Server)
	}
	return ""
}

// startServer starts this program again, as the server. end ends it and waits.
func startServer(stderr io.Writer) (url string, end func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return "", nil, err
	}
	child := exec.Command(self, serving) //nolint:gosec,noctx // itself; ends with its input
	child.Stderr = stderr
	in, err := child.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	out, err := child.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := child.Start(); err != nil {
		return "", nil, err
	}
	end = func() {
		_ = in.Close()
		_ = child.Wait()
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		end()
		return "", nil, err
	}
	return strings.TrimSpace(line), end, nil
}
