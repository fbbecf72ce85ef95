package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"time"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/cmd/signal/internal/checkup"
)

// settings checks what is known here, before anybody is asked.
func (d *doctor) settings(ctx context.Context) (*tls.Config, bool) {
	f := checkup.Finding{Check: "settings", Status: checkup.OK, Detail: fmt.Sprintf("app %s, account %s", d.s.App, d.s.Account)}
	if d.s.context != "" {
		f.Detail += ", context " + d.s.context
	}
	proof, err := d.p.readCredentials(ctx, d.s)
	var trust *tls.Config
	if err == nil {
		trust, err = d.s.tlsConfig()
	}
	if err == nil {
		err = checkAccount(d.s.Account)
	}
	if err != nil {
		f.Status, f.Detail, f.Advice = checkup.Fail, err.Error(), "correct the flag, the variable or the context that says it"
		d.report(f)
		return nil, false
	}
	d.report(f)
	d.proof(proof)
	if d.s.TokenFile == "-" || d.s.CertificateFile == "-" { // the input is read
		d.s.TokenFile, d.s.CertificateFile, d.s.Token, d.s.Certificate = "", "", proof.token, proof.certificate
	}
	return trust, true
}

// tokenEndsSoon is when a token that is still good is warned of.
const tokenEndsSoon = 5 * time.Minute

// proof looks at what the account is to log in with. The server has the last word.
func (d *doctor) proof(c credentials) {
	f := checkup.Finding{Check: "token", Status: checkup.OK}
	defer func() { d.report(f) }()
	switch {
	case c.certificate != "":
		f.Detail = "one is made from the app's certificate"
		return
	case c.token == "" || c.token == signal.NoToken:
		f.Detail = "none: good where the app has no certificate"
		return
	}
	app, expires, err := parseToken(c.token)
	left := time.Until(expires)
	switch {
	case err != nil:
		f.Status, f.Detail, f.Advice = checkup.Warn, err.Error(), "see that it is whole: signal token make makes another"
	case app != d.s.App:
		f.Status, f.Detail, f.Advice = checkup.Warn, fmt.Sprintf("it is for app %s, not for %s", app, d.s.App), "say the right --app, or make another token"
	case left < 0:
		f.Status, f.Detail, f.Advice = checkup.Warn, "it has expired "+fromNow(expires), "signal token make makes another"
	case left < tokenEndsSoon:
		f.Status, f.Detail, f.Advice = checkup.Warn, "it expires "+fromNow(expires), "signal token make makes another"
	default:
		f.Detail = "it expires " + fromNow(expires)
	}
}

// fromNow says how far away a time is.
func fromNow(t time.Time) string {
	if left := time.Until(t); left >= 0 {
		return "in " + checkup.Span(left)
	}
	return checkup.Span(time.Since(t)) + " ago"
}
