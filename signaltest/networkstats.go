package signaltest

// NetworkStats counts what a [Network] has done since it was made: a test shows by it that its faults did happen.
type NetworkStats struct {
	Connections int // accepted, but for those that were refused
	Refused     int // accepted and reset at once: Refuse
	Ignored     int // accepted and never answered: Ignore
	Unreachable int // reset because the target did not take the connection
	Duplicates  int // opened at the target a second time: Duplicate

	Cuts   int // connections that ended by Cut
	Resets int // by Reset
	Tears  int // by Tear
	Severs int // by Sever
	Frozen int // connections that Freeze has frozen, each time counted

	BytesUp   int64 // passed on from clients to the server, duplicates not counted
	BytesDown int64 // from the server to clients
}

// Stats returns the counts.
func (n *Network) Stats() NetworkStats {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.stats
}

func (n *Network) count(what func(*NetworkStats)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	what(&n.stats)
}
