package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/cmd/signal/internal/planted"
	"github.com/agora-signal-go/signal/server"
)

// outline writes what the doctor found in short.
func outline(records []map[string]any) string {
	var all []string
	for _, r := range records {
		if r["event"] == "check" {
			all = append(all, r["check"].(string)+":"+r["status"].(string))
		}
	}
	return strings.Join(all, " ")
}

func TestDoctorAllIsWell(t *testing.T) {
	pl := newPlace(t, server.WithApp("app", certificate))
	proof := "SIGNAL_CERTIFICATE=" + certificate
	found := pl.run(proof, "doctor", "--json").records()
	require.Equal(t, "settings:ok token:ok url:ok tcp:ok clock:ok websocket:ok login:ok latency:ok message:ok", outline(found))
	require.Equal(t, map[string]any{"event": "summary", "ok": 9., "warn": 0., "fail": 0.}, found[len(found)-1])
	text := pl.run(proof, "doctor").ok()
	require.Contains(t, text, "ok    latency    there and back: min ")
	require.True(t, strings.HasSuffix(text, "9 ok, 0 warn, 0 fail: all is well\n"), "%s", text)
	found = pl.run(proof, "SIGNAL_SERVER=", "doctor", "--discovery", pl.srv.HTTPURL, "--json").records()
	require.Equal(t, "settings:ok token:ok url:ok tcp:ok clock:ok discovery:ok url:ok tcp:ok clock:ok websocket:ok login:ok latency:ok message:ok", outline(found))
	require.Zero(t, pl.srv.Stats().Sessions, "it is logged out")
}

// Each fault that is planted is found, said in words, and there is something to do about it; the exit code says so, too.
func TestDoctorFindsFaults(t *testing.T) {
	ca, stranger := planted.NewAuthority(t), planted.NewAuthority(t)
	trusted := file(t, ca.PEM())
	hour, now := time.Hour, time.Now()
	good := ca.Issue("127.0.0.1", now.Add(-hour), now.Add(1000*hour))
	old := ca.Issue("127.0.0.1", now.Add(-100*hour), now.Add(-72*hour))
	other := ca.Issue("sig.example.com", now.Add(-hour), now.Add(1000*hour))
	app := server.WithApp("app", certificate)
	demanding := planted.WebsocketURL(planted.Signaling(t, nil, nil, app))
	tokenUntil := func(until time.Duration) string {
		return signal.NewToken("app", certificate, "alice", now.Add(until))
	}
	const before = "settings:ok token:ok url:ok tcp:ok "
	for name, test := range map[string]struct {
		args   []string
		want   string // of the outline
		detail string
		advice string
	}{
		"no URL":            {[]string{"--server", "sig.example.com:8001"}, "settings:ok token:ok url:fail", "does not begin with ws://", "correct the address"},
		"no such name":      {[]string{"--server", "wss://nowhere.invalid/", "--timeout", "2s"}, "settings:ok token:ok url:ok dns:fail", "nowhere.invalid", ""},
		"nothing listens":   {[]string{"--server", "ws://" + planted.Nobody(t) + "/"}, "settings:ok token:ok url:ok tcp:fail", "nothing listens", "start the server"},
		"discovery is down": {[]string{"--discovery", "http://" + planted.Nobody(t)}, "settings:ok token:ok url:ok tcp:fail", "nothing listens", "start the server"},
		"discovery is none": {
			[]string{"--discovery", planted.Signaling(t, planted.Answering(http.StatusOK, "hello"), nil).URL},
			before + "clock:ok discovery:fail", "want a JSON object", "discovery service",
		},
		"not trusted": {
			[]string{"--server", planted.WebsocketURL(planted.Signaling(t, nil, &good)), "--tls-ca", file(t, stranger.PEM())},
			before + "tls:fail", "whom this machine does not trust", "--tls-ca",
		},
		"expired": {
			[]string{"--server", planted.WebsocketURL(planted.Signaling(t, nil, &old)), "--tls-ca", trusted},
			before + "tls:fail", "expired on", "renew",
		},
		"wrong name": {
			[]string{"--server", planted.WebsocketURL(planted.Signaling(t, nil, &other)), "--tls-ca", trusted},
			before + "tls:fail", "for sig.example.com, not for 127.0.0.1", "name",
		},
		"clock": {
			[]string{"--server", planted.WebsocketURL(planted.Signaling(t, planted.Dated(10*time.Minute), nil))},
			before + "clock:fail websocket:ok login:ok latency:ok message:ok", "10m0s behind", "NTP",
		},
		"needs a token": {[]string{"--server", demanding}, before + "clock:ok websocket:ok login:fail", "LOGIN_E_TOKENWRONG", "demands a token"},
		"wrong token": {
			[]string{"--server", demanding, "--account", "bob", "--token", tokenUntil(hour)},
			before + "clock:ok websocket:ok login:fail", "LOGIN_E_TOKENWRONG", "signal token inspect",
		},
		"expired token": {
			[]string{"--server", demanding, "--account", "alice", "--token", tokenUntil(-3 * hour)},
			"settings:ok token:warn url:ok tcp:ok clock:ok websocket:ok login:fail", "LOGIN_E_TOKENEXPIRED", "signal token make",
		},
		"another app": {
			[]string{"--server", demanding, "--account", "alice", "--token", tokenUntil(hour), "--app", "another"},
			"settings:ok token:warn url:ok tcp:ok clock:ok websocket:ok login:fail", "LOGIN_E_FAILED", "--app",
		},
		"no certificate file": {[]string{"--certificate-file", "/nowhere"}, "settings:fail", "no such file", "correct the flag"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := nowhere(t).run(append([]string{"doctor", "--json"}, test.args...)...)
			require.Equal(t, exitFailed, o.code, "%s%s", o.out, o.err)
			require.Empty(t, o.err)
			found := parse(t, o.out)
			require.Equal(t, test.want, outline(found))
			said := false
			for _, f := range found {
				detail, _ := f["detail"].(string)
				advice, _ := f["advice"].(string)
				said = said || f["status"] == "fail" && strings.Contains(detail, test.detail) && strings.Contains(advice, test.advice)
			}
			require.True(t, said, "%s", o.out)
		})
	}
}

// What others have sent is not lost without a word.
func TestDoctorShowsWhatWaited(t *testing.T) {
	pl := newPlace(t)
	require.NoError(t, pl.user("alice").Send(t.Context(), "bob", "important"))
	o := pl.run("doctor", "--account", "bob")
	require.Contains(t, o.ok(), "this one waited for the account, from alice: important")
	require.Contains(t, o.out, "it works, with reservations")
}

// A server that does not answer is found out, within the timeout of each check.
func TestDoctorOfTheMute(t *testing.T) {
	pl := nowhere(t)
	o := pl.run("doctor", "--server", "ws://"+planted.Mute(t)+"/", "--timeout", "200ms")
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.out, "FAIL  websocket  ")
	require.Contains(t, o.out, "no answer within 200ms")
	require.Contains(t, o.out, "4 ok, 0 warn, 1 fail: something is wrong")
}
