package signaltest

import (
	"bytes"
	"sync"
)

// An owner is the account that logged in on a connection, or resumed there; "" before that.
type owner struct {
	mu      sync.Mutex
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

// notice looks for the answer to a login in what the server writes. Whose login that is the server says
// (package watch); but a session that is resumed is known by its line alone, the one that the answer to its
// login named.
func (c *conn) notice(written []byte) {
	line := answeredLine(written)
	if line == "" {
		return
	}
	if account := c.account.get(); account != "" {
		c.srv.lines.Store(line, account)
	} else if known, ok := c.srv.lines.Load(line); ok {
		account, _ := known.(string)
		c.account.set(account)
	}
}

// answeredLine returns the line in the answer to a login that succeeded, "" when there is none. No text that
// a client sent can look like one: its quotes would be escaped.
func answeredLine(written []byte) string {
	_, ret, found := bytes.Cut(written, []byte(`["login_ret",["","{`))
	if !found {
		return ""
	}
	_, rest, _ := bytes.Cut(ret, []byte(`\"line\":\"`))
	line, _, _ := bytes.Cut(rest, []byte(`\"`))
	return string(line)
}
