package signal

import (
	"encoding/binary"
	"encoding/hex"
	"sync/atomic"

	"github.com/google/uuid"
)

// names makes UUIDs that are unique, though not secret: of one that is random the lower half counts. This is how each
// message gets one of its own, which costs no more than to write it.
type names struct {
	first uuid.UUID
	n     atomic.Uint64
}

// variant is where a UUID says that it is one as RFC 9562 has them: not to be counted up.
const variant = uint64(3) << 62

func (s *names) append(dst []byte) []byte {
	id := s.first
	low := binary.BigEndian.Uint64(id[8:])
	binary.BigEndian.PutUint64(id[8:], low&variant|(low+s.n.Add(1))&^variant)
	dst = append(hex.AppendEncode(dst, id[:4]), '-')
	dst = append(hex.AppendEncode(dst, id[4:6]), '-')
	dst = append(hex.AppendEncode(dst, id[6:8]), '-')
	dst = append(hex.AppendEncode(dst, id[8:10]), '-')
	return hex.AppendEncode(dst, id[10:])
}
