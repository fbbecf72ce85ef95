package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/server"
)

// settings are all that the daemon can be told.
type settings struct {
	raw map[string]string // as they were given, by name: what a reload compares

	addr, tlsAddr, adminAddr string
	tlsCert, tlsKey          string
	certificate              *tls.Certificate // nil: no TLS
	apps                     map[string]string
	advertise                []string
	origins                  []string // nil: any
	proxies                  []string
	eventAccounts            []string
	messagesByID             string // "on" or "off"
	demo                     bool
	demoICE                  []string // URLs
	adminToken               string
	adminTokenFile           string
	logLevel                 slog.Level
	logFormat                string
	drainTimeout             time.Duration
	limits                   server.Limits

	data                 string // a directory; "": none
	dataSync             string
	dataSyncEvery        time.Duration // of dataSync; 0: always
	dataMaxBytes         int64
	nats                 []string
	natsCreds, natsCA    string
	natsTimeout          time.Duration
	natsTLS              *tls.Config // nil: as the URLs say
	cluster              string
	partitions, replicas int
	streams              int
}

// A setting is one flag, one variable of the environment and one key of the configuration file.
type setting struct {
	name    string
	arg     string // what its value is called in the help
	initial string
	usage   string
	list    bool // may be given many times
	live    bool // a reload changes it
	secret  bool // not to be given as a flag, where everybody on the machine can read it
	toggle  bool // as a flag it needs no value
	set     func(value string) error
}

// env is the setting's variable in the environment.
func (s *setting) env() string {
	return "SIGNALD_" + strings.ToUpper(strings.ReplaceAll(s.name, "-", "_"))
}

