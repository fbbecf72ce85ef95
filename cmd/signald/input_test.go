package main

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReadyWithinASecond(t *testing.T) {
	best := patience
	for range 3 { // the machine may have had other things to do
		if best = min(best, spawn(t).ready); best < time.Second {
			return
		}
	}
	assert.Less(t, best, time.Second)
}

// What is wrong is one line on stderr that names it, nothing on stdout, and exit code 2.
func TestBadInput(t *testing.T) {
	t.Parallel()
	busy := taken(t)
	authority := newAuthority(t)
	cert, key := authority.issue(t, 1)
	other, _ := newAuthority(t).issue(t, 2)
	garbage := write(t, "garbage.pem", "garbage")
	conf := func(text string) string { return write(t, "signald.conf", text) }
	tests := []struct {
		name string
		args []string
		want string // regular expression
	}{
		{"unknown flag", []string{"-bogus"}, `-bogus`},
		{"flag without a value", []string{"-addr"}, `-addr`},
		{"no flag", []string{"serve"}, `"serve"`},
		{"address", []string{"-addr", "8001"}, `-addr: "8001" is not HOST:PORT`},
		{"port", []string{"-addr", "127.0.0.1:65536"}, `-addr: "127.0.0.1:65536"`},
		{"empty address", []string{"-addr", ""}, `-addr is empty`},
		{"address of another machine", []string{"-addr", "203.0.113.7:1"}, `-addr: .*203.0.113.7`},
		{"port in use", []string{"-addr", busy}, `-addr: .*` + busy + `.*in use`},
		{"TLS port in use", []string{"-tls-addr", busy, "-tls-cert", cert, "-tls-key", key}, `-tls-addr: .*in use`},
		{"admin port in use", []string{"-admin-addr", busy}, `-admin-addr: .*in use`},
		{"TLS address", []string{"-tls-addr", "x"}, `-tls-addr: "x"`},
		{"TLS address alone", []string{"-tls-addr", "127.0.0.1:0"}, `-tls-addr needs -tls-cert`},
		{"certificate alone", []string{"-tls-cert", cert}, `-tls-cert and -tls-key`},
		{"key alone", []string{"-tls-key", key}, `-tls-cert and -tls-key`},
		{"no such certificate", []string{"-tls-cert", "/no/cert.pem", "-tls-key", key}, `/no/cert.pem: no such file`},
		{"no such key", []string{"-tls-cert", cert, "-tls-key", "/no/key.pem"}, `/no/key.pem: no such file`},
		{"certificate that is none", []string{"-tls-cert", garbage, "-tls-key", key}, `-tls-cert.*PEM`},
		{"key of another", []string{"-tls-cert", other, "-tls-key", key}, `-tls-cert.*private key does not match`},
		{"app without ID", []string{"-app", ":0123456789abcdef"}, `-app: an app ID has`},
		{"app with a long ID", []string{"-app", strings.Repeat("x", 129) + ":0123456789abcdef"}, `-app: an app ID has`},
		{"app twice", []string{"-app", "a", "-app", "a:0123456789abcdef"}, `-app: the app "a" is given twice`},
		{"advertise", []string{"-advertise", "203.0.113.7"}, `-advertise: "203.0.113.7"`},
		{"advertise without host", []string{"-advertise", ":8001"}, `-advertise: ":8001"`},
		{"advertise port 0", []string{"-advertise", "h:0"}, `-advertise: "h:0"`},
		{"origin", []string{"-origins", "example.com"}, `-origins: "example.com"`},
		{"origin with a path", []string{"-origins", "https://example.com/"}, `-origins: "https://example.com/"`},
		{"event account", []string{"-event-account", "a b"}, `-event-account: account: want no space`},
		{"dialect", []string{"-messages-by-id", "perhaps"}, `-messages-by-id: "perhaps"`},
		{"proxy", []string{"-trusted-proxies", "10.0.0.0/99"}, `-trusted-proxies: "10.0.0.0/99"`},
		{"log level", []string{"-log-level", "loud"}, `-log-level: "loud"`},
		{"log format", []string{"-log-format", "xml"}, `-log-format: "xml" is not text or json`},
		{"drain timeout", []string{"-drain-timeout", "10"}, `-drain-timeout: "10"`},
		{"endless drain", []string{"-drain-timeout", "-1"}, `-drain-timeout`},
		{"number", []string{"-max-sessions", "many"}, `-max-sessions: "many"`},
		{"number 0", []string{"-max-sessions", "0"}, `-max-sessions: "0"`},
		{"duration 0", []string{"-message-ttl", "0s"}, `-message-ttl: "0s"`},
		{"token as a flag", []string{"-admin-token", "0123456789abcdef"}, `-admin-token: .*SIGNALD_ADMIN_TOKEN`},
		{"no token file", []string{"-admin-token-file", "/no/token"}, `-admin-token-file: .*/no/token`},
		{"empty token file", []string{"-admin-token-file", write(t, "token", "\n")}, `-admin-token-file: .* is empty`},
		{"two tokens", []string{"SIGNALD_ADMIN_TOKEN=0123456789abcdef", "-admin-token-file", garbage}, `-admin-token and -admin-token-file`},
		{"environment", []string{"SIGNALD_LOG_LEVEL=loud"}, `SIGNALD_LOG_LEVEL: "loud"`},
		{"app in the environment", []string{"SIGNALD_APP=a,a:0123456789abcdef"}, `SIGNALD_APP: the app "a"`},
		{"no such file", []string{"-config", "/no/signald.conf"}, `-config: .*/no/signald.conf`},
		{"file of the environment", []string{"SIGNALD_CONFIG=/no/signald.conf"}, `/no/signald.conf`},
		{"file: bad line", []string{"-config", conf("# one\naddr 127.0.0.1:0\n")}, `signald.conf:2: `},
		{"file: unknown name", []string{"-config", conf("# one\n\nadr = \"127.0.0.1:0\"\n")}, `signald.conf:3: there is no setting "adr"`},
		{"file: a table", []string{"-config", conf("[tls]\ncert = \"x\"\n")}, `signald.conf:1: there is no setting "tls"`},
		{"file: config", []string{"-config", conf("config = \"x\"\n")}, `there is no setting "config"`},
		{"file: twice", []string{"-config", conf("log-level = \"info\"\nlog-level = \"info\"\n")}, `signald.conf:2: `},
		{"file: bad value", []string{"-config", conf("\nlog-level = \"loud\"\n")}, `signald.conf:2: log-level: "loud"`},
		{"file: bad type", []string{"-config", conf("log-level = true\n")}, `signald.conf:1: log-level: wants a text`},
		{"file: list of one", []string{"-config", conf("log-level = [\"info\"]\n")}, `signald.conf:1: log-level: wants one value`},
		{"file: bad list", []string{"-config", conf("app = [1]\n")}, `signald.conf:1: app: wants texts`},
		{"file: bad app", []string{"-config", conf("app = [\n  \"a\",\n  \"a:0123456789abcdef\",\n]\n")}, `signald.conf:1: app: the app "a"`},
		{"file: token", []string{"-config", conf("admin-token = [\"0123456789abcdef\"]\n")}, `signald.conf:1: admin-token: wants`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cmd := command(t, tt.args...)
			if !strings.Contains(strings.Join(tt.args, " "), "-addr") {
				cmd.Args = append(cmd.Args, "-addr", "127.0.0.1:0")
			}
			if tt.name == "no flag" {
				cmd.Args = []string{"signald", "serve"}
			}
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			require.Error(t, cmd.Run())
			assert.Equal(t, exitUsage, cmd.ProcessState.ExitCode())
			assert.Empty(t, stdout.String())
			assert.Regexp(t, `^signald: .+\n$`, stderr.String())
			assert.Equal(t, 1, strings.Count(stderr.String(), "\n"), stderr.String())
			assert.Regexp(t, tt.want, stderr.String())
			assert.NotContains(t, stderr.String(), "0123456789abcdef", "a secret")
		})
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"-h", "-help", "--help"} {
		cmd := command(t, "SIGNALD_ADMIN_TOKEN=0123456789abcdef", flag)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		help, err := cmd.Output()
		require.NoError(t, err)
		assert.Empty(t, stderr.String())
		for _, o := range settingsOf(new(settings)) {
			assert.Regexp(t, `(?m)^  -`+o.name+`( |$)`, string(help))
			assert.Regexp(t, `(?m)^        `+o.env()+`\b`, string(help))
		}
		assert.Contains(t, string(help), "SIGNALD_CONFIG")
		assert.NotContains(t, string(help), "0123456789abcdef", "a secret")
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	out, err := command(t, "-version").Output()
	require.NoError(t, err)
	assert.Regexp(t, `^signald \S+.* go1\.\d+\S* \w+/\w+\n$`, string(out))
}

