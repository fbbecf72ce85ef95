//go:build load && unix

package main

import (
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

// manage calls f with a connection, until it has nothing to wish for.
func (s *natsServers) manage(what string, f func(js nats.JetStreamContext) bool) {
	s.t.Helper()
	nc, err := nats.Connect(s.urls(), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1))
	require.NoError(s.t, err)
	defer nc.Close()
	js, err := nc.JetStream(nats.MaxWait(time.Second))
	require.NoError(s.t, err)
	require.Eventually(s.t, func() bool { return f(js) }, slowly, 50*time.Millisecond, what)
}

// leader returns which server leads the first of the streams with journals.
func (s *natsServers) leader() (leads int) {
	s.t.Helper()
	s.manage("a leader", func(js nats.JetStreamContext) bool {
		info, err := js.StreamInfo("SIGNAL_signald_0")
		if err != nil || info.Cluster == nil {
			return false
		}
		leads = slices.IndexFunc(s.configs, func(c natsConfig) bool { return c.Name == info.Cluster.Leader })
		return leads >= 0
	})
	return leads
}

// awaitCurrent waits until all servers have all that there is.
func (s *natsServers) awaitCurrent() {
	s.t.Helper()
	s.manage("all replicas to be up to date", func(js nats.JetStreamContext) bool {
		streams := 0
		for info := range js.Streams() {
			streams++
			if info.Cluster == nil || info.Cluster.Leader == "" {
				return false
			}
			for _, r := range info.Cluster.Replicas {
				if !r.Current || r.Offline {
					return false
				}
			}
		}
		return streams > 0
	})
}
