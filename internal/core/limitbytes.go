package core

import "time"

// This file is Limits as bytes: in a Takeover's entry as they were given, in a Core that is written down as they are in force.

// ints are the fields of Limits that are an int, in an order that is for good: what is new goes behind.
func (l *Limits) ints() [21]*int {
	return [...]*int{
		&l.Messages, &l.ListBytes, &l.Invites, &l.CallEvents, &l.OpenCalls,
		&l.UserMessagesPerSecond, &l.ChannelMessagesPerSecond, &l.AttrChangesPerSecond, &l.AttrEventsPerSecond, &l.CallsPerSecond,
		&l.Attrs, &l.AttrBytes, &l.ReplayEvents, &l.ReplayBytes, &l.Keys, &l.Waiting, &l.KickedLines,
		&l.MemberlessChannels, &l.Sessions, &l.Apps, &l.Accounts,
	}
}

// Explicit returns the same limits with the defaults where nothing is said, so that they mean the same to a version that
// has other defaults.
func (l Limits) Explicit() Limits {
	byDefault := Limits{}.withDefaults(1)
	d := byDefault.ints()
	for i, v := range l.ints() {
		if *v == 0 {
			*v = *d[i]
		}
	}
	if l.MessageTTL == 0 {
		l.MessageTTL = byDefault.MessageTTL
	}
	if l.StoredBytes == 0 {
		l.StoredBytes = byDefault.StoredBytes
	}
	return l
}

// inForce says whether nothing is left to be filled in, as withDefaults leaves it.
func (l *Limits) inForce() bool {
	for _, v := range l.ints() {
		if *v < 1 {
			return false
		}
	}
	return l.MessageTTL > 0 && l.StoredBytes > 0
}

func (w *writer) limits(l *Limits) {
	start := w.begin()
	w.varint(int64(l.MessageTTL))
	w.varint(l.StoredBytes)
	for _, v := range l.ints() {
		w.varint(int64(*v))
	}
	w.end(start)
}

func (r *reader) limits() (l Limits) {
	from := r.record()
	l.MessageTTL = time.Duration(from.varint())
	l.StoredBytes = from.varint()
	for _, v := range l.ints() {
		*v = from.int()
	}
	r.join(&from)
	return l
}
