package core

// members is who is in a channel, in the order of joining.
type members struct {
	byAccount   map[string]*member
	first, last *member // the oldest and the newest
	targets     [][]uint64
}

// A member is one session in a channel.
type member struct {
	account      string
	core         int
	session      uint64
	join         uint64
	since        uint64 // the number of the newest event when it joined
	older, newer *member
}

func (ms *members) len() int { return len(ms.byAccount) }

// has reports whether the session that asks is in the channel.
func (ms *members) has(o Origin) bool {
	mb := ms.byAccount[o.Account]
	return mb != nil && mb.core == o.Core && mb.session == o.Session
}

func (ms *members) add(mb *member) {
	if ms.byAccount == nil {
		ms.byAccount = make(map[string]*member)
	}
	ms.byAccount[mb.account] = mb
	mb.older = ms.last
	if mb.older != nil {
		mb.older.newer = mb
	} else {
		ms.first = mb
	}
	ms.last = mb
	if ms.targets != nil { // what was handed out before is a shorter slice and does not see this
		ms.targets[mb.core] = append(ms.targets[mb.core], mb.join)
	}
}

func (ms *members) remove(mb *member) {
	delete(ms.byAccount, mb.account)
	if mb.older != nil {
		mb.older.newer = mb.newer
	} else {
		ms.first = mb.newer
	}
	if mb.newer != nil {
		mb.newer.older = mb.older
	} else {
		ms.last = mb.older
	}
	ms.targets = nil
}

// rejoin gives a member another join to go by.
func (ms *members) rejoin(mb *member, session, join uint64) {
	mb.session, mb.join = session, join
	ms.targets = nil
}

// perCore returns the joins of all members by their Core. What is returned never changes.
func (ms *members) perCore(cores int) [][]uint64 {
	if ms.targets == nil {
		ms.targets = make([][]uint64, cores)
		for mb := ms.first; mb != nil; mb = mb.newer {
			ms.targets[mb.core] = append(ms.targets[mb.core], mb.join)
		}
	}
	return ms.targets
}

// maxListBytes keeps the answer that holds a list below what clients read.
const maxListBytes = 3 << 20

// newest returns up to n members, the newest first, and no more than fit an answer.
func (ms *members) newest(n int) []string {
	accounts := make([]string, 0, min(n, ms.len()))
	size := 0
	for mb := ms.last; mb != nil && len(accounts) < n; mb = mb.older {
		const around = len(`[\"\",0],`)
		if size += around + frameSize(mb.account); size > maxListBytes {
			break
		}
		accounts = append(accounts, mb.account)
	}
	return accounts
}
