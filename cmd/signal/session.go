package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	signal "github.com/agora-signal-go/signal"
)

// Bounds of the good order in which a session is ended, also one whose login is under way when Ctrl-C comes, and of the
// silence before a login that takes its time.
const (
	closeTimeout = 3 * time.Second
	loginGrace   = 300 * time.Millisecond
	slowLogin    = time.Second
)

// session logs in, does the work, and logs out. ctx ends with Ctrl-C.
func (p *program) session(cmd *cobra.Command, work func(ctx context.Context, c *signal.Client, s settings) error) error {
	s, err := p.settings()
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	dial, err := p.dialer(ctx, s)
	if err != nil {
		return err
	}
	c, err := dial(ctx, s.Account)
	if err != nil {
		return err
	}
	err = work(ctx, c, s)
	if e := closeClient(ctx, c); err == nil {
		err = e
	}
	return err
}

// closeClient logs out, also after ctx has ended.
func closeClient(ctx context.Context, c *signal.Client) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	return c.Close(ctx)
}

// A dialFunc logs an account in.
type dialFunc func(ctx context.Context, account string) (*signal.Client, error)

// dialer returns what logs accounts in as the settings say.
func (p *program) dialer(ctx context.Context, s settings) (dialFunc, error) {
	if err := s.checkURLs(); err != nil {
		return nil, err
	}
	if err := checkAccount(s.Account); err != nil {
		return nil, err
	}
	proof, err := p.readCredentials(ctx, s)
	if err != nil {
		return nil, err
	}
	trust, err := s.tlsConfig()
	if err != nil {
		return nil, err
	}
	opts := []signal.Option{
		signal.WithServer(s.Servers...), signal.WithDiscovery(s.Discovery...), signal.WithTLSConfig(trust), signal.WithCallTimeout(s.timeout),
	}
	if p.flags.verbose {
		opts = append(opts, signal.WithLogger(slog.New(slog.NewTextHandler(p.out.stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	}
	return func(ctx context.Context, account string) (*signal.Client, error) {
		// A login made anew needs a token that is good then.
		source := func(context.Context) (string, error) { return proof.tokenFor(s.App, account), nil }
		c, err := p.dial(ctx, s, account, append(opts[:len(opts):len(opts)], signal.WithTokenSource(source)))
		if err != nil && errors.Is(err, signal.LoginETokenWrong) && proof == (credentials{}) {
			err = hinted{err, "this app demands a token: --token-file, SIGNAL_TOKEN or --certificate-file say one"}
		}
		return c, err
	}, nil
}

// dial logs in within the timeout. Who watches is told when that takes long.
func (p *program) dial(ctx context.Context, s settings, account string, opts []signal.Option) (*signal.Client, error) {
	in, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.timeout)
	defer cancel()
	// A login that is cut off may leave a session behind, until the server finds out.
	defer context.AfterFunc(ctx, func() { time.AfterFunc(loginGrace, cancel) })()
	slow := time.AfterFunc(slowLogin, func() {
		p.out.notef("Still trying to log in to %s as %s …", strings.Join(slices.Concat(s.Discovery, s.Servers), ", "), clean(account))
	})
	defer slow.Stop()
	c, err := signal.Dial(in, s.App, account, opts...)
	if ctx.Err() == nil {
		return c, err
	}
	if c != nil {
		_ = closeClient(ctx, c) // what cannot be ended here ends by itself
	}
	return nil, context.Cause(ctx)
}

// tlsConfig says whom to trust.
func (s *settings) tlsConfig() (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.TLSCA == "" {
		return cfg, nil
	}
	pem, err := os.ReadFile(s.TLSCA)
	if err != nil {
		return nil, usagef("TLS authorities: %w", err)
	}
	cfg.RootCAs = x509.NewCertPool()
	if !cfg.RootCAs.AppendCertsFromPEM(pem) {
		return nil, usagef("TLS authorities: no certificate in %s: want PEM", s.TLSCA)
	}
	return cfg, nil
}

// within gives a request its time.
func (s *settings) within(ctx context.Context, request func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, s.timeout, fmt.Errorf("no answer within %v: %w", s.timeout, context.DeadlineExceeded))
	defer cancel()
	return request(ctx)
}
