package wsconn

import (
	"encoding/binary"
	"math"
)

// Opcodes of frames, as RFC 6455 numbers them.
const (
	OpText   = 0x1
	OpBinary = 0x2
	OpClose  = 0x8
	OpPing   = 0x9
	OpPong   = 0xA

	opContinuation = 0x0
)

const (
	final  = 0x80 // the frame is a whole message
	masked = 0x80
	len16  = 126 // the length follows in 16 bits
	len64  = 127 // or in 64
)

// MaxHeader is the most that a frame adds to its payload, in bytes.
const MaxHeader = 14

// AppendFrame appends a whole message as a server sends it.
func AppendFrame(dst []byte, op byte, payload []byte) []byte {
	return append(appendHeader(dst, op, 0, len(payload)), payload...)
}

// AppendMasked appends a whole message as a client sends it. The key has to be fresh and unpredictable.
func AppendMasked(dst []byte, op byte, payload []byte, key [4]byte) []byte {
	dst = append(appendHeader(dst, op, masked, len(payload)), key[:]...)
	start := len(dst)
	dst = append(dst, payload...)
	Mask(dst[start:], key)
	return dst
}

func appendHeader(dst []byte, op, mask byte, n int) []byte {
	dst = append(dst, final|op)
	switch {
	case n < len16:
		return append(dst, mask|byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(dst, mask|len16), uint16(n))
	default:
		return binary.BigEndian.AppendUint64(append(dst, mask|len64), uint64(n))
	}
}

// Mask masks a payload, or undoes that.
func Mask(b []byte, key [4]byte) {
	one := binary.LittleEndian.Uint32(key[:])
	two := uint64(one)<<32 | uint64(one)
	for len(b) >= 8 {
		binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)^two)
		b = b[8:]
	}
	for i := range b {
		b[i] ^= key[i&3]
	}
}

// AppendCloseFrame appends a server's last frame.
func AppendCloseFrame(dst []byte, code int) []byte {
	if code == NoCode {
		return appendHeader(dst, OpClose, 0, 0)
	}
	return binary.BigEndian.AppendUint16(appendHeader(dst, OpClose, 0, 2), uint16(code))
}
