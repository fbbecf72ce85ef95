package workload

import (
	"syscall"
	"time"
)

// sleep sleeps to some ten microseconds, which a timer of the runtime does not: that rounds to milliseconds when the
// process has nothing else to do.
func sleep(d time.Duration) {
	ts := syscall.NsecToTimespec(int64(d))
	_ = syscall.Nanosleep(&ts, nil) // the caller looks whether it was woken early
}
