//go:build !unix

package wsconn

import "syscall"

// direct can do nothing here: all goes by net.Conn.
type direct struct{}

func (*direct) ok() bool                              { return false }
func (*direct) open(*Stream, syscall.Conn)            {}
func (*direct) fill(*Stream) error                    { return nil }
func (*direct) tryWrite(*Stream, []byte) (int, error) { return 0, nil }
