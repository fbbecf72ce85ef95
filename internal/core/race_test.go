//go:build race

package core_test

// raced says that the race detector is on, with which there are more allocations.
const raced = true
