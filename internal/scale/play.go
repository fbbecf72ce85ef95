package scale

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// Seen is what happened while it counted.
type Seen struct {
	Records, RecordBytes int             // of journals
	Pieces, PieceBytes   int             // from node to node
	Answers              []time.Duration // from a call to its answer
	Deliveries           []time.Duration // from the sending of a message to each of whom it was for
	Outages              []time.Duration // of users: from the loss of a connection until the session goes on
	Lost, Failed         int             // connections, calls
	Processor            time.Duration   // that all of it took, users included
	Users                time.Duration   // of that: before anybody said anything
	Heap                 uint64          // bytes per user, in nodes and users
	Messages             int             // that were sent
}

// Play plays a cluster and writes what it has seen. Progress says how far it is.
func Play(c Config, out, progress io.Writer) error {
	w := newWorld(c)
	_, _ = fmt.Fprintf(progress, "%d nodes come together\n", c.Nodes)
	w.run(10 * time.Second)
	for i, n := range w.nodes {
		if n.Unowned() > 0 {
			return fmt.Errorf("scale: node %d knows of %d partitions that nobody owns", i, n.Unowned())
		}
	}
	before := liveBytes()
	began := processor()
	for i := range c.Users {
		u := &user{w: w, number: i, asked: make(map[int64]time.Time)}
		w.users = append(w.users, u)
		w.after(time.Duration(w.rnd.Int64N(int64(logInWithin))), u.connect)
	}
	_, _ = fmt.Fprintf(progress, "%d users log in and join\n", c.Users)
	w.run(logInWithin + 5*time.Second)
	w.seen.Users = processor() - began
	w.seen.Heap = (liveBytes() - before) / uint64(max(c.Users, 1))
	for _, u := range w.users {
		if !u.in || !u.joined {
			return fmt.Errorf("scale: %s did not get in", u.account())
		}
		if c.Instant > 0 {
			w.after(u.pause(c.Instant), u.talk)
		}
		if c.Spoken > 0 {
			w.after(u.pause(c.Spoken), u.speak)
		}
	}
	_, _ = fmt.Fprintf(progress, "they talk for %v\n", c.For)
	w.run(2 * time.Second)
	began = processor()
	w.counting = true
	w.run(c.For)
	w.counting = false
	w.seen.Processor = processor() - began
	w.report(out)
	if c.Kill {
		w.kill(out, progress)
	}
	return nil
}

const logInWithin = 20 * time.Second

// report writes what was seen.
func (w *world) report(out io.Writer) {
	s := &w.seen
	seconds := w.For.Seconds()
	calls := max(len(s.Answers), 1)
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) }
	line("%d users on %d nodes with %d partitions; %.0f calls and %.0f deliveries a second; a record takes %v, a hop %v",
		w.Users, w.Nodes, w.Partitions, float64(len(s.Answers))/seconds, float64(len(s.Deliveries))/seconds, w.Append, w.Hop)
	line("processor time per call, with its deliveries, users included: %.1f µs; per user to log in and join: %.1f µs",
		s.Processor.Seconds()*1e6/float64(calls), s.Users.Seconds()*1e6/float64(w.Users))
	line("memory per user, in nodes and users: %.1f KB", float64(s.Heap)/1000)
	line("records per call: %.2f, bytes of journal per call: %.0f; records a second and partition: %.1f",
		float64(s.Records)/float64(calls), float64(s.RecordBytes)/float64(calls), float64(s.Records)/seconds/float64(w.Partitions))
	line("pieces between nodes per call: %.2f, bytes per call: %.0f; megabytes a second that a node says: %.2f",
		float64(s.Pieces)/float64(calls), float64(s.PieceBytes)/float64(calls), float64(s.PieceBytes)/seconds/float64(w.Nodes)/1e6)
	line("answer: %s", percentiles(s.Answers))
	line("delivery: %s", percentiles(s.Deliveries))
	line("calls that failed: %d, connections lost: %d", s.Failed, s.Lost)
}

// kill ends a node without a word, and says how long users were without a server.
func (w *world) kill(out, progress io.Writer) {
	w.seen = Seen{}
	dead := w.nodes[0]
	_, _ = fmt.Fprintf(progress, "a node of %d partitions ends\n", dead.Owns())
	dead.dead = true
	w.nodes = w.nodes[1:]
	for _, u := range w.users {
		if u.client != nil && u.client.Node() == dead.Node { // its connection is reset
			u.lost()
		}
	}
	w.run(30 * time.Second)
	lost := w.seen.Lost
	_, _ = fmt.Fprintf(out, "a node ends without a word: %d of %d users lose their connection; until their sessions go on: %s\n",
		lost, w.Users, percentiles(w.seen.Outages))
}

// percentiles returns the usual ones.
func percentiles(all []time.Duration) string {
	if len(all) == 0 {
		return "none"
	}
	slices.Sort(all)
	at := func(of float64) time.Duration {
		return all[min(int(of*float64(len(all))), len(all)-1)].Round(10 * time.Microsecond)
	}
	return fmt.Sprintf("median %v, 99 %% %v, longest %v", at(0.5), at(0.99), at(1))
}
