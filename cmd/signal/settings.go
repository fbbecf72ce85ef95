package main

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/cmd/signal/internal/contexts"
)

const (
	defaultServer = signal.DefaultServer
	defaultApp    = "demo"
)

// settings say where to log in, as whom, and how.
type settings struct {
	contexts.Context
	context string // the name, "" when none was used
	chosen  bool   // somebody said which account
	timeout time.Duration
}

// settings returns what flags, the environment and the context say, in this order. URLs are not checked.
func (p *program) settings() (settings, error) { return p.settingsWithout(func(*contexts.Context) {}) }

// settingsWithout returns them, with something struck from each of the three.
func (p *program) settingsWithout(strike func(*contexts.Context)) (settings, error) {
	var s settings
	file, _, err := p.loadContexts()
	if err != nil {
		return s, err
	}
	s.context = or(or(p.flags.context, p.getenv("SIGNAL_CONTEXT")), file.Selected)
	saved, err := file.Get(s.context)
	if err != nil {
		return s, usagef("%w: signal context list shows those there are", err)
	}
	given, env := p.flags.given, p.environment()
	for _, c := range []*contexts.Context{&given, &env, &saved} {
		strike(c)
	}
	s.Context = given.Over(env).Over(saved)
	err = s.complete()
	return s, err
}

// environment returns what variables say.
func (p *program) environment() contexts.Context {
	list := func(name string) []string {
		return strings.FieldsFunc(p.getenv(name), func(r rune) bool { return r == ',' || r == ' ' })
	}
	return contexts.Context{
		Servers: list("SIGNAL_SERVER"), Discovery: list("SIGNAL_DISCOVERY"), App: p.getenv("SIGNAL_APP"), Account: p.getenv("SIGNAL_ACCOUNT"),
		Token: p.getenv("SIGNAL_TOKEN"), TokenFile: p.getenv("SIGNAL_TOKEN_FILE"), CertificateFile: p.getenv("SIGNAL_CERTIFICATE_FILE"), Certificate: p.getenv("SIGNAL_CERTIFICATE"),
		TLSCA: p.getenv("SIGNAL_TLS_CA"), Timeout: p.getenv("SIGNAL_TIMEOUT"),
	}
}

// complete puts defaults where nothing is said, and checks what has to do with no address.
func (s *settings) complete() error {
	n := 0
	for _, said := range []string{s.Token, s.TokenFile, s.CertificateFile, s.Certificate} {
		if said != "" {
			n++
		}
	}
	if n > 1 {
		return usagef("want one of token, token file, certificate file and certificate, got %d", n)
	}
	if len(s.Servers)+len(s.Discovery) == 0 {
		s.Servers = []string{defaultServer}
	}
	if s.App == "" {
		s.App = defaultApp
	}
	s.chosen = s.Account != ""
	if !s.chosen {
		s.Account = randomAccount()
	}
	s.timeout = defaultTimeout
	if s.Timeout != "" {
		d, err := time.ParseDuration(s.Timeout)
		if err != nil || d <= 0 {
			return usagef("timeout: want a duration above 0 such as 10s, got %q", s.Timeout)
		}
		s.timeout = d
	}
	return nil
}

// checkURLs says which address is no good.
func (s *settings) checkURLs() error {
	for _, u := range s.Servers {
		if err := checkURL(u, "ws", "wss"); err != nil {
			return usagef("server %q: %w", u, err)
		}
	}
	for _, u := range s.Discovery {
		if err := checkURL(u, "http", "https"); err != nil {
			return usagef("discovery %q: %w", u, err)
		}
	}
	return nil
}

func checkURL(s string, schemes ...string) error {
	u, err := url.Parse(s)
	if bad := (*url.Error)(nil); errors.As(err, &bad) {
		err = bad.Err
	}
	switch {
	case err != nil:
		return err
	case !slices.Contains(schemes, u.Scheme):
		return fmt.Errorf("want a URL that begins with %s://", strings.Join(schemes, ":// or "))
	case u.Hostname() == "":
		return errors.New("want a URL with a host")
	case u.User != nil:
		return errors.New("want a URL without user and password")
	}
	return nil
}
