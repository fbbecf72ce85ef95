package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/recorder"
	"github.com/agora-signal-go/signal/internal/suite"
)

// An authority issues certificates for 127.0.0.1.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return &authority{cert, key}
}

// make returns a certificate and its key as PEM.
func (a *authority) make(t *testing.T, serial int64) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "signald"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, a.cert, k.Public(), a.key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(k)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
}

// issue writes a certificate and its key to files.
func (a *authority) issue(t *testing.T, serial int64) (certFile, keyFile string) {
	t.Helper()
	cert, key := a.make(t, serial)
	return write(t, "cert.pem", cert), write(t, "key.pem", key)
}

// trust is what clients need to know.
func (a *authority) trust() *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return &tls.Config{RootCAs: pool}
}

// serial returns the serial number of the certificate that is shown at an address.
func (a *authority) serial(t *testing.T, addr string) int64 {
	t.Helper()
	conn, err := (&tls.Dialer{Config: a.trust()}).DialContext(t.Context(), "tcp", addr)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	secure, ok := conn.(*tls.Conn)
	require.True(t, ok)
	return secure.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

// Everything that the service promises, by the daemon over TLS.
func TestSuite(t *testing.T) {
	t.Parallel()
	suite.Run(t, overTLS)
}

// The same through the second face of the client.
func TestSuiteThroughClient(t *testing.T) {
	t.Parallel()
	suite.RunClient(t, overTLS)
}

// overTLS starts a daemon with a certificate.
func overTLS(t *testing.T) (string, []signal.Option) {
	t.Helper()
	a := newAuthority(t)
	cert, key := a.issue(t, 1)
	p := spawn(t, "-tls-cert", cert, "-tls-key", key, "-app", suite.OpenApp, "-app", suite.SecuredApp+":"+suite.Certificate)
	return "wss://" + p.wss + "/", []signal.Option{signal.WithTLSConfig(a.trust())}
}

// Certificates are replaced under load, and nobody notices but those who connect.
func TestCertificateSwap(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	cert, key := a.issue(t, 1)
	p := spawn(t, "-tls-cert", cert, "-tls-key", key)
	opts := []signal.Option{signal.WithServer("wss://" + p.wss + "/"), signal.WithTLSConfig(a.trust())}
	require.Equal(t, int64(1), a.serial(t, p.wss))

	var talking sync.WaitGroup
	var stop atomic.Bool
	defer talking.Wait()
	defer stop.Store(true)
	var users []user
	for i := range 4 {
		u := loggedIn(t, fmt.Sprint("user", i), opts...)
		users = append(users, u)
		talking.Go(func() {
			pace := time.NewTicker(10 * time.Millisecond) // more is refused
			defer pace.Stop()
			for !stop.Load() {
				<-pace.C
				u.QueryUserStatus("nobody")
				if !assert.True(t, u.Next(t).Is("OnQueryUserStatusResult")) {
					return
				}
			}
		})
	}

	// The files change one after the other: what does not fit together is not taken up.
	newCert, newKey := a.make(t, 2)
	rewrite(t, cert, newCert)
	p.log.await(t, "certificate not taken up")
	require.Equal(t, int64(1), a.serial(t, p.wss))
	rewrite(t, key, newKey)
	p.log.await(t, "certificate taken up.* serial=2 ")
	require.Equal(t, int64(2), a.serial(t, p.wss))
	loggedIn(t, "late", opts...)

	// With a signal there is nothing to wait for.
	newCert, newKey = a.make(t, 3)
	rewrite(t, key, newKey)
	rewrite(t, cert, newCert)
	p.signal(syscall.SIGHUP)
	p.log.await(t, "settings taken up")
	require.Equal(t, int64(3), a.serial(t, p.wss))

	// A file that is away for a while does no harm either.
	require.NoError(t, os.Rename(cert, filepath.Join(filepath.Dir(cert), "away")))
	p.log.await(t, "certificate not taken up")
	require.Equal(t, int64(3), a.serial(t, p.wss))

	stop.Store(true)
	talking.Wait()
	for _, u := range users {
		assert.Zero(t, u.Count("OnReconnecting", recorder.Any), "connections stay as they are")
	}
}
