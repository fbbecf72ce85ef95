package main

import (
	"bytes"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
)

// What is wrong with what is to be kept is one line on stderr, nothing on stdout, and exit code 2. Passwords are in no line.
func TestBadInputOfWhatIsKept(t *testing.T) {
	t.Parallel()
	garbage := write(t, "garbage", "garbage")
	taken := t.TempDir()
	spawn(t, "-data", taken, "-partitions", "2")
	sixteen := t.TempDir()
	p := spawn(t, "-data", sixteen)
	p.signal(syscall.SIGTERM)
	p.exits(exitOK)
	nats := startNATS(t, 1)
	nats.kill(0)
	nats.configs[0].User, nats.configs[0].Password = "user", "geheim"
	nats.start(0)
	good := "nats://user:geheim@" + nats.addr(0)
	p = spawn(t, "-nats", good, "-partitions", "2")
	p.signal(syscall.SIGTERM)
	p.exits(exitOK)
	const nobody = "nats://user:geheim@127.0.0.1:1"
	tests := []struct {
		name string
		args []string
		want string // regular expression
	}{
		{"both", []string{"-data", t.TempDir(), "-nats", nobody}, `-data and -nats exclude each other`},
		{"directory in use", []string{"-data", taken}, `-data: .*` + taken + `: another process uses it`},
		{"no directory", []string{"-data", garbage}, `-data: .*` + garbage + `: not a directory`},
		{"directory that cannot be made", []string{"-data", filepath.Join(garbage, "x")}, `-data: .*not a directory`},
		{"other partitions of a directory", []string{"-data", sixteen, "-partitions", "8"}, `-data: .* 16 partitions for good, not 8`},
		{"too many partitions", []string{"-data", t.TempDir(), "-partitions", "70000"}, `-data: .*70000 partitions, want 1 to 65536`},
		{"sync", []string{"-data", t.TempDir(), "-data-sync", "often"}, `-data-sync: "often" is neither always nor a duration`},
		{"sync too often", []string{"-data", t.TempDir(), "-data-sync", "1us"}, `-data-sync: "1us"`},
		{"bytes", []string{"-data", t.TempDir(), "-data-max-bytes", "1G"}, `-data-max-bytes: "1G"`},
		{"no bytes", []string{"-data", t.TempDir(), "-data-max-bytes", "-1"}, `.*-data-max-bytes are above 0`},
		{"bytes of no directory", []string{"-data-max-bytes", "1"}, `-data-max-bytes needs -data`},
		{"partitions of memory", []string{"-partitions", "8"}, `-partitions needs -data or -nats`},
		{"no partitions", []string{"-data", t.TempDir(), "-partitions", "0"}, `-partitions: "0"`},
		{"replicas of a directory", []string{"-data", t.TempDir(), "-replicas", "3"}, `.*-replicas and -streams need -nats`},
		{"streams of a directory", []string{"-data", t.TempDir(), "-streams", "3"}, `.*-replicas and -streams need -nats`},
		{"too many replicas", []string{"-nats", nobody, "-replicas", "7"}, `-nats 127.0.0.1:1: .*7 replicas, want 1 to 5`},
		{"replicas that there are not", []string{"-nats", good, "-replicas", "3", "-cluster", "three", "-nats-timeout", "1s"}, `-nats ` + nats.addr(0)},
		{"other partitions", []string{"-nats", good, "-partitions", "8"}, `-nats .* 2 partitions for good, not 8`},
		{"no NATS", []string{"-nats", nobody, "-nats-timeout", "300ms"}, `-nats 127.0.0.1:1: .*no connection to NATS`},
		{"wrong password", []string{"-nats", strings.Replace(good, "geheim", "falsch", 1), "-nats-timeout", "1s"}, `-nats .*(?i:authorization)`},
		{"no URL", []string{"-nats", "user:geheim@127.0.0.1:4222"}, `-nats: want the URL of a NATS server`},
		{"no host", []string{"-nats", "nats://user:geheim@"}, `-nats: want the URL of a NATS server`},
		{"one of two is no URL", []string{"-nats", nobody + ",x"}, `-nats: want the URL of a NATS server`},
		{"timeout", []string{"-nats", nobody, "-nats-timeout", "0s"}, `-nats-timeout: "0s"`},
		{"endless timeout", []string{"-nats", nobody, "-nats-timeout", "-1"}, `-nats-timeout must have an end`},
		{"name", []string{"-nats", nobody, "-cluster", "a.b"}, `-nats .*name "a.b"`},
		{"no credentials", []string{"-nats", nobody, "-nats-creds", "/no/creds"}, `-nats .*/no/creds: no such file`},
		{"credentials of nothing", []string{"-nats-creds", garbage}, `-nats-creds.* need -nats`},
		{"no authority", []string{"-nats", nobody, "-nats-ca", "/no/ca.pem"}, `-nats-ca: .*/no/ca.pem`},
		{"authority that is none", []string{"-nats", nobody, "-nats-ca", garbage}, `-nats-ca: .*garbage has no certificate`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cmd := command(t, append([]string{"SIGNALD_ADDR=127.0.0.1:0"}, tt.args...)...)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			require.Error(t, cmd.Run())
			assert.Equal(t, exitUsage, cmd.ProcessState.ExitCode())
			assert.Empty(t, stdout.String())
			lines := strings.Split(strings.TrimSuffix(stderr.String(), "\n"), "\n")
			last := lines[len(lines)-1]
			assert.Regexp(t, `^signald: `+tt.want, last)
			for _, line := range lines[:len(lines)-1] { // while it waits it may say what for
				assert.Regexp(t, `^time=\S+ level=WARN `, line)
			}
			assert.NotRegexp(t, "geheim|falsch", stderr.String(), "a secret")
		})
	}
}

