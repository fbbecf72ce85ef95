package checkup_test

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/agora-signal-go/signal/cmd/signal/internal/checkup"
	"github.com/agora-signal-go/signal/cmd/signal/internal/planted"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// outline writes findings in short: the checks and how they ended.
func outline(findings []checkup.Finding) string {
	var all []string
	for _, f := range findings {
		all = append(all, fmt.Sprintf("%s:%s", f.Check, f.Status))
	}
	return strings.Join(all, " ")
}

func TestAllIsWell(t *testing.T) {
	ca := planted.NewAuthority(t)
	cert := ca.Issue("127.0.0.1", time.Now().Add(-time.Hour), time.Now().Add(1000*time.Hour))
	secure := planted.Signaling(t, nil, &cert)
	plain := planted.Signaling(t, nil, nil)

	found, reached := walk(t, checkup.Way{Servers: []string{planted.WebsocketURL(plain)}})
	require.Equal(t, "url:ok tcp:ok clock:ok websocket:ok", outline(found))
	require.Equal(t, []string{planted.WebsocketURL(plain)}, reached)

	found, reached = walk(t, checkup.Way{Servers: []string{planted.WebsocketURL(secure)}, TLS: &tls.Config{RootCAs: ca.Pool}})
	require.Equal(t, "url:ok tcp:ok tls:ok clock:ok websocket:ok", outline(found))
	require.Equal(t, []string{planted.WebsocketURL(secure)}, reached)
	require.Contains(t, found[2].Detail, "a certificate of 127.0.0.1 by CN=Test Authority")

	found, reached = walk(t, checkup.Way{Discovery: []string{secure.URL}, TLS: &tls.Config{RootCAs: ca.Pool}})
	require.Equal(t, "url:ok tcp:ok tls:ok clock:ok discovery:ok url:ok tcp:ok tls:ok clock:ok websocket:ok", outline(found))
	require.Equal(t, []string{planted.WebsocketURL(secure)}, reached)
	for _, f := range found {
		require.Empty(t, f.Advice)
		require.NotEmpty(t, f.Detail)
	}
}

