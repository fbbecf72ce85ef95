package wsconn

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// ErrTooLarge says that a message is larger than allowed. It is to be answered with code 1009.
var ErrTooLarge = errors.New("websocket: message too large")

// ErrProtocol says that a peer violated the protocol. It is to be answered with code 1002.
var ErrProtocol = errors.New("websocket: protocol violation")

func violation(what string) error { return fmt.Errorf("%w: %s", ErrProtocol, what) }

// A CloseError is the end of a websocket whose peer closed it. It is to be answered with the same code.
type CloseError struct{ Code int }

func (e CloseError) Error() string {
	return fmt.Sprintf("websocket: closed by the peer with code %d", e.Code)
}

// Next waits for a message: OpText and OpBinary with all their fragments, OpPing or OpPong. The payload is the Stream's
// until Next is called again. After an error there is nothing more to read. When the connection ends between two frames
// the error is io.EOF, within one io.ErrUnexpectedEOF.
func (s *Stream) Next() (op byte, payload []byte, err error) {
	for {
		final, op, payload, err := s.frame()
		switch {
		case err != nil:
			return 0, nil, err
		case op == OpClose:
			return 0, nil, closed(payload)
		case op > OpClose:
			return op, payload, nil
		case final && op != opContinuation:
			return op, payload, nil
		case op != opContinuation:
			s.parts, s.partsOp, s.whole = true, op, append([]byte(nil), payload...)
		case !final:
			s.whole = append(s.whole, payload...)
		default:
			payload = append(s.whole, payload...)
			s.parts, s.whole = false, nil
			return s.partsOp, payload, nil
		}
	}
}

// frame reads one frame.
func (s *Stream) frame() (isFinal bool, op byte, payload []byte, err error) {
	s.done()
	head, err := s.need(2)
	if err != nil {
		return false, 0, nil, err
	}
	isFinal, op = head[0]&final != 0, head[0]&0x0f
	short := int(head[1] & 0x7f)
	if err := s.check(head[0], head[1]); err != nil {
		return false, 0, nil, err
	}
	size := 2
	switch short {
	case len16:
		size += 2
	case len64:
		size += 8
	}
	if s.server {
		size += 4
	}
	if head, err = s.need(size); err != nil {
		return false, 0, nil, err
	}
	n := uint64(short)
	switch short {
	case len16:
		n = uint64(binary.BigEndian.Uint16(head[2:]))
	case len64:
		n = binary.BigEndian.Uint64(head[2:])
	}
	if op < OpClose && n > uint64(s.limit-len(s.whole)) {
		return false, 0, nil, ErrTooLarge
	}
	all, err := s.need(size + int(n))
	if err != nil {
		return false, 0, nil, err
	}
	s.taken = len(all)
	payload = all[size:]
	if s.server {
		Mask(payload, [4]byte(all[size-4:size]))
	}
	return isFinal, op, payload, nil
}

// check checks the two bytes that each frame begins with.
func (s *Stream) check(first, second byte) error {
	op, isFinal, short := first&0x0f, first&final != 0, second&0x7f
	switch {
	case first&0x70 != 0:
		return violation("reserved bits are set")
	case (second&masked != 0) != s.server:
		return violation("masked by the server or not masked by the client")
	case op >= OpClose && (!isFinal || short >= len16):
		return violation("a control frame in fragments or of more than 125 bytes")
	}
	switch op {
	case OpText, OpBinary:
		if s.parts {
			return violation("a message within another")
		}
	case opContinuation:
		if !s.parts {
			return violation("a continuation of nothing")
		}
	case OpClose, OpPing, OpPong:
	default:
		return violation("unknown opcode")
	}
	return nil
}

// done lets go of the frame before.
func (s *Stream) done() {
	switch {
	case s.carry != nil && s.taken > 0:
		s.carry = nil
	case s.taken > 0:
		s.take(s.taken)
	}
	s.taken = 0
}

// need returns the first n bytes of the frame that is being read, and waits for them.
func (s *Stream) need(n int) ([]byte, error) {
	if s.carry == nil && len(s.data) >= n {
		return s.data[:n], nil
	}
	for len(s.carry) < n {
		if len(s.data) == 0 {
			if err := s.fill(); err != nil {
				return nil, s.broken(err)
			}
			if s.carry == nil && len(s.data) >= n {
				return s.data[:n], nil
			}
		}
		more := min(len(s.data), n-len(s.carry))
		s.carry = append(s.carry, s.data[:more]...)
		s.take(more)
	}
	return s.carry[:n], nil
}

func (s *Stream) broken(err error) error {
	if errors.Is(err, io.EOF) && (s.carry != nil || s.parts) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// NoCode is what a peer is said to have closed with that named no code. It never stands in a frame.
const NoCode = 1005

// closed is what a close frame means.
func closed(payload []byte) error {
	switch len(payload) {
	case 0:
		return CloseError{NoCode}
	case 1:
		return violation("half a close code")
	}
	code := int(binary.BigEndian.Uint16(payload))
	switch {
	case !mayBeReceived(code):
		return violation(fmt.Sprintf("close code %d", code))
	case !utf8.Valid(payload[2:]):
		return violation("a close reason that is not UTF-8")
	}
	return CloseError{code}
}

// mayBeReceived goes by RFC 6455 §7.4 and the registry of codes.
func mayBeReceived(code int) bool {
	switch {
	case code >= 1000 && code <= 1003, code >= 1007 && code <= 1013, code >= 3000 && code <= 4999:
		return true
	}
	return false
}
