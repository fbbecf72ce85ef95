package signal

import (
	"encoding/binary"
	"sync/atomic"

	"github.com/google/uuid"
)

// names makes UUIDs that are unique, though not secret: of one that is random the lower half counts. This is how
// messages without a name of their own get one, which costs no more than to write it.
type names struct {
	first uuid.UUID
	n     atomic.Uint64
}

// variant is where a UUID says that it is one as RFC 9562 has them: not to be counted up.
const variant = uint64(3) << 62

func (s *names) next() string {
	id := s.first
	low := binary.BigEndian.Uint64(id[8:])
	binary.BigEndian.PutUint64(id[8:], low&variant|(low+s.n.Add(1))&^variant)
	return id.String()
}
