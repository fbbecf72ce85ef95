// Package backend says what a server stands on whose state is to outlive its process, or that is one of several which
// look like one: journals, snapshots and a bus. [Memory] is one for programs and tests; the module
// github.com/agora-signal-go/signal/jetstream has those that last.
//
// The state of such a server is divided into partitions. Whatever happens to one is a record in its journal first, and
// who has read the journal has the state. One node at a time owns a partition: the one whose record was the last to
// say so. The journal itself sees to it that there are never two, for nobody can append behind a record that he has not
// read.
package backend

import (
	"context"
	"errors"
)

// What a Backend's methods fail with, besides the error of a context. Of any other error nobody knows whether what was
// asked has happened.
var (
	// ErrFenced means that the journal goes on with another record: somebody else has appended one. Nothing was appended.
	ErrFenced = errors.New("backend: another record is in the way")
	// ErrFull means that there is no room, on the disk or by a quota. Nothing was stored.
	ErrFull = errors.New("backend: no room")
	// ErrUnavailable means that whatever keeps the data cannot be reached at present, or gave no answer in time.
	ErrUnavailable = errors.New("backend: not available")
	// ErrTooLarge means that a record, or a message of the bus, is larger than a Backend takes. Nothing was stored or sent.
	ErrTooLarge = errors.New("backend: too large")
	// ErrTrimmed means that records which were asked for have been trimmed. There is a snapshot that has them in it.
	ErrTrimmed = errors.New("backend: trimmed")
	// ErrClosed means that Close was called.
	ErrClosed = errors.New("backend: closed")
)

// A Backend is one node's access to what all nodes share. Its methods may be called from many goroutines at once.
type Backend interface {
	Journal
	Snapshots
	Bus

	// Partitions returns how many partitions there are: at least one, and the same for all nodes and for good.
	Partitions() int
	// Shared reports whether other processes may use the same data at the same time. A node that is alone need not
	// look for others before it begins.
	Shared() bool
	// Err returns nil while the data can be reached, as far as one knows without asking, and else why not.
	Err() error
	// Close gives up the access, and ends what else belongs to it: calls that are under way fail, subscriptions are
	// stopped, and the call of a subscriber that is under way is waited for, so that it must not be made from one. Again
	// is harmless.
	Close() error
}

// Journal is an append-only list of records per partition. What Append has said is appended stays, also when the
// process, or as many machines as the deployment is made to bear, are no more.
type Journal interface {
	// Append adds a record of at most MaxRecord bytes to a partition's journal, behind the one at position after
	// (0: the journal is empty), and returns its position, which is greater. ErrFenced: the journal ends with another.
	//
	// Who does not know what came of it calls it again with the same arguments: if the record that comes right behind
	// after is of the same id, Append returns its position and adds nothing, also when others have been appended since. A
	// record that has been trimmed is forgotten with its id, and the answer is ErrFenced. An id is 1 to 128 bytes of
	// A-Z a-z 0-9 - _ and . and names one record.
	Append(ctx context.Context, partition int, after uint64, id string, record []byte) (pos uint64, err error)

	// A backend that has lost the end of a journal, as by a power failure, but has a snapshot that is newer, goes on behind
	// that with an empty record.

	// Read calls f with each record behind position after, in order, up to the one that was the last when Read was called
	// or a later one. after is 0 or the position of a record. The bytes are f's only until it returns. An error of f ends
	// it and is returned.
	//
	// None is left out: ErrTrimmed if some behind after have been trimmed, before Read was called or meanwhile. Who gets
	// it loads the snapshot, which is newer than the one that he had.
	//
	// While the deployment's own nodes disagree about who of them leads, Read may end too early. That does no harm:
	// to append behind what it read last is ErrFenced then.
	Read(ctx context.Context, partition int, after uint64, f func(pos uint64, record []byte) error) error

	// Trim forgets the records before position pos, for a snapshot of it is kept. That at pos stays, for something has to
	// be last; so does the last one if pos is behind it.
	Trim(ctx context.Context, partition int, pos uint64) error

	// MaxRecord is how many bytes a record may have: 256 KiB at least.
	MaxRecord() int
}

// Snapshots keeps the newest state of each partition, so that a journal need not be read from its beginning.
type Snapshots interface {
	// Save keeps what the journal up to position pos comes to, in place of what was kept before. One for an earlier
	// position than that which is kept changes nothing and is no error. Whoever calls Load meanwhile gets the one or the
	// other, whole.
	Save(ctx context.Context, partition int, pos uint64, snapshot []byte) error

	// Load returns what Save kept last, and nil and 0 if nothing.
	Load(ctx context.Context, partition int) (snapshot []byte, pos uint64, err error)
}

// Bus carries what nodes tell each other: at most once, and what one node publishes to one subject arrives in order,
// except for what is lost.
type Bus interface {
	// Publish sends a message of at most MaxMessage bytes to all who have subscribed to the subject, which is 1 to
	// 128 bytes of A-Z a-z 0-9 - and _. It does not wait for them, and keeps nothing of data when it returns.
	Publish(subject string, data []byte) error

	// Subscribe calls f with each message to the subject, the node's own too, one after the other, until stop is called,
	// which waits for the call of f that is under way: f must not call it. The bytes are f's. Messages that wait for f are
	// bounded, and lost beyond that. From other nodes messages may come a little later than Subscribe returns.
	Subscribe(subject string, f func(data []byte)) (stop func(), err error)

	// MaxMessage is how many bytes a message may have: 256 KiB at least.
	MaxMessage() int
}