// settingsOf returns all settings. What they are set to goes into s.
func settingsOf(s *settings) []setting {
	return []setting{
		{
			name: "addr", arg: "HOST:PORT", initial: "127.0.0.1:8001", set: address(&s.addr),
			usage: "where clients connect without TLS: websockets, GET /getaddr, /healthz and /readyz; port 0 takes a free one, no host all interfaces",
		},
		{
			name: "tls-addr", arg: "HOST:PORT", set: address(&s.tlsAddr),
			usage: "where clients connect with TLS; empty: the host of -addr and its port + 1, where original web clients look for it",
		},
		{name: "tls-cert", arg: "FILE", live: true, set: text(&s.tlsCert), usage: "certificate chain, PEM; a changed file is taken up without a restart"},
		{name: "tls-key", arg: "FILE", live: true, set: text(&s.tlsKey), usage: "private key of -tls-cert, PEM"},
		{
			name: "app", arg: "ID[:CERTIFICATE]", list: true, live: true, set: s.addApp,
			usage: "an app to serve, with a certificate only to clients with a token that is signed with it; the certificate begins behind the last colon; without any app every app ID is served, without tokens",
		},
		{
			name: "advertise", arg: "HOST:PORT|URL", list: true, set: s.addAdvertised,
			usage: "an address that /getaddr tells clients: of the plain port, TLS being on the next; or a URL such as wss://sig.example.com/, told as it is, which original clients do not understand: to them only numeric IPv4 addresses mean something; without any it is the address that was asked",
		},
		{
			name: "origins", arg: "ORIGIN", list: true, live: true, set: s.addOrigin,
			usage: "an origin whose web pages may connect, such as https://example.com; without any every origin may; clients that are no browsers are not affected",
		},
		{
			name: "admin-addr", arg: "HOST:PORT", initial: adminDefault, set: s.setAdminAddr,
			usage: "where those who operate the daemon ask: /metrics, /healthz, /readyz, /debug/pprof/ and /admin/; default: 127.0.0.1 and the port of -addr + 100; empty: nowhere",
		},
		{
			name: "admin-token", arg: "TOKEN", secret: true, set: text(&s.adminToken),
			usage: "who asks for /debug/pprof/ or /admin/ has to send it as \"Authorization: Bearer TOKEN\"; without a token /admin/ is off, and /debug/pprof/ too unless -admin-addr is a loopback address; not to be given as a flag",
		},
		{name: "admin-token-file", arg: "FILE", set: text(&s.adminTokenFile), usage: "the file that -admin-token is in, alone"},
		{name: "log-level", arg: "LEVEL", initial: "info", live: true, set: level(&s.logLevel), usage: "debug, info, warn or error"},
		{name: "log-format", arg: "FORMAT", initial: "text", set: oneOf(&s.logFormat, "text", "json"), usage: "text or json, one record a line, on stderr"},
		{
			name: "drain-timeout", arg: "DURATION", initial: "10s", set: duration(&s.drainTimeout),
			usage: "how long the end may take after SIGTERM; connections that are left then are cut",
		},
		{name: "trusted-proxies", arg: "NETWORK", list: true, set: s.addProxy, usage: "a network or an address of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed; without any nobody's are"},
		{
			name: "event-account", arg: "ACCOUNT", list: true, set: s.addEventAccount,
			usage: "an account that may join the special channels __agora_user_online and __agora_channel_event, of whatever app; * means every account; without any it is every account when no app has a certificate, else none",
		},
		{name: "messages-by-id", arg: "on|off", initial: "off", set: oneOf(&s.messagesByID, "on", "off"), usage: "whether web clients are switched to the newer of their dialects: messages by id instead of by version"},
		{
			name: "demo", initial: "off", toggle: true, set: toggle(&s.demo),
			usage: "serve a page at /demo/ where clients connect, with chat and video calls in a browser, and lead browsers there from /; on or off, as a flag alone it is on; apps that have a certificate want a token there as anywhere",
		},
		{name: "demo-ice", arg: "URL", list: true, set: s.addICE, usage: "an ICE server that calls in -demo use, such as stun:stun.example.com:3478; without any they come about where two browsers reach each other directly"},
		{
			name: "data", arg: "DIR", set: text(&s.data),
			usage: "a directory to keep all state in, so that it outlives the process; made if need be; one daemon at a time has it; without -data and -nats the state is in memory",
		},
		{
			name: "data-sync", arg: "always|DURATION", initial: "1s", set: s.setDataSync,
			usage: "when what is written to -data is forced onto the disk: always, which costs time with every call, or so often; what a power failure may take is what was not; a crash of the daemon takes nothing either way",
		},
		{name: "data-max-bytes", arg: "N", set: number(&s.dataMaxBytes), usage: "bytes that -data may take; over it calls are refused; empty: what the disk has"},
		{
			name: "nats", arg: "URL", list: true, set: s.addNATS,
			usage: "a server of a NATS cluster with JetStream to keep all state in, such as nats://10.0.0.1:4222 or tls://…; many times or by commas; all daemons with the same -nats and -cluster are one server",
		},
		{name: "nats-creds", arg: "FILE", set: text(&s.natsCreds), usage: "a user's JWT and key for -nats"},
		{name: "nats-ca", arg: "FILE", set: text(&s.natsCA), usage: "certificates, PEM, that those of -nats are checked by; empty: those of the system"},
		{
			name: "nats-timeout", arg: "DURATION", initial: "30s", set: duration(&s.natsTimeout),
			usage: "how long the daemon waits at its beginning for -nats to answer and to be ready; then it gives up; later it waits for ever",
		},
		{name: "cluster", arg: "NAME", initial: "signald", set: text(&s.cluster), usage: "the name of the deployment at -nats: A-Z a-z 0-9 - _"},
		{
			name: "partitions", arg: "N", set: number(&s.partitions),
			usage: "into how many parts the state is divided when -data or -nats is new: nodes own whole parts; it cannot be changed; empty: what there is, and of what is new 16 with -data, 64 with -nats",
		},
		{name: "streams", arg: "N", set: number(&s.streams), usage: "in how many streams of -nats the journals are, when it is new: as many as its servers, or some more; it cannot be changed; empty: 4"},
		{name: "replicas", arg: "N", set: number(&s.replicas), usage: "on how many servers of -nats all that is kept is, when it is new: 1, 3 or 5; empty: 3 where there is a cluster"},
		{name: "max-connections", arg: "N", initial: "250000", set: number(&s.limits.Sockets), usage: "connections of the server; over it 503; -1: no limit, as in all that follow"},
		{name: "max-pending", arg: "N", initial: "10000", set: number(&s.limits.PendingSockets), usage: "connections that have not logged in; over it the oldest goes"},
		{name: "max-connections-per-ip", arg: "N", set: number(&s.limits.SocketsPerIP), usage: "connections from one address (of IPv6: one /64); over it 429; default 5000, loopback addresses unlimited"},
		{name: "max-logins-per-ip", arg: "N", set: number(&s.limits.LoginsPerIPPerSecond), usage: "logins a second from one address; over it 429; default 200, loopback addresses unlimited"},
		{name: "max-failed-tokens-per-ip", arg: "N", set: number(&s.limits.FailedTokensPerIP), usage: "wrong tokens from one address that have no consequence, each further one bars it for a while; default 20, loopback addresses unlimited"},
		{name: "user-messages-per-second", arg: "N", initial: "60", set: number(&s.limits.UserMessagesPerSecond), usage: "messages of one user, over it refused"},
		{name: "channel-messages-per-second", arg: "N", initial: "200", set: number(&s.limits.ChannelMessagesPerSecond), usage: "messages to one channel, over it refused"},
		{name: "calls-per-second", arg: "N", initial: "200", set: number(&s.limits.CallsPerSecond), usage: "calls of one session, of whatever function, over it refused"},
		{name: "max-sessions", arg: "N", initial: "1000000", set: number(&s.limits.Sessions), usage: "sessions of the server"},
		{name: "max-apps", arg: "N", initial: "1000", set: number(&s.limits.UnnamedApps), usage: "app IDs that have sessions, on one processor"},
		{name: "max-accounts", arg: "N", initial: "1000000", set: number(&s.limits.Accounts), usage: "accounts remembered, online or not"},
		{name: "max-channels", arg: "N", initial: "10000", set: number(&s.limits.MemberlessChannels), usage: "channels that live on without members"},
		{name: "max-messages", arg: "N", initial: "1000", set: number(&s.limits.Messages), usage: "messages that wait for one account; who sends more to it is refused"},
		{name: "max-stored-bytes", arg: "N", initial: "1073741824", set: number(&s.limits.StoredBytes), usage: "bytes of all messages that wait"},
		{name: "message-ttl", arg: "DURATION", initial: "720h", set: duration(&s.limits.MessageTTL), usage: "how long a message waits at most"},
		{name: "outbound-bytes", arg: "N", initial: "1048576", set: number(&s.limits.OutboundBytes), usage: "bytes that may wait to be sent on one connection; over it the connection is closed as slow and may resume"},
		{name: "login-timeout", arg: "DURATION", initial: "10s", set: duration(&s.limits.LoginWithin), usage: "a connection that has not logged in by then is closed"},
	}
}

