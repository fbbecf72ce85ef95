//go:build darwin || dragonfly || freebsd || linux

package embedded

import "golang.org/x/sys/unix"

const minFiles = 64 // with fewer that can be made, it is as if the disk were full

// freeBytes returns how many bytes this user may write in the file system of a directory.
func freeBytes(dir string) (int64, bool) {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return 0, false
	}
	if fs.Files > 0 && uint64(fs.Ffree) < minFiles { //nolint:unconvert // not of the same type everywhere
		return 0, true
	}
	return int64(fs.Bavail) * int64(fs.Bsize), true //nolint:unconvert // not of the same type everywhere
}
