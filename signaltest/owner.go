package signaltest

import "sync"

// An owner is the account that logged in on a connection, or resumed there, as the server says (package watch);
// "" before that.
type owner struct {
	mu sync.Mutex
	// +checklocks:mu
	account string
}

func (o *owner) set(account string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.account = account
}

func (o *owner) get() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.account
}
