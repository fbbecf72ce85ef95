//go:build load

package signal_test

import "testing"

// What TestCyclesLeaveNothing would not see: 3 bytes that each cycle leaves are over the noise here.
func TestTenThousandCycles(t *testing.T) { cyclesLeaveNothing(t, 3_000, 10_000, 24<<10) }
