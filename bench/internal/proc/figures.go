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
	settlePause = 100 * time.Millisecond
)

// settle gives back what memory is free. It takes several goes: a stack shrinks by half at most each time, and what was
// under way has to end.
func settle() {
	for range settleTimes {
		debug.FreeOSMemory()
		time.Sleep(settlePause)
	}
}
