//go:build darwin || dragonfly || freebsd || linux

package embedded

import "golang.org/x/sys/unix"

// freeBytes returns how many bytes this user may write in the file system of a directory.
func freeBytes(dir string) (int64, bool) {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return 0, false
	}
	return int64(fs.Bavail) * int64(fs.Bsize), true //nolint:unconvert // not of the same type everywhere
}
