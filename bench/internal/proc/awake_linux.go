package proc

import (
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// StayAwake is the program of a child that keeps processors from going to sleep, until its input ends: on a virtual
// machine, to be woken takes longer than most of what is measured. Its threads run only where nobody else wants to.
func StayAwake(in io.Reader) error {
	var (
		wg   sync.WaitGroup
		over atomic.Bool
	)
	runtime.GOMAXPROCS(runtime.NumCPU() + 1) // one for the reader
	failed := make(chan error, runtime.NumCPU())
	for range runtime.NumCPU() {
		wg.Go(func() {
			runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
			err := unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_IDLE}, 0)
			if err != nil {
				failed <- fmt.Errorf("sched_setattr: %w", err)
				return
			}
			for !over.Load() {
			}
		})
	}
	_, _ = io.Copy(io.Discard, in) // the end is what is waited for, however it comes
	over.Store(true)
	wg.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}