// Flags win over the environment, the environment wins over the file. A list comes from one of them, whole.
func TestPrecedence(t *testing.T) {
	t.Parallel()
	conf := write(t, "signald.conf", `
addr = "127.0.0.4:0"   # comments are fine
app = ["file:cert", "two"]
admin-addr = ""
max-sessions = 5
log-format = 'json'
`)
	tests := []struct {
		name string
		args []string
		addr string
		apps string
	}{
		{"file", []string{"SIGNALD_CONFIG=" + conf}, "127.0.0.4", `["file","two"]`},
		{"environment", []string{"SIGNALD_ADDR=127.0.0.3:0", "SIGNALD_APP=env, env2:cert", "-config", conf}, "127.0.0.3", `["env","env2"]`},
		{
			"flag",
			[]string{"SIGNALD_ADDR=127.0.0.3:0", "SIGNALD_APP=env", "-config", conf, "-addr=127.0.0.2:0", "-app", "a:b:c", "--app", "d"},
			"127.0.0.2", `["a:b","d"]`,
		},
		{"empty is a value", []string{"SIGNALD_APP=", "-config", conf}, "127.0.0.4", `[]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cmd := command(t, tt.args...)
			stderr := newLogbook()
			cmd.Stderr = stderr
			out, err := cmd.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())
			ready := stderr.await(t, `"msg":"ready"`)
			line := make([]byte, 1024)
			n, err := out.Read(line)
			require.NoError(t, err)
			require.NoError(t, cmd.Process.Kill())
			require.Error(t, cmd.Wait())
			assert.Regexp(t, "^listening ws=ws://"+regexp.QuoteMeta(tt.addr)+":", string(line[:n]))
			assert.Contains(t, ready, `"admin-addr":""`)
			if tt.apps == "[]" {
				tt.apps = "null"
			}
			assert.Contains(t, ready, `"apps":`+tt.apps)
		})
	}
}

// The example has every setting, each with its default, and is a configuration that works.
func TestExample(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("signald.conf")
	require.NoError(t, err)
	var all []string // with what is commented out
	for line := range strings.Lines(string(text)) {
		if m := regexp.MustCompile(`^#?([a-z-]+ = .*)$`).FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			all = append(all, m[1])
		}
	}
	for _, o := range settingsOf(new(settings)) {
		assert.Regexp(t, `(?m)^`+o.name+` = `, strings.Join(all, "\n"))
		if o.initial != "" && o.initial != adminDefault {
			assert.Regexp(t, `(?m)^`+o.name+` = "?`+regexp.QuoteMeta(o.initial)+`"?$`, strings.Join(all, "\n"))
		}
	}
	_, err = source{args: []string{"-config", "signald.conf"}}.load()
	require.NoError(t, err)
}

// The port after that of -addr is for TLS, a port a hundred away for those who operate the daemon.
func TestDefaultAddresses(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{":8001": "127.0.0.1:8101", "0.0.0.0:0": "127.0.0.1:0", "[::1]:65500": "127.0.0.1:65400"} {
		assert.Equal(t, want, adminBeside(addr))
	}
	cert, key := newAuthority(t).issue(t, 1)
	p := spawn(t, "-tls-cert", cert, "-tls-key", key)
	_, plain, err := net.SplitHostPort(p.ws)
	require.NoError(t, err)
	_, secure, err := net.SplitHostPort(p.wss)
	require.NoError(t, err)
	port, err := net.LookupPort("tcp", plain)
	require.NoError(t, err)
	next, err := net.LookupPort("tcp", secure)
	require.NoError(t, err)
	assert.Equal(t, port+1, next)
	assert.True(t, filepath.IsAbs(cert))
}
