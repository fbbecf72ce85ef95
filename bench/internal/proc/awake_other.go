//go:build !linux

package proc

import (
	"errors"
	"io"
	"runtime"
)

// StayAwake does nothing here.
func StayAwake(io.Reader) error {
	return errors.New("processors are kept awake on linux only, this is " + runtime.GOOS)
}
