package jetstream

import (
	"context"
	"fmt"
	"slices"
)

// streamConfig is what matters of a stream's.
type streamConfig struct {
	Name            string   `json:"name"`
	Description     string   `json:"description,omitempty"`
	Subjects        []string `json:"subjects"`
	Retention       string   `json:"retention"`
	Discard         string   `json:"discard"`
	Storage         string   `json:"storage"`
	Replicas        int      `json:"num_replicas"`
	MaxConsumers    int      `json:"max_consumers"`
	MaxMessages     int64    `json:"max_msgs"`
	MaxPerSubject   int64    `json:"max_msgs_per_subject"`
	MaxBytes        int64    `json:"max_bytes"`
	MaxAge          int64    `json:"max_age"`
	MaxMessageBytes int32    `json:"max_msg_size"`
	AllowRollup     bool     `json:"allow_rollup_hdrs"`
	AllowDirect     bool     `json:"allow_direct"`
}

type streamInfo struct {
	reply

	Config streamConfig `json:"config"`
}

// stream creates a stream, or sees to it that the one there is keeps what is given to it.
func (b *Backend) stream(ctx context.Context, name string, subjects ...string) error {
	found, err := b.info(ctx, "STREAM.INFO."+name, struct{}{})
	if is(err, codeNoStream) {
		found, err = b.info(ctx, "STREAM.CREATE."+name, b.wanted(name, subjects))
		if is(err, codeNameInUse) { // another node was faster
			found, err = b.info(ctx, "STREAM.INFO."+name, struct{}{})
		}
	}
	if err != nil {
		return fmt.Errorf("stream %s: %w", name, err)
	}
	return b.check(found, subjects)
}

func (b *Backend) info(ctx context.Context, what string, query any) (streamConfig, error) {
	var info streamInfo
	err := b.call(ctx, what, query, &info)
	return info.Config, err
}

func (b *Backend) wanted(name string, subjects []string) streamConfig {
	c := streamConfig{
		Name: name, Description: "signal, deployment " + b.cfg.Name, Subjects: subjects,
		Retention: "limits", Discard: "new", Storage: "file", Replicas: b.cfg.Replicas,
		MaxConsumers: -1, MaxMessages: -1, MaxPerSubject: -1, MaxBytes: -1, MaxMessageBytes: -1, AllowRollup: true,
	}
	if b.cfg.MaxBytes > 0 {
		c.MaxBytes = b.cfg.MaxBytes
	}
	if c.Replicas == 0 {
		if c.Replicas = 1; b.nc.ConnectedClusterName() != "" {
			c.Replicas = 3
		}
	}
	return c
}

// check returns an error if a stream would lose something, or is not as the configuration wants it.
func (b *Backend) check(c streamConfig, subjects []string) error {
	slices.Sort(c.Subjects)
	slices.Sort(subjects)
	switch {
	case !slices.Equal(c.Subjects, subjects):
		return fmt.Errorf("jetstream: stream %s has subjects %v, want %v", c.Name, c.Subjects, subjects)
	case c.Retention != "limits" || c.Discard != "new" || c.Storage != "file" || !c.AllowRollup:
		return fmt.Errorf("jetstream: stream %s has retention %s, discard %s, storage %s, rollup %t, want limits, new, file, true",
			c.Name, c.Retention, c.Discard, c.Storage, c.AllowRollup)
	case c.MaxAge != 0 || c.MaxMessages > 0 || c.MaxPerSubject > 0:
		return fmt.Errorf("jetstream: stream %s has limits of age or number, by which it forgets, want none", c.Name)
	case b.cfg.Replicas != 0 && b.cfg.Replicas != c.Replicas:
		return fmt.Errorf("jetstream: stream %s has %d replicas, want %d: nats stream edit changes it", c.Name, c.Replicas, b.cfg.Replicas)
	case b.cfg.MaxBytes != 0 && b.cfg.MaxBytes != c.MaxBytes:
		return fmt.Errorf("jetstream: stream %s takes %d bytes, want %d: nats stream edit changes it", c.Name, c.MaxBytes, b.cfg.MaxBytes)
	}
	return nil
}
