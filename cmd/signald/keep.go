package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/agora-signal-go/signal/jetstream"
	"github.com/agora-signal-go/signal/jetstream/embedded"
)

const (
	openWithin  = 30 * time.Second // what is in -data is found, or the daemon does not begin
	readyWithin = 30 * time.Second // and has an owner, or the daemon says that it listens all the same
)

// A keep is where the state is kept beyond the process. The zero keep is nowhere: it is in memory.
type keep struct {
	backend *jetstream.Backend // nil: memory
	disk    *embedded.Server   // nil: the NATS server is elsewhere
}

// openKeep opens what the settings name.
func (d *daemon) openKeep() (k keep, err error) {
	s := d.settings
	within := openWithin
	if len(s.nats) > 0 {
		within = s.natsTimeout
	}
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	switch {
	case s.data != "":
		k.disk, err = embedded.Start(ctx, embedded.Config{
			Dir: s.data, SyncAlways: s.dataSyncEvery == 0, SyncInterval: s.dataSyncEvery, MaxBytes: s.dataMaxBytes, Logger: d.log,
		})
		if err != nil {
			return keep{}, fmt.Errorf("-data: %w", err)
		}
		if k.backend, err = k.disk.Backend(ctx, s.partitions); err != nil {
			k.disk.Shutdown()
			return keep{}, fmt.Errorf("-data: %w", err)
		}
	case len(s.nats) > 0:
		k.backend, err = jetstream.Connect(ctx, jetstream.Config{
			URLs: s.nats, Name: s.cluster, Partitions: s.partitions, Streams: s.streams, Replicas: s.replicas,
			CredentialsFile: s.natsCreds, TLS: s.natsTLS, Logger: d.log,
		})
		if err != nil {
			return keep{}, fmt.Errorf("-nats %s: %w", hosts(s.nats), err)
		}
	}
	return k, nil
}

// hosts returns the addresses of URLs, without the passwords that may be in these.
func hosts(urls []string) string {
	var all []string
	for _, one := range urls {
		if u, err := url.Parse(one); err == nil { // was checked
			all = append(all, u.Host)
		}
	}
	return strings.Join(all, ",")
}

// close ends it, when the server has.
func (k *keep) close() {
	if k.backend != nil {
		_ = k.backend.Close() // what was to be kept has been
	}
	if k.disk != nil {
		k.disk.Shutdown()
	}
}

// awaitReady waits until all that is kept has an owner.
func (d *daemon) awaitReady() {
	if d.keep.backend == nil {
		return
	}
	t := time.NewTicker(10 * time.Millisecond)
	defer t.Stop()
	for until := time.Now().Add(readyWithin); !d.sig.Ready(); <-t.C {
		if time.Now().After(until) {
			d.log.Warn("not everything that is kept has an owner yet", "waited", readyWithin)
			return
		}
	}
}
