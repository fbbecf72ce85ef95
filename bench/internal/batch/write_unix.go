//go:build unix

package batch

import (
	"net"
	"syscall"
)

// tryWrite writes what the socket takes without waiting, and returns how much that is. Errors are left to whoever writes
// the rest.
func tryWrite(nc net.Conn, buf []byte) int {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return 0
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return 0
	}
	n := 0
	err = raw.Write(func(fd uintptr) bool {
		if n, err = syscall.Write(int(fd), buf); err != nil {
			n = 0
		}
		return true
	})
	if err != nil {
		return 0
	}
	return n
}
