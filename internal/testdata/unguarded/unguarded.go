// Package unguarded breaks its own rules: the step locks fails when nobody notices.
package unguarded

import "sync"

// A Counter counts.
type Counter struct {
	mu sync.Mutex
	// +checklocks:mu
	n int
}

// Add does not lock.
func (c *Counter) Add() { c.n++ }

// Twice calls what is to be called with the lock held.
func (c *Counter) Twice() { c.double() }

// +checklocks:c.mu
func (c *Counter) double() { c.n *= 2 }
