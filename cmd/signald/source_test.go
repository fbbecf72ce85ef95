package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever a configuration file holds, it is refused in one line that names the file, or taken; and what was taken means the
// same when the environment says it.
func FuzzConfigFile(f *testing.F) {
	example, err := os.ReadFile("signald.conf")
	require.NoError(f, err)
	f.Add(string(example))
	for _, text := range []string{
		``, `addr = "127.0.0.1:0"`, "app = [\"a\", \"b:0123456789abcdef\"]\nlog-level = \"debug\"", `app = "a, b:c:d"`, `max-sessions = 7`,
		`max-sessions = -1`, `max-sessions = 0x10`, `max-sessions = 1.5`, `message-ttl = 07:32:00`, `message-ttl = "720h"`, `drain-timeout = "-1"`,
		"[tls]\ncert = \"x\"", `tls.cert = "x"`, `"addr" = ":1"`, `advertise = ["wss://sig.example.com/", "h:1"]`, `origins = ["https://a", 1]`,
		"addr = \"\"\"\n:1\"\"\"", `admin-token = "x"`, "log-level = \"in\\nfo\"", "bad\\nkey = 1", `"bad\nkey" = 1`, `config = "x"`, "\xff", "a = [", `a = 1e400`,
		`trusted-proxies = "10.0.0.0/8,::1"`, `event-account = ["*"]`, `admin-addr = "auto"`, `app = []`, `app = [[]]`, `app = [{a = 1}]`, `addr = "h:80\u0000"`,
	} {
		f.Add(text)
	}
	// What names other files is not for a stranger to say.
	elsewhere := []string{"tls-cert", "tls-key", "admin-token-file"}
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "signald.conf")
		rewrite(t, path, text)
		var args []string
		for _, name := range elsewhere {
			args = append(args, "-"+name, "")
		}
		s, err := source{args: append(args, "-config", path)}.load()
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			require.NotContains(t, err.Error(), "0123456789abcdef")
			return
		}
		var environ []string
		for _, o := range settingsOf(new(settings)) {
			if !slices.Contains(elsewhere, o.name) {
				environ = append(environ, o.env()+"="+strings.ReplaceAll(s.raw[o.name], "\n", ","))
			}
			if o.list && !slices.Equal(split(strings.ReplaceAll(s.raw[o.name], "\n", ",")), strings.FieldsFunc(s.raw[o.name], isNewline)) {
				return // the environment has no words for a member with a comma
			}
			if !o.list && strings.Contains(s.raw[o.name], "\n") {
				return
			}
		}
		again, err := source{args: args, environ: environ}.load()
		require.NoError(t, err)
		again.raw["config"], s.raw["config"] = "", ""
		require.Equal(t, s.raw, again.raw)
		require.Equal(t, s.apps, again.apps)
		require.Equal(t, s.limits, again.limits)
		require.Empty(t, needRestart(s, again))
	})
}

func isNewline(r rune) bool { return r == '\n' }
