package checkup

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"
)

// expiresSoon is when a certificate that is still good is warned of.
const expiresSoon = 14 * 24 * time.Hour

// secured checks, by how a question by HTTP ended, that the way is encrypted and the other side is who it should be. It is
// true where there is no TLS at all.
func (w *Way) secured(target string, u *url.URL, a answer, err error) bool {
	if u.Scheme != "https" {
		return true
	}
	f := Finding{Check: "tls", Target: target, Took: a.took, Status: OK}
	if err != nil && a.code == 0 {
		f.Status = Fail
		f.Detail, f.Advice = w.tlsFailure(u.Hostname(), err)
		w.Report(f)
		return false
	}
	leaf := a.tls.PeerCertificates[0]
	left := leaf.NotAfter.Sub(w.Now())
	f.Detail = fmt.Sprintf("%s, a certificate of %s by %s, until %s", tls.VersionName(a.tls.Version), names(leaf), leaf.Issuer, leaf.NotAfter.Format(time.DateOnly))
	if left < expiresSoon {
		f.Status = Warn
		f.Detail += fmt.Sprintf(", which is in %s", Span(left))
		f.Advice = "renew the certificate in time"
	}
	w.Report(f)
	return true
}

// tlsFailure says what kept a connection from being secure, and what to do.
func (w *Way) tlsFailure(host string, err error) (detail, advice string) {
	var (
		invalid x509.CertificateInvalidError
		name    x509.HostnameError
		unknown x509.UnknownAuthorityError
		record  tls.RecordHeaderError
		alert   *net.OpError
	)
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && w.Now().Before(invalid.Cert.NotBefore):
		return fmt.Sprintf("the certificate of %s is not good before %s", host, invalid.Cert.NotBefore.Format(time.RFC3339)),
			"set this machine's clock, or wait"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Sprintf("the certificate of %s expired on %s, %s ago", host, invalid.Cert.NotAfter.Format(time.DateOnly), Span(w.Now().Sub(invalid.Cert.NotAfter))),
			"renew the certificate of the server; set this machine's clock if it is that which is wrong"
	case errors.As(err, &invalid):
		return fmt.Sprintf("the certificate of %s is no good: %v", host, invalid), "give the server another certificate"
	case errors.As(err, &name):
		return fmt.Sprintf("the certificate is for %s, not for %s", names(name.Certificate), host),
			"use a name that is in the certificate, or give the server a certificate with this name"
	case errors.As(err, &unknown):
		issuer := "nobody"
		if unknown.Cert != nil {
			issuer = unknown.Cert.Issuer.String()
		}
		return fmt.Sprintf("the certificate of %s is by %s, whom this machine does not trust", host, issuer),
			"give the authority's certificate by --tls-ca; the server must send the whole chain"
	case errors.As(err, &record) || strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "what answers there speaks no TLS", "use ws:// or http:// for this port, or the port with TLS, which is often the next one"
	case errors.As(err, &alert) && alert.Op == "remote error":
		return fmt.Sprintf("the server refuses the TLS handshake: %v", alert.Err), "look at the server's log; client certificates are not supported"
	}
	return fmt.Sprintf("no secure connection: %s", reason(err)), "look at what stands before the server: a proxy, a balancer, a firewall"
}

// names returns what a certificate is for.
func names(c *x509.Certificate) string {
	found := append([]string(nil), c.DNSNames...)
	for _, ip := range c.IPAddresses {
		found = append(found, ip.String())
	}
	if len(found) == 0 {
		return c.Subject.String()
	}
	return strings.Join(found, ", ")
}

// Span writes a long time in its largest unit.
func Span(d time.Duration) string {
	for _, unit := range []struct {
		name string
		size time.Duration
	}{{"days", 24 * time.Hour}, {"hours", time.Hour}, {"minutes", time.Minute}} {
		if d >= 2*unit.size {
			return fmt.Sprintf("%d %s", d/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%d seconds", d/time.Second)
}
