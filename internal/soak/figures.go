// Package soak runs many clients against a server for long, and tells whether anything grows that should not, and
// whether every message came once and in order. Its command is in soak/cmd.
package soak

import (
	"bytes"
	"os"
	"runtime"
	"runtime/metrics"
	"strconv"
)

// Figures are what a process holds at one moment.
type Figures struct {
	Heap       uint64 `json:"heap"` // bytes that are reachable
	RSS        uint64 `json:"rss"`  // bytes of memory that the system gave it; elsewhere than on Linux, what the runtime has
	Goroutines int    `json:"goroutines"`
	FDs        int    `json:"fds"` // 0 where the system does not tell
}

// Measure collects garbage, and measures what is left.
func Measure() Figures {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	f := Figures{Heap: m.HeapAlloc, RSS: residentSize(), Goroutines: runtime.NumGoroutine()}
	if open, err := os.ReadDir("/dev/fd"); err == nil {
		f.FDs = len(open)
	}
	return f
}

func residentSize() uint64 {
	if status, err := os.ReadFile("/proc/self/statm"); err == nil {
		if fields := bytes.Fields(status); len(fields) > 1 {
			if pages, err := strconv.ParseUint(string(fields[1]), 10, 64); err == nil {
				return pages * uint64(os.Getpagesize())
			}
		}
	}
	total := []metrics.Sample{{Name: "/memory/classes/total:bytes"}}
	metrics.Read(total)
	return total[0].Value.Uint64()
}
