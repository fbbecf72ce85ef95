package sim

import (
	"container/heap"
	"time"
)

// schedule is the virtual time: what is to happen, in the order of its times. What is due at the same time happens in
// the order in which it was planned.
type schedule struct {
	now     time.Time
	steps   int
	planned plans
	seq     uint64
}

// A plan is one thing that is to happen.
type plan struct {
	at  time.Time
	seq uint64
	do  func()
}

// at plans something.
func (s *schedule) at(t time.Time, do func()) {
	if t.Before(s.now) {
		t = s.now
	}
	s.seq++
	heap.Push(&s.planned, plan{t, s.seq, do})
}

func (s *schedule) after(d time.Duration, do func()) { s.at(s.now.Add(d), do) }

// next lets the next thing happen, if it is due by end. Otherwise it is end, and nothing happened.
func (s *schedule) next(end time.Time) bool {
	if len(s.planned) == 0 || s.planned[0].at.After(end) {
		s.now = end
		return false
	}
	p, _ := heap.Pop(&s.planned).(plan)
	s.now = p.at
	p.do()
	return true
}

// An alarm goes off at one time, which may be moved. Moving it costs nothing: what was planned before finds out that
// it is not meant any more.
type alarm struct {
	at   time.Time // zero: not set
	turn int
}

// set plans do at time t in place of what was planned before. The zero time is never.
func (a *alarm) set(s *schedule, t time.Time, do func()) {
	if a.at.Equal(t) {
		return
	}
	a.at = t
	a.turn++
	if t.IsZero() {
		return
	}
	turn := a.turn
	s.at(t, func() {
		if a.turn == turn {
			a.at = time.Time{}
			do()
		}
	})
}

// plans is a heap, the earliest first.
type plans []plan

func (p plans) Len() int { return len(p) }

func (p plans) Less(i, j int) bool {
	if p[i].at.Equal(p[j].at) {
		return p[i].seq < p[j].seq
	}
	return p[i].at.Before(p[j].at)
}

func (p plans) Swap(i, j int) { p[i], p[j] = p[j], p[i] }

func (p *plans) Push(x any) {
	v, _ := x.(plan) // what else
	*p = append(*p, v)
}

func (p *plans) Pop() any {
	last := len(*p) - 1
	v := (*p)[last]
	(*p)[last] = plan{}
	*p = (*p)[:last]
	return v
}