// adminDefault stands for an address that is made of -addr.
const adminDefault = "auto"

func text(to *string) func(string) error {
	return func(v string) error {
		*to = v
		return nil
	}
}

func address(to *string) func(string) error {
	return func(v string) error {
		if v != "" {
			if _, port, err := net.SplitHostPort(v); err != nil || !isPort(port, 0) {
				return fmt.Errorf("%q is not HOST:PORT", v)
			}
		}
		*to = v
		return nil
	}
}

func isPort(s string, least uint64) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n >= least
}

func level(to *slog.Level) func(string) error {
	return func(v string) error {
		if err := to.UnmarshalText([]byte(v)); err != nil {
			return fmt.Errorf("%q is not debug, info, warn or error", v)
		}
		return nil
	}
}

func oneOf(to *string, words ...string) func(string) error {
	return func(v string) error {
		for _, w := range words {
			if v == w {
				*to = v
				return nil
			}
		}
		return fmt.Errorf("%q is not %s", v, strings.Join(words, " or "))
	}
}

// toggle takes the words for yes and no.
func toggle(to *bool) func(string) error {
	return func(v string) error {
		switch v {
		case "on", "true":
			*to = true
		case "off", "false":
			*to = false
		default:
			return fmt.Errorf("%q is not on or off", v)
		}
		return nil
	}
}

