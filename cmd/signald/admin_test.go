package main

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
)

func TestMetrics(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	cert, key := a.issue(t, 1)
	p := spawn(t, "-tls-cert", cert, "-tls-key", key, "-app", "app", "-log-format", "json")
	alice := loggedIn(t, "alice", signal.WithServer("ws://"+p.ws+"/"))
	alice.MessageInstantSend("alice", 0, "note to self", "m")
	alice.Next(t) // received, sent, in either order
	alice.Next(t)
	bob := visitor(t, signal.WithServer("ws://"+p.ws+"/"))
	bob.Login("unknown", "bob", signal.NoToken, 0, "")
	bob.Expect(t, "OnLoginFailed", int(signal.LoginEFailed))

	status, text := get(t, "http://"+p.admin+"/metrics")
	require.Equal(t, http.StatusOK, status)
	for _, want := range []string{
		`signald_sessions 1`, `signald_logins_total 1`, `signald_logins_failed_total\{reason="\w+"\} 1`, `signald_connections_accepted_total 2`,
		`signald_messages_total 1`, `signald_notifies_total [1-9]\d*`, `signald_certificate_expiry_timestamp_seconds 1.*`,
		`go_goroutines \d+`, `process_open_fds \d+`, `go_build_info\{.*`,
	} {
		assert.Regexp(t, `(?m)^`+want+`$`, text)
	}

	// The runbook knows them all.
	runbook, err := os.ReadFile("../../doc/operations.md")
	require.NoError(t, err)
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (signald_\w+)`).FindAllStringSubmatch(text, -1) {
		assert.Contains(t, string(runbook), "`"+m[1], "doc/operations.md")
	}
}

func TestAdminAddress(t *testing.T) {
	t.Parallel()
	const token = "Bearer geheim"
	file := write(t, "token", "geheim\n")
	tests := []struct {
		name   string
		args   []string
		path   string
		header []string
		status int
	}{
		{"live", nil, "/healthz", nil, http.StatusOK},
		{"ready", nil, "/readyz", nil, http.StatusOK},
		{"profiles", nil, "/debug/pprof/goroutine?debug=1", nil, http.StatusOK},
		{"no profiles for everybody", []string{"-admin-addr", "0.0.0.0:0"}, "/debug/pprof/", nil, http.StatusNotFound},
		{"profiles without the token", []string{"-admin-token-file", file}, "/debug/pprof/", nil, http.StatusUnauthorized},
		{"profiles with another", []string{"-admin-token-file", file}, "/debug/pprof/", []string{"Authorization", token + "!"}, http.StatusUnauthorized},
		{"profiles with the token", []string{"SIGNALD_ADMIN_TOKEN=geheim", "-admin-addr", "0.0.0.0:0"}, "/debug/pprof/", []string{"Authorization", token}, http.StatusOK},
		{"orders without a token", nil, "/admin/stats", nil, http.StatusNotFound},
		{"orders without the token", []string{"-admin-token-file", file}, "/admin/stats", nil, http.StatusUnauthorized},
		{"orders with the token", []string{"-admin-token-file", file}, "/admin/stats", []string{"Authorization", token}, http.StatusOK},
		{"metrics with a token", []string{"-admin-token-file", file}, "/metrics", nil, http.StatusOK},
		{"websockets", nil, "/", nil, http.StatusNotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := spawn(t, tt.args...)
			admin := regexp.MustCompile(`^0\.0\.0\.0`).ReplaceAllString(p.admin, "127.0.0.1")
			status, body := get(t, "http://"+admin+tt.path, tt.header...)
			assert.Equal(t, tt.status, status, body)
			assert.NotContains(t, p.log.all(), "geheim")
		})
	}
	t.Run("off", func(t *testing.T) {
		t.Parallel()
		assert.Empty(t, spawn(t, "-admin-addr", "").admin)
	})
}

// Those who operate it can look and act.
func TestAdminOrders(t *testing.T) {
	t.Parallel()
	p := spawn(t, "SIGNALD_ADMIN_TOKEN=geheim", "-app", "app")
	alice := loggedIn(t, "alice", signal.WithServer("ws://"+p.ws+"/"))
	status, body := get(t, "http://"+p.admin+"/admin/sessions?app=app", "Authorization", "Bearer geheim")
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, body, `"account":"alice"`)

	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+p.admin+"/admin/kick",
		strings.NewReader(`{"app":"app","account":"alice"}`))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer geheim")
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	require.NoError(t, err)
	_ = resp.Body.Close()
	assert.Equal(t, http.StatusOK, resp.StatusCode)
	alice.Expect(t, "OnLogout")
	assert.NotContains(t, p.log.all(), "geheim")
}

// What clients reach answers them, and nothing of what is for operators.
func TestClientAddress(t *testing.T) {
	t.Parallel()
	p := spawn(t, "-advertise", "203.0.113.7:8001", "-advertise", "wss://sig.example.com/")
	tests := []struct {
		path   string
		status int
		body   string
	}{
		{"/healthz", http.StatusOK, "ok"},
		{"/readyz", http.StatusOK, "ready"},
		{"/getaddr?vid=app", http.StatusOK, `"web":[["203.0.113.7",8001]`},
		{"/getaddr?vid=app", http.StatusOK, `"urls":["ws://203.0.113.7:8001/","wss://sig.example.com/"]`},
		{"/metrics", http.StatusNotFound, ""},
		{"/debug/pprof/", http.StatusNotFound, ""},
		{"/admin/", http.StatusNotFound, ""},
		{"/", http.StatusUpgradeRequired, ""},
	}
	for _, tt := range tests {
		status, body := get(t, "http://"+p.ws+tt.path)
		assert.Equal(t, tt.status, status, tt.path)
		assert.Contains(t, body, tt.body)
	}
}
