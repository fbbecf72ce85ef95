package checkup

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// An answer is what came of a question by HTTP. Without one, code is 0.
type answer struct {
	code   int
	status string
	date   string
	tls    *tls.ConnectionState
	body   []byte
	took   time.Duration
}

// get asks by HTTP, once, on a connection of its own.
func (w *Way) get(ctx context.Context, u *url.URL) (a answer, err error) {
	ctx, cancel := context.WithTimeout(ctx, w.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return a, err
	}
	client := &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: w.tls(), DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	began := time.Now()
	resp, err := client.Do(req)
	a.took = time.Since(began)
	if err != nil {
		if timedOut(ctx, err) {
			err = fmt.Errorf("no answer within %v", w.Timeout)
		}
		return a, err
	}
	defer func() { _ = resp.Body.Close() }()
	a.code, a.status, a.date, a.tls = resp.StatusCode, resp.Status, resp.Header.Get("Date"), resp.TLS
	a.body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	return a, err
}

const maxAnswer = 64 << 10 // bytes, of which clients read no more either

func (w *Way) tls() *tls.Config {
	if w.TLS == nil {
		return nil
	}
	return w.TLS.Clone()
}

// greet asks a server by HTTP, for its certificate and its clock. Whether it says yes or no does not matter.
func (w *Way) greet(ctx context.Context, target string, u *url.URL) bool {
	at := web(u)
	at.Path, at.RawQuery, at.Fragment = "/healthz", "", ""
	a, err := w.get(ctx, at)
	if !w.secured(target, at, a, err) {
		return false
	}
	if err == nil { // else the handshake says it
		w.clock(target, a)
	}
	return true
}

// Clocks may differ so far. A token that is made here expires by the server's clock.
const (
	skewNoted  = 5 * time.Second
	skewHarms  = time.Minute
	dateRounds = time.Second // of the header: it has no fractions
)

// clock compares the clocks here and there.
func (w *Way) clock(target string, a answer) {
	f := Finding{Check: "clock", Target: target, Status: OK}
	there, err := http.ParseTime(a.date)
	if err != nil {
		f.Status, f.Detail, f.Advice = Warn, "the server does not say what time it has", "compare the clocks by hand when tokens are refused as expired"
		w.Report(f)
		return
	}
	// It was written in the middle of the way there and back, and its fraction is lost.
	ahead := w.Now().Add(-a.took / 2).Sub(there.Add(dateRounds / 2))
	off := ahead.Abs()
	side := "behind"
	if ahead > 0 {
		side = "ahead of"
	}
	f.Detail = fmt.Sprintf("this machine's clock is %v %s the server's", off.Round(time.Second), side)
	switch {
	case off <= dateRounds+a.took:
		f.Detail = "this machine and the server have the same time"
	case off > skewHarms:
		f.Status, f.Advice = Fail, "set the clocks (NTP): tokens expire by the server's, certificates by this machine's"
	case off > skewNoted:
		f.Status, f.Advice = Warn, "set the clocks (NTP) before tokens expire too early or too late"
	}
	w.Report(f)
}
