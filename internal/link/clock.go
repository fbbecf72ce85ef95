package link

import "time"

// jump is how far the wall clock may run away from the monotonic one between two looks, as it does when a
// laptop sleeps.
const jump = 5 * time.Second

// A clock notices that the wall clock jumped.
type clock struct{ last time.Time }

func (c *clock) jumped(now time.Time) bool {
	passed, wall := now.Sub(c.last), now.Round(0).Sub(c.last.Round(0))
	c.last = now
	return apart(passed, wall)
}

func apart(passed, wall time.Duration) bool { return (wall - passed).Abs() > jump }
