//go:build !unix

package batch

import "net"

// tryWrite writes nothing: here the goroutine that may wait does it all.
func tryWrite(net.Conn, []byte) int { return 0 }
