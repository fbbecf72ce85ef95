package main

import (
	"testing"

	signal "github.com/agora-signal-go/signal"
)

// Who may join the special channels is a matter of settings, and of the certificates that there are.
func TestEventAccounts(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"no certificate": {[]string{"-app", "app"}, "OnChannelJoined"},
		"a certificate":  {[]string{"-app", "app", "-app", "other:certificate"}, "OnChannelJoinFailed"},
		"named":          {[]string{"-app", "app", "-app", "other:certificate", "-event-account", "alice"}, "OnChannelJoined"},
		"somebody else":  {[]string{"-app", "app", "-event-account", "bob"}, "OnChannelJoinFailed"},
		"messages by id": {[]string{"-messages-by-id", "on"}, "OnChannelJoined"}, // a Go client does not notice
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := spawn(t, tt.args...)
			alice := loggedIn(t, "alice", signal.WithServer("ws://"+p.ws+"/"))
			alice.ChannelJoin("__agora_user_online")
			alice.Expect(t, tt.want, "__agora_user_online")
		})
	}
}
