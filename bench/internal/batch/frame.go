package batch

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
)

const (
	finText   = 0x81
	finClose  = 0x88
	maskBit   = 0x80
	maxHeader = 2 + 2 + 4
	maxFrame  = 1<<16 - 1
)

// appendFrame appends a text frame, whose text fill appends. The header's place is reserved for a text of up to maxFrame
// bytes and closed up when the text is short.
func appendFrame(dst []byte, masked bool, fill func([]byte) []byte) []byte {
	start := len(dst)
	var room [maxHeader]byte
	dst = fill(append(dst, room[:]...))
	text := dst[start+maxHeader:]
	n := len(text)
	head := 2
	bits := byte(n)
	if n > 125 {
		head, bits = 4, 126
	}
	if masked {
		head += 4
		bits |= maskBit
	}
	at := start + maxHeader - head
	dst[at], dst[at+1] = finText, bits
	if n > 125 {
		binary.BigEndian.PutUint16(dst[at+2:], uint16(n))
	}
	if masked {
		key := rand.Uint32()
		binary.LittleEndian.PutUint32(dst[start+maxHeader-4:], key)
		mask(text, key)
	}
	if at > start {
		copy(dst[start:], dst[at:])
		dst = dst[:len(dst)-(at-start)]
	}
	return dst
}

func mask(p []byte, key uint32) {
	wide := uint64(key)<<32 | uint64(key)
	for len(p) >= 8 {
		binary.LittleEndian.PutUint64(p, binary.LittleEndian.Uint64(p)^wide)
		p = p[8:]
	}
	for i := range p {
		p[i] ^= byte(key >> (8 * (i % 4)))
	}
}

// readFrames hands each text frame to each, and calls turn when all that was read at one time has been handled. It
// returns when the connection ends.
func readFrames(nc net.Conn, each func(text []byte) error, turn func()) error {
	buf := make([]byte, 4<<10)
	start, end := 0, 0
	for {
		if end == len(buf) {
			if start == 0 {
				buf = slices.Grow(buf, len(buf))[:2*len(buf)]
			} else {
				end = copy(buf, buf[start:end])
				start = 0
			}
		}
		n, err := nc.Read(buf[end:])
		if err != nil {
			turn()
			return err
		}
		end += n
		for {
			text, size, err := parseFrame(buf[start:end])
			if err != nil {
				return err
			}
			if size == 0 {
				break
			}
			start += size
			if err := each(text); err != nil {
				return err
			}
		}
		if start == end {
			start, end = 0, 0
		}
		turn()
	}
}

// parseFrame returns the text of the first frame in p and the size of the frame; 0 when it is not all there.
func parseFrame(p []byte) (text []byte, size int, err error) {
	if len(p) < 2 {
		return nil, 0, nil
	}
	if p[0] == finClose {
		return nil, 0, io.EOF
	}
	if p[0] != finText {
		return nil, 0, fmt.Errorf("want a text frame, got %#x", p[0])
	}
	n, head := int(p[1]&^maskBit), 2
	if n > 125 {
		if n != 126 {
			return nil, 0, fmt.Errorf("want a frame of at most %d bytes", maxFrame)
		}
		if len(p) < 4 {
			return nil, 0, nil
		}
		n, head = int(binary.BigEndian.Uint16(p[2:])), 4
	}
	masked := p[1]&maskBit != 0
	if masked {
		head += 4
	}
	if len(p) < head+n {
		return nil, 0, nil
	}
	text = p[head : head+n]
	if masked {
		mask(text, binary.LittleEndian.Uint32(p[head-4:]))
	}
	return text, head + n, nil
}
