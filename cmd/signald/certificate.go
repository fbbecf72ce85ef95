package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
)

// lookEvery is how often the certificate's files are looked at.
const lookEvery = time.Second

// A certificate is what TLS handshakes show. It can be replaced at any time: connections that are up keep
// the one that they began with.
type certificate struct {
	log     *slog.Logger
	current atomic.Pointer[tls.Certificate]
	files   atomic.Pointer[pair]
}

// A pair is where a certificate and its key are.
type pair struct{ cert, key string }

// stamps tell whether the files of a pair changed. Either is nil when there is no such file.
type stamps struct{ cert, key os.FileInfo }

func (p pair) stamps() stamps {
	var s stamps
	s.cert, _ = os.Stat(p.cert) // a file that is away for a moment is a change like others
	s.key, _ = os.Stat(p.key)
	return s
}

func (s stamps) equal(t stamps) bool { return unchanged(s.cert, t.cert) && unchanged(s.key, t.key) }

func unchanged(a, b os.FileInfo) bool {
	if a == nil || b == nil {
		return a == b
	}
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// show makes a certificate that was read the one to show.
func (c *certificate) show(files pair, loaded *tls.Certificate) {
	c.current.Store(loaded)
	c.files.Store(&files)
}

// config returns what listeners need.
func (c *certificate) config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"}, // there are no websockets in HTTP/2 here
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			if loaded := c.current.Load(); loaded != nil {
				return loaded, nil
			}
			return nil, errors.New("there is no certificate")
		},
	}
}

// leaf returns the certificate itself, nil when there is none.
func (c *certificate) leaf() *x509.Certificate {
	loaded := c.current.Load()
	if loaded == nil {
		return nil
	}
	return loaded.Leaf
}

// watch takes up files that change, until ctx is done. Files that do not fit together, as when one of them has been
// replaced and the other not yet, are left alone until they change again.
func (c *certificate) watch(ctx context.Context, seen stamps) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		files := *c.files.Load()
		now := files.stamps()
		if now.equal(seen) {
			continue
		}
		seen = now
		loaded, err := tls.LoadX509KeyPair(files.cert, files.key)
		if err != nil {
			c.log.Error("certificate not taken up, the old one stays", "err", err)
			continue
		}
		c.show(files, &loaded)
		c.log.Info("certificate taken up", "serial", loaded.Leaf.SerialNumber, "expires", loaded.Leaf.NotAfter)
	}
}