// duration takes nothing that means "default" or "no limit" to the server by accident.
func duration(to *time.Duration) func(string) error {
	return func(v string) error {
		d, err := time.ParseDuration(v)
		switch {
		case v == "-1":
			d = -1
		case err != nil || d <= 0:
			return fmt.Errorf("%q is not a duration above 0, such as 90s", v)
		}
		*to = d
		return nil
	}
}

func number[T int | int64](to *T) func(string) error {
	return func(v string) error {
		if v == "" { // what the server thinks best
			return nil
		}
		n, err := strconv.ParseInt(v, 10, strconv.IntSize)
		if err != nil || n < -1 || n == 0 {
			return fmt.Errorf("%q is not a number above 0, nor -1 for no limit", v)
		}
		*to = T(n)
		return nil
	}
}

// addApp adds ID[:CERTIFICATE]. Its errors never tell the certificate.
func (s *settings) addApp(v string) error {
	id, certificate := v, ""
	if i := strings.LastIndexByte(v, ':'); i >= 0 {
		id, certificate = v[:i], v[i+1:]
	}
	if wire.CheckName("app", id) != nil {
		return errors.New("an app ID has 1 to 128 printable bytes")
	}
	if _, ok := s.apps[id]; ok {
		return fmt.Errorf("the app %q is given twice", id)
	}
	if s.apps == nil {
		s.apps = make(map[string]string)
	}
	s.apps[id] = certificate
	return nil
}

func (s *settings) addAdvertised(v string) error {
	if u, err := url.Parse(v); err == nil && u.Host != "" && (u.Scheme == "ws" || u.Scheme == "wss") {
		v = u.String()
	} else if host, port, err := net.SplitHostPort(v); err != nil || host == "" || !isPort(port, 1) {
		return fmt.Errorf("%q is neither HOST:PORT nor a URL such as wss://sig.example.com/", v)
	}
	s.advertise = append(s.advertise, v)
	return nil
}

func (s *settings) addOrigin(v string) error {
	u, err := url.Parse(v)
	if err != nil || u.Scheme == "" || u.Host == "" || u.Scheme+"://"+u.Host != v {
		return fmt.Errorf("%q is not an origin such as https://example.com", v)
	}
	s.origins = append(s.origins, v)
	return nil
}

func (s *settings) addEventAccount(v string) error {
	if v != "*" {
		if bad := wire.CheckAccount("account", v); bad != nil {
			return bad
		}
	}
	s.eventAccounts = append(s.eventAccounts, v)
	return nil
}

// setDataSync reads when data is forced onto the disk.
func (s *settings) setDataSync(v string) error {
	s.dataSync, s.dataSyncEvery = v, 0
	if v == "always" {
		return nil
	}
	d, err := time.ParseDuration(v)
	if err != nil || d < time.Millisecond {
		return fmt.Errorf("%q is neither always nor a duration of 1ms or more, such as 200ms", v)
	}
	s.dataSyncEvery = d
	return nil
}

func (s *settings) addNATS(v string) error {
	for one := range strings.SplitSeq(v, ",") {
		u, err := url.Parse(one)
		if err != nil || u.Hostname() == "" || !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) {
			return errors.New("want the URL of a NATS server, such as nats://10.0.0.1:4222") // it may have a password in it
		}
		s.nats = append(s.nats, one)
	}
	return nil
}

// watchers returns the accounts that may join the special channels.
func (s *settings) watchers() []string {
	if len(s.eventAccounts) > 0 {
		return s.eventAccounts
	}
	for _, certificate := range s.apps {
		if certificate != "" {
			return nil
		}
	}
	return []string{"*"}
}

