//go:build unix

package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBots(t *testing.T) {
	t.Parallel()
	host := start(t, 80, 24)
	host.shows("connected", "MEMBERS 3", "a place to try things out", "guide: Welcome, host!", `go run ./examples/chat -account NAME \`, "-server ws://127.0.0.1:")
	host.enter("/msg echo Is anybody there?")
	host.shows("host: Is anybody there?", "echo: Is anybody there?")
	host.enter("/call echo")
	host.shows("in a call with echo")
	host.enter("/keys 7")
	host.shows("* ☎ you pressed 7", "* ☎ echo pressed 7")
	host.enter("/hangup")
	host.shows("the call is over")

	host.enter("/msg guide hello")
	host.shows("guide: I am a program")
	host.enter("/callme")
	host.shows("☎ guide calls you", "[a] accept")
	host.press("a")
	host.shows("in a call with guide", "guide: You are on the phone!")
	host.enter("/hangup")
	host.hides("in a call with guide")
	host.enter("/callme")
	host.shows("☎ guide calls you", "[a] accept")
	host.press("r")
	host.shows("guide: You did not take my call: refused.")
	host.press(ctrlC)
	assert.Zero(t, host.ends())
	restored(t, host)
}

func TestStory(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), asMain+"=1")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	for _, want := range []string{"a place to try things out", "Welcome, host!", "host (#lobby): Hello everybody!", "echo (to host alone): Is anybody there?", "guide calls.", "Bye."} {
		assert.Contains(t, string(out), want)
	}

	cmd = exec.Command(self, "-server", "ws://127.0.0.1:1/")
	cmd.Env = append(os.Environ(), asMain+"=1")
	out, err = cmd.CombinedOutput()
	require.Error(t, err)
	assert.True(t, strings.HasPrefix(string(out), "chat: -server wants a terminal"), "%s", out)
}
