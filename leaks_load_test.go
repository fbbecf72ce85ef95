//go:build load

package signal_test

import "testing"

// What TestCyclesLeaveNothing would not see: 2 bytes that each cycle leaves are more than 5 % here.
func TestTenThousandCycles(t *testing.T) { cyclesLeaveNothing(t, 1_000, 10_000, 0) }
