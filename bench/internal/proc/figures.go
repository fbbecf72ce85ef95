package proc

import (
	"runtime/debug"
	"time"
)

// Figures are what the operating system has of a process.
type Figures struct {
	CPU time.Duration `json:"cpu"` // used so far, in the kernel, too
	RSS int64         `json:"rss"` // bytes of memory that are resident
}

const (
	settleTimes = 5
	settlePause = 150 * time.Millisecond
)

// settle gives back what memory is free: stacks shrink by half at most with each collection.
func settle() {
	for range settleTimes {
		debug.FreeOSMemory()
		time.Sleep(settlePause)
	}
}