// Each fault that is planted is found, as the last thing on the way, and there is something to do about it.
func TestPlantedFaults(t *testing.T) {
	ca := planted.NewAuthority(t)
	hour := time.Hour
	now := time.Now()
	good := ca.Issue("127.0.0.1", now.Add(-hour), now.Add(1000*hour))
	soon := ca.Issue("127.0.0.1", now.Add(-hour), now.Add(30*hour))
	old := ca.Issue("127.0.0.1", now.Add(-100*hour), now.Add(-72*hour))
	early := ca.Issue("127.0.0.1", now.Add(hour), now.Add(1000*hour))
	other := ca.Issue("sig.example.com", now.Add(-hour), now.Add(1000*hour))
	trusted, strangers := &tls.Config{RootCAs: ca.Pool}, &tls.Config{RootCAs: planted.NewAuthority(t).Pool}

	for name, test := range map[string]struct {
		way    checkup.Way
		want   string // of the outline
		detail string
		advice string
	}{
		"no URL":            {checkup.Way{Servers: []string{"ws://a b/"}}, "url:fail", "is no URL", "correct the address"},
		"wrong scheme":      {checkup.Way{Servers: []string{"http://a/"}}, "url:fail", "does not begin with ws:// or wss://", "wss://HOST:PORT"},
		"no host":           {checkup.Way{Discovery: []string{"https:///x"}}, "url:fail", "names no host", "https://HOST:PORT"},
		"no such name":      {checkup.Way{Servers: []string{"wss://nowhere.invalid/"}}, "url:ok dns:fail", "nowhere.invalid", ""},
		"nothing listens":   {checkup.Way{Servers: []string{"ws://" + planted.Nobody(t) + "/"}}, "url:ok tcp:fail", "nothing listens at", "start the server"},
		"discovery is down": {checkup.Way{Discovery: []string{"http://" + planted.Nobody(t)}}, "url:ok tcp:fail", "nothing listens at", "start the server"},
		"mute": {
			checkup.Way{Servers: []string{"ws://" + planted.Mute(t) + "/"}, Timeout: 100 * time.Millisecond},
			"url:ok tcp:ok websocket:fail", "no answer within", "signaling server",
		},
		"mute discovery": {
			checkup.Way{Discovery: []string{"http://" + planted.Mute(t)}, Timeout: 100 * time.Millisecond},
			"url:ok tcp:ok discovery:fail", "no answer within", "signaling server",
		},
		"expired":       {checkup.Way{Servers: []string{planted.WebsocketURL(planted.Signaling(t, nil, &old))}, TLS: trusted}, "url:ok tcp:ok tls:fail", "expired on", "renew"},
		"expired there": {checkup.Way{Discovery: []string{planted.Signaling(t, nil, &old).URL}, TLS: trusted}, "url:ok tcp:ok tls:fail", "3 days ago", "renew"},
		"not yet good":  {checkup.Way{Servers: []string{planted.WebsocketURL(planted.Signaling(t, nil, &early))}, TLS: trusted}, "url:ok tcp:ok tls:fail", "is not good before", "clock"},
		"wrong name":    {checkup.Way{Servers: []string{planted.WebsocketURL(planted.Signaling(t, nil, &other))}, TLS: trusted}, "url:ok tcp:ok tls:fail", "for sig.example.com, not for 127.0.0.1", "name"},
		"not trusted":   {checkup.Way{Servers: []string{planted.WebsocketURL(planted.Signaling(t, nil, &good))}, TLS: strangers}, "url:ok tcp:ok tls:fail", "by CN=Test Authority, whom", "--tls-ca"},
		"expires soon": {
			checkup.Way{Servers: []string{planted.WebsocketURL(planted.Signaling(t, nil, &soon))}, TLS: trusted},
			"url:ok tcp:ok tls:warn clock:ok websocket:ok", "which is in 29 hours", "renew",
		},
		"no TLS there": {
			checkup.Way{Servers: []string{strings.Replace(planted.WebsocketURL(planted.Signaling(t, nil, nil)), "ws:", "wss:", 1)}, TLS: trusted},
			"url:ok tcp:ok tls:fail", "speaks no TLS", "ws://",
		},
		"TLS there": {
			checkup.Way{Servers: []string{strings.Replace(planted.WebsocketURL(planted.Signaling(t, nil, &good)), "wss:", "ws:", 1)}},
			"url:ok tcp:ok clock:warn websocket:fail", "400 Bad Request", "use wss://",
		},
		"clock an hour off": {
			checkup.Way{Servers: []string{planted.WebsocketURL(planted.Signaling(t, planted.Dated(time.Hour), nil))}},
			"url:ok tcp:ok clock:fail websocket:ok", "clock is 1h0m0s behind the server's", "NTP",
		},
		"clock a little off": {
			checkup.Way{Servers: []string{planted.WebsocketURL(planted.Signaling(t, planted.Dated(-20*time.Second), nil))}},
			"url:ok tcp:ok clock:warn websocket:ok", "ahead of the server's", "NTP",
		},
		"not a discovery service": {
			checkup.Way{Discovery: []string{planted.Signaling(t, planted.Answering(http.StatusNotFound, ""), nil).URL}},
			"url:ok tcp:ok discovery:fail", "404 Not Found", "without a path",
		},
		"not JSON": {
			checkup.Way{Discovery: []string{planted.Signaling(t, planted.Answering(http.StatusOK, "<html>"), nil).URL}},
			"url:ok tcp:ok clock:ok discovery:fail", "want a JSON object", "signaling server",
		},
		"names nobody": {
			checkup.Way{Discovery: []string{planted.Signaling(t, planted.Answering(http.StatusOK, `{"urls":["http://x/"]}`), nil).URL}},
			"url:ok tcp:ok clock:ok discovery:fail", "names no server", "signaling server",
		},
		"names one that is down": {
			checkup.Way{Discovery: []string{planted.Signaling(t, planted.Answering(http.StatusOK, `{"urls":["ws://`+planted.Nobody(t)+`/"]}`), nil).URL}},
			"url:ok tcp:ok clock:ok discovery:ok url:ok tcp:fail", "nothing listens", "start the server",
		},
		"another web server": {
			checkup.Way{Servers: []string{"ws" + strings.TrimPrefix(plainWeb(t), "http")}},
			"url:ok tcp:ok clock:ok websocket:fail", "answers 404", "signaling server",
		},
	} {
		t.Run(name, func(t *testing.T) {
			found, reached := walk(t, test.way)
			require.Equal(t, test.want, outline(found))
			if strings.HasSuffix(test.want, "websocket:ok") {
				require.Len(t, reached, 1)
			} else {
				require.Empty(t, reached)
			}
			said := false
			for _, f := range found {
				require.Equal(t, f.Status == checkup.OK, f.Advice == "", "%+v", f)
				said = said || strings.Contains(f.Detail, test.detail) && strings.Contains(f.Advice, test.advice)
			}
			require.True(t, said, "%+v", found)
		})
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Second: "1 seconds", 3 * time.Minute: "3 minutes", 47 * time.Hour: "47 hours", 72 * time.Hour: "3 days",
	} {
		require.Equal(t, want, checkup.Span(d))
	}
}

func plainWeb(t *testing.T) string {
	t.Helper()
	return planted.Signaling(t, func(http.Handler) http.Handler { return http.NotFoundHandler() }, nil).URL
}

// walk returns what is found on a way, and where it leads to.
func walk(t *testing.T, w checkup.Way) (findings []checkup.Finding, reached []string) {
	t.Helper()
	w.AppID, w.Now, w.Timeout = "app", time.Now, cmp.Or(w.Timeout, 5*time.Second)
	if w.TLS == nil {
		w.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	w.Report = func(f checkup.Finding) { findings = append(findings, f) }
	reached = w.Walk(t.Context())
	return findings, reached
}