func (s *settings) addProxy(v string) error {
	_, err := netip.ParsePrefix(v)
	if err != nil {
		_, err = netip.ParseAddr(v)
	}
	if err != nil {
		return fmt.Errorf("%q is not a network such as 10.0.0.0/8, nor an address", v)
	}
	s.proxies = append(s.proxies, v)
	return nil
}

func (s *settings) setAdminAddr(v string) error {
	if v == adminDefault {
		s.adminAddr = v
		return nil
	}
	return address(&s.adminAddr)(v)
}

// complete checks what concerns several settings, and reads the files that they name.
func (s *settings) complete() error {
	switch {
	case s.addr == "":
		return errors.New("-addr is empty")
	case (s.tlsCert == "") != (s.tlsKey == ""):
		return errors.New("-tls-cert and -tls-key go together")
	case s.tlsAddr != "" && s.tlsCert == "":
		return errors.New("-tls-addr needs -tls-cert and -tls-key")
	case s.drainTimeout < 0:
		return errors.New("-drain-timeout must have an end")
	case s.data != "" && len(s.nats) > 0:
		return errors.New("-data and -nats exclude each other")
	case len(s.nats) == 0 && (s.natsCreds != "" || s.natsCA != "" || s.replicas != 0 || s.streams != 0):
		return errors.New("-nats-creds, -nats-ca, -replicas and -streams need -nats")
	case s.natsTimeout < 0:
		return errors.New("-nats-timeout must have an end")
	case s.data == "" && s.dataMaxBytes != 0:
		return errors.New("-data-max-bytes needs -data")
	case s.data == "" && len(s.nats) == 0 && s.partitions != 0:
		return errors.New("-partitions needs -data or -nats")
	case s.partitions < 0 || s.replicas < 0 || s.streams < 0 || s.dataMaxBytes < 0:
		return errors.New("-partitions, -replicas, -streams and -data-max-bytes are above 0")
	case !s.demo && len(s.demoICE) > 0:
		return errors.New("-demo-ice needs -demo")
	case s.adminToken != "" && s.adminTokenFile != "":
		return errors.New("-admin-token and -admin-token-file exclude each other")
	}
	if s.adminAddr == adminDefault {
		s.adminAddr = adminBeside(s.addr)
	}
	if s.adminTokenFile != "" {
		b, err := os.ReadFile(s.adminTokenFile)
		if err != nil {
			return fmt.Errorf("-admin-token-file: %w", err)
		}
		if s.adminToken = strings.TrimSpace(string(b)); s.adminToken == "" {
			return fmt.Errorf("-admin-token-file: %s is empty", s.adminTokenFile)
		}
	}
	if s.natsCA != "" {
		b, err := os.ReadFile(s.natsCA)
		if err != nil {
			return fmt.Errorf("-nats-ca: %w", err)
		}
		s.natsTLS = &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
		if !s.natsTLS.RootCAs.AppendCertsFromPEM(b) {
			return fmt.Errorf("-nats-ca: %s has no certificate", s.natsCA)
		}
	}
	if s.tlsCert != "" {
		c, err := tls.LoadX509KeyPair(s.tlsCert, s.tlsKey)
		if err != nil {
			return fmt.Errorf("-tls-cert, -tls-key: %w", err)
		}
		s.certificate = &c
	}
	return nil
}

// adminBeside returns where -admin-addr is when nobody says: on the loopback interface, some ports away.
func adminBeside(addr string) string {
	const away = 100
	_, digits, _ := net.SplitHostPort(addr)      // was checked
	port, _ := strconv.ParseUint(digits, 10, 16) // was checked
	switch {
	case port > 65535-away:
		port -= away
	case port > 0:
		port += away
	}
	return net.JoinHostPort("127.0.0.1", strconv.FormatUint(port, 10))
}

// isLoopback says whether only this machine reaches an address.
func isLoopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
