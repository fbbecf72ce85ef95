package signaltest

import "encoding/binary"

// A framing follows one direction of a websocket connection, byte by byte, and knows where frames begin and end.
type framing struct {
	opaque bool // nobody knows: TLS

	upgraded bool   // the HTTP handshake is over
	ends     int    // bytes of "\r\n\r\n" that came last
	header   []byte // of the frame that has begun
	payload  uint64 // of the frame that has begun, still to come
	begun    bool
	frames   int // complete ones
}

const headEnd = "\r\n\r\n"

// step takes the next byte.
func (f *framing) step(b byte) {
	switch {
	case f.opaque:
	case !f.upgraded:
		f.begun = true
		f.handshake(b)
	case f.payload > 0:
		if f.payload--; f.payload == 0 {
			f.complete()
		}
	default:
		f.begun = true
		f.header = append(f.header, b)
		if f.parse() && f.payload == 0 {
			f.complete()
		}
	}
}

func (f *framing) handshake(b byte) {
	switch b {
	case headEnd[f.ends]:
		f.ends++
	case headEnd[0]:
		f.ends = 1
	default:
		f.ends = 0
	}
	if f.ends == len(headEnd) {
		f.upgraded, f.begun = true, false
	}
}

// parse reports whether the header is whole; payload is what follows then.
func (f *framing) parse() bool {
	const short, long, masked, maskSize = 126, 127, 0x80, 4
	if len(f.header) < 2 {
		return false
	}
	size, n := 2, uint64(f.header[1]&^masked)
	switch n {
	case short:
		size += 2
	case long:
		size += 8
	}
	ext := size
	if f.header[1]&masked != 0 {
		size += maskSize
	}
	if len(f.header) < size {
		return false
	}
	switch n {
	case short:
		n = uint64(binary.BigEndian.Uint16(f.header[2:ext]))
	case long:
		n = binary.BigEndian.Uint64(f.header[2:ext])
	}
	f.payload = n
	return true
}

func (f *framing) complete() {
	f.frames++
	f.header, f.begun = f.header[:0], false
}

// inside reports whether the last byte was not the last one of a frame, nor of the handshake.
func (f *framing) inside() bool { return f.begun || f.opaque }
