package core

import (
	"strconv"
	"strings"
)

// Owner returns which of n Cores owns the account or the channel of that name.
func Owner(appID, name string, n int) int {
	const offset, prime = 14695981039346656037, 1099511628211 // FNV-1a
	h := uint64(offset)
	for i := range len(appID) {
		h = (h ^ uint64(appID[i])) * prime
	}
	h *= prime // a zero byte between the two
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * prime
	}
	// FNV alone has names that differ in their last letters only, as numbered ones do, side by side.
	h = (h ^ h>>33) * 0xff51afd7ed558ccd // the finalizer of MurmurHash3
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	h ^= h >> 33
	return int(h % uint64(max(n, 1)))
}

// LineOwner returns which of n Cores gave out a line. It is not ok for what cannot be a line of theirs.
func LineOwner(line string, n int) (index int, ok bool) {
	_, digits, found := strings.Cut(line, lineMark)
	i, err := strconv.ParseUint(digits, lineBase, 31)
	if !found || err != nil || int(i) >= n {
		return 0, false
	}
	return int(i), true
}

// A line is an unguessable name, a mark and the index of its Core.
const (
	lineMark = "."
	lineBase = 36
)

func (c *Core) newLine() string {
	return c.cfg.NewID() + lineMark + strconv.FormatInt(int64(c.index), lineBase)
}
