//go:build !darwin && !dragonfly && !freebsd && !linux && !netbsd && !openbsd && !windows

package embedded

import "os"

// acquire opens a file. Here no lock goes with it: to start one process per directory is up to the operator.
func acquire(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the name is the configuration's
}
