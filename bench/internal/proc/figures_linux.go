package proc

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

func figures() (Figures, error) {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		return Figures{}, fmt.Errorf("getrusage: %w", err)
	}
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return Figures{}, err
	}
	fields := bytes.Fields(statm)
	if len(fields) < 2 {
		return Figures{}, fmt.Errorf("want the size and what is resident in /proc/self/statm, got %q", statm)
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	if err != nil {
		return Figures{}, err
	}
	cpu := time.Duration(use.Utime.Nano() + use.Stime.Nano())
	return Figures{CPU: cpu, RSS: pages * int64(os.Getpagesize())}, nil
}

// AllowFiles sees to it that this process, and those that it starts, may have n files open, if it may say so itself.
// It returns how many it may have.
func AllowFiles(n uint64) (uint64, error) {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return 0, fmt.Errorf("getrlimit: %w", err)
	}
	if l.Cur >= n {
		return l.Cur, nil
	}
	raised := syscall.Rlimit{Cur: n, Max: max(n, l.Max)}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &raised); err == nil {
		return n, nil
	}
	l.Cur = l.Max // beyond that is for the superuser
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return 0, fmt.Errorf("setrlimit: %w", err)
	}
	return l.Cur, nil
}
