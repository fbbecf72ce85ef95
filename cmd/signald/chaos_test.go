//go:build load && unix

package main

import (
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
)

// The size of TestChaos. Two hundred users for ten minutes:
//
//	go test -tags load -run TestChaos -v -timeout 30m ./cmd/signald -chaos.users 200 -chaos.for 10m
var (
	chaosUsers = flag.Int("chaos.users", 60, "users of TestChaos, tens of them")
	chaosFor   = flag.Duration("chaos.for", 0, "how long it goes on; 0: until everything has failed once")
	chaosTurn  = flag.Duration("chaos.turn", 300*time.Millisecond, "how often each user sends something")
	chaosOnly  = flag.String("chaos.only", "", "the only fault there is, or a part of its name")
	chaosLogs  = flag.String("chaos.logs", "", "a directory for what the daemons log, at level debug")
)

// A fleet is some daemons with one NATS cluster.
type fleet struct {
	t     *testing.T
	nats  *natsServers
	ways  []*passage // from the first daemon to each NATS server
	nodes []*process
	args  [][]string
}

// launch starts three daemons with a NATS cluster of three.
func launch(t *testing.T) *fleet {
	t.Helper()
	const nodes, partitions = 3, 12
	f := &fleet{t: t, nats: startNATS(t, 3)}
	var urls []string
	for i := range 3 {
		f.ways = append(f.ways, newPassage(t, f.nats.addr(i)))
		urls = append(urls, "nats://"+f.ways[i].addr)
	}
	for i := range nodes {
		to := f.nats.urls()
		if i == 0 {
			to = strings.Join(urls, ",")
		}
		f.args = append(f.args, []string{
			"-addr", net.JoinHostPort("127.0.0.1", strconv.Itoa(lowPort(t))), "-admin-addr", "127.0.0.1:0", "-nats", to,
			"-partitions", strconv.Itoa(partitions), "-replicas", "3",
		})
		if *chaosLogs != "" {
			f.args[i] = append(f.args[i], "-log-level", "debug")
		}
		f.nodes = append(f.nodes, nil)
		f.start(i)
	}
	f.awaitOwners()
	return f
}

// awaitOwners waits until each daemon owns a part of the state.
func (f *fleet) awaitOwners() {
	f.t.Helper()
	for _, p := range f.nodes {
		require.Eventually(f.t, func() bool { return figuresOf(f.t, p)["signald_cluster_partitions_owned"] > 0 }, slowly, 50*time.Millisecond)
	}
}

// servers is where clients connect: to whichever node is there.
func (f *fleet) servers() signal.Option {
	var urls []string
	for _, p := range f.nodes {
		urls = append(urls, "ws://"+p.ws+"/")
	}
	return signal.WithServer(urls...)
}

// kill is kill -9.
func (f *fleet) kill(i int) {
	require.NoError(f.t, f.nodes[i].cmd.Process.Kill())
	<-f.nodes[i].exited
}

// restart starts a daemon that is not there, at the address where it was, and waits until it takes part.
func (f *fleet) restart(i int) {
	f.t.Helper()
	f.start(i)
	f.awaitOwners()
}

func (f *fleet) start(i int) {
	f.t.Helper()
	p := spawn(f.t, f.args[i]...)
	f.nodes[i] = p
	if *chaosLogs != "" {
		name := filepath.Join(*chaosLogs, fmt.Sprintf("signald-%d-%d.log", i, p.cmd.Process.Pid))
		f.t.Cleanup(func() { assert.NoError(f.t, os.WriteFile(name, []byte(p.log.all()), 0o600)) })
	}
}

// A fault is what happens to a fleet while it has much to do.
type fault struct {
	name string
	long bool // it is left out where the time is short
	hits func(f *fleet, c *crowd)
}

// outage returns how long a daemon is cut off: longer than nodes wait for a sign of another, which is 5 s.
func outage() time.Duration {
	if *chaosFor == 0 {
		return 6 * time.Second
	}
	return 10 * time.Second
}

func faults() []fault {
	return []fault{
		{name: "kill -9 of a daemon", hits: func(f *fleet, c *crowd) {
			f.kill(1)
			c.serves("after kill -9 of a daemon")
			f.restart(1)
			c.serves("after it is back")
		}},
		{name: "kill -9 of a NATS server", long: true, hits: func(f *fleet, c *crowd) {
			f.killNATS(c, (f.nats.leader()+1)%len(f.nodes))
		}},
		{name: "kill -9 of the NATS server that leads", hits: func(f *fleet, c *crowd) {
			f.killNATS(c, f.nats.leader())
		}},
		{name: "a daemon cut off from NATS", hits: func(f *fleet, c *crowd) {
			f.each((*passage).cut)
			lasts(outage())
			f.each((*passage).heal)
			c.serves("after a daemon was cut off from NATS")
		}},
		{name: "a daemon whose connection to NATS stalls", long: true, hits: func(f *fleet, c *crowd) {
			f.each((*passage).stall)
			lasts(outage())
			f.each((*passage).heal)
			c.serves("after the connection of a daemon to NATS stalled")
		}},
		{name: "daemons restarted one after the other", hits: func(f *fleet, c *crowd) {
			for i, p := range f.nodes {
				p.signal(syscall.SIGTERM)
				c.serves("after SIGTERM of a daemon")
				p.exits(exitOK)
				f.restart(i)
				c.serves("after it is back")
			}
		}},
	}
}

func (f *fleet) killNATS(c *crowd, i int) {
	f.nats.kill(i)
	c.serves("after kill -9 of a NATS server")
	f.nats.start(i)
	f.nats.awaitCurrent()
	c.serves("after it is back")
}

// each does something with all ways of the first daemon to NATS.
func (f *fleet) each(do func(*passage)) {
	for _, p := range f.ways {
		do(p)
	}
}

// serves waits until everybody has been served anew, and says how long that took.
func (c *crowd) serves(after string) {
	c.t.Helper()
	now := time.Now()
	took := c.served(now).Sub(now)
	c.t.Logf("%s %-60s all %d users served after %.2f s", now.Format(clockFormat), after, len(c.talkers), took.Seconds())
}

// Whatever happens to one process of the fleet, or to its connections: nothing that was acknowledged is lost, doubled or out of
// order, each call has one end, no session and no channel is lost, and everybody is served again.
func TestChaos(t *testing.T) {
	f := launch(t)
	c := gather(t, *chaosUsers, *chaosTurn, f.servers())
	for began, round := time.Now(), 0; round == 0 || time.Since(began) < *chaosFor; round++ {
		for _, fault := range faults() {
			if !strings.Contains(fault.name, *chaosOnly) || fault.long && *chaosFor == 0 && *chaosOnly == "" {
				continue
			}
			c.talk()
			c.serves("before anything")
			fault.hits(f, c)
			c.settle()
			t.Logf("%s: %d users: %v", fault.name, len(c.talkers), c.check())
			if t.Failed() {
				return
			}
		}
	}
}
