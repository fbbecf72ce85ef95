//go:build !linux

package proc

import (
	"errors"
	"runtime"
)

func figures() (Figures, error) {
	return Figures{}, errors.New("figures of processes are taken on linux only, this is " + runtime.GOOS)
}

// AllowFiles changes nothing here.
func AllowFiles(n uint64) (uint64, error) { return n, nil }