// A password of NATS is in no log, whatever happens to the connection.
func TestPasswordOfNATS(t *testing.T) {
	t.Parallel()
	nats := startNATS(t, 1)
	nats.kill(0)
	nats.configs[0].User, nats.configs[0].Password = "user", "geheim"
	nats.start(0)
	conf := write(t, "signald.conf", `nats = ["nats://user:geheim@`+nats.addr(0)+`"]`)
	p := spawn(t, "-config", conf, "-partitions", "2", "-log-level", "debug")
	nats.kill(0)
	p.log.await(t, "connection to NATS lost")
	nats.start(0)
	p.log.await(t, "connected to NATS")
	rewrite(t, conf, `nats = ["nats://user:geheimer@`+nats.addr(0)+`"]`)
	p.signal(syscall.SIGHUP)
	p.log.await(t, `take a restart.*nats`)
	loggedIn(t, "alice", signal.WithServer("ws://"+p.ws+"/"))
	p.signal(syscall.SIGTERM)
	p.exits(exitOK)
	assert.NotContains(t, p.log.all(), "geheim")
}

// Nodes hand over what they own when they are told to end, and the last one keeps it for the next.
func TestHandOver(t *testing.T) {
	t.Parallel()
	nats := startNATS(t, 1)
	spawned := func() *process { return spawn(t, "-nats", nats.urls(), "-partitions", "4") }
	first, second := spawned(), spawned()
	at := signal.WithServer("ws://"+first.ws+"/", "ws://"+second.ws+"/")
	alice, bob := loggedIn(t, "alice", at), loggedIn(t, "bob", at)
	alice.ChannelJoin("room")
	alice.Await(t, "OnChannelUserList")
	for i, p := range []*process{first, second} {
		p.signal(syscall.SIGTERM)
		p.exits(exitOK)
		p.log.await(t, "drained")
		assert.NotRegexp(t, "level=(WARN|ERROR)", p.log.all())
		if i == 0 {
			bob.MessageInstantSend("alice", 0, "still there?", "0")
			bob.AwaitWithin(t, slowly, "OnMessageSendSuccess", "0")
			alice.AwaitWithin(t, slowly, "OnMessageInstantReceive", "bob", 0, "still there?")
		}
	}
	third := spawned()
	carol := loggedIn(t, "carol", signal.WithServer("ws://"+third.ws+"/"))
	carol.ChannelJoin("room")
	assert.Equal(t, []string{"carol", "alice"}, carol.Await(t, "OnChannelUserList").Args[0])
	_, metrics := get(t, "http://"+third.admin+"/metrics")
	assert.Contains(t, metrics, "\nsignald_cluster_partitions_owned "+strconv.Itoa(4)+"\n")
}
