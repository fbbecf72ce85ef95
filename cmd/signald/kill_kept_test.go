//go:build load && unix

package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
)

// fixed returns an address for a daemon that is to be started again.
func fixed(t *testing.T) string {
	t.Helper()
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(lowPort(t)))
}

// A daemon with a directory that is killed under load and started again has everything that was acknowledged: messages,
// attributes, channels, sessions.
func TestKilledDaemonKeeps(t *testing.T) {
	t.Parallel()
	for _, sync := range []string{"always", "1s"} {
		t.Run("sync "+sync, func(t *testing.T) {
			t.Parallel()
			const users, kills = 20, 3
			args := []string{"-addr", fixed(t), "-admin-addr", "127.0.0.1:0", "-data", t.TempDir(), "-data-sync", sync, "-partitions", "4"}
			p := spawn(t, args...)
			at := signal.WithServer("ws://" + p.ws + "/")
			c := gather(t, users, 100*time.Millisecond, at)
			keeper := newKeeper(t, at)
			for range kills {
				c.talk()
				c.serves("before it is killed")
				keeper.sets(t)
				killed := time.Now()
				require.NoError(t, p.cmd.Process.Kill())
				<-p.exited
				p = spawn(t, args...)
				t.Logf("all %d users served %.2f s after the kill", users, c.served(killed).Sub(killed).Seconds())
				keeper.verify(t, at)
			}
			c.settle()
			t.Logf("-data-sync %s: %d users: %v", sync, users, c.check())
			p.signal(syscall.SIGTERM)
			p.exits(exitOK)
		})
	}
}

// A keeper is a user who has the server keep things, and knows which.
type keeper struct {
	user
	n         int
	own, hall map[string]string // attributes
}

func newKeeper(t *testing.T, opts ...signal.Option) *keeper {
	t.Helper()
	k := &keeper{user: loggedIn(t, "keeper", opts...), own: make(map[string]string), hall: make(map[string]string)}
	k.ChannelJoin("kept")
	k.Await(t, "OnChannelUserList")
	return k
}

// sets sets attributes, which are acknowledged when it returns.
func (k *keeper) sets(t *testing.T) {
	t.Helper()
	const each = 20
	for range each {
		k.n++
		name, value := fmt.Sprint("name", k.n%15), fmt.Sprint("value", k.n)
		k.SetAttr(name, value)
		k.GetAttr(name)
		k.Await(t, "OnUserAttrResult", "keeper", name, value)
		k.own[name] = value
		k.ChannelSetAttr("kept", name, value)
		k.Await(t, "OnChannelAttrUpdated", "kept", name, value)
		k.hall[name] = value
	}
}

// verify checks by way of another user that the server has them, and that the keeper is still where it was.
func (k *keeper) verify(t *testing.T, opts ...signal.Option) {
	t.Helper()
	other := loggedIn(t, "other", opts...)
	defer other.Destroy()
	other.GetUserAttrAll("keeper")
	got := make(map[string]string)
	require.NoError(t, json.Unmarshal([]byte(fmt.Sprint(other.Await(t, "OnUserAttrAllResult", "keeper").Args[1])), &got))
	assert.Equal(t, k.own, got)
	other.ChannelJoin("kept")
	assert.Contains(t, other.Await(t, "OnChannelUserList").Args[0], "keeper")
	got = make(map[string]string)
	for range k.hall {
		c := other.Await(t, "OnChannelAttrUpdated", "kept")
		got[fmt.Sprint(c.Args[1])] = fmt.Sprint(c.Args[2])
	}
	assert.Equal(t, k.hall, got)
	other.Logout()
	other.Await(t, "OnLogout")
	for _, none := range []string{"OnLogout", "OnChannelLeaved", "OnError"} {
		assert.Zero(t, k.Count(none), none)
	}
}

// A daemon with no more room refuses what it cannot keep, and keeps connections and what it has. With more room it goes on.
func TestKilledByFullQuota(t *testing.T) {
	t.Parallel()
	const little, much = 8 << 20, 64 << 20
	args := []string{
		"-addr", fixed(t), "-admin-addr", "127.0.0.1:0", "-data", t.TempDir(), "-partitions", "1", "-calls-per-second", "-1",
		"-user-messages-per-second", "-1",
	}
	p := spawn(t, append(args, "-data-max-bytes", strconv.Itoa(little))...)
	at := signal.WithServer("ws://" + p.ws + "/")
	writer, keeper := loggedIn(t, "writer", at), newKeeper(t, at)
	keeper.sets(t)
	acknowledged := fill(t, writer)
	refusals(t, writer)
	status, _ := get(t, "http://"+p.admin+"/healthz")
	assert.Equal(t, http.StatusOK, status)
	status, _ = get(t, "http://"+p.admin+"/readyz")
	assert.Equal(t, http.StatusServiceUnavailable, status)
	for _, u := range []user{writer, keeper.user} {
		for _, none := range []string{"OnLogout", "OnReconnecting", "OnChannelLeaved"} {
			assert.Zero(t, u.Count(none), none)
		}
	}
	p.signal(syscall.SIGTERM)
	p.exits(exitOK)

	spawn(t, append(args, "-data-max-bytes", strconv.Itoa(much))...)
	writer.AwaitWithin(t, slowly, "OnReconnected")
	keeper.verify(t, at)
	reads(t, acknowledged, at)
	writer.MessageInstantSend("reader", 0, "at last", "at last")
	writer.Await(t, "OnMessageSendSuccess", "at last")
}

// fill sends messages to users who are away until there is no room, and returns which were acknowledged, by user.
func fill(t *testing.T, writer user) (acknowledged map[string][]string) {
	t.Helper()
	const most, each = 2000, 200
	acknowledged = make(map[string][]string)
	text := make([]byte, 8000)
	for i := range text {
		text[i] = byte('a' + i%26)
	}
	for n, refused := 0, 0; refused < 20; n++ {
		require.Less(t, n, most, "there is room for everything")
		to, id := fmt.Sprint("reader", n/each), fmt.Sprint(n)
		writer.MessageInstantSend(to, 0, id+" "+string(text), id)
		c := writer.NextWithin(t, slowly)
		switch {
		case c.Is("OnMessageSendSuccess", id):
			acknowledged[to] = append(acknowledged[to], id)
		case assert.True(t, c.Is("OnMessageSendError", id, int(signal.SendMessageEOther)), c):
			refused++
		}
	}
	return acknowledged
}

// refusals checks that whatever a user asks for is refused.
func refusals(t *testing.T, u user) {
	t.Helper()
	u.SetAttr("a", "b")
	u.Await(t, "OnError", "setAttr", int(signal.GeneralEFailed))
	u.GetAttr("a")
	u.Await(t, "OnError", "getAttr", int(signal.GeneralEFailed))
	u.ChannelJoin("full")
	u.Await(t, "OnChannelJoinFailed", "full", int(signal.GeneralEFailed))
	u.ChannelInviteUser("full", "keeper", 0)
	u.Await(t, "OnInviteFailed", "full", "keeper", 0, int(signal.GeneralEFailed))
	u.ChannelQueryUserNum("kept")
	u.Await(t, "OnChannelQueryUserNumResult", "kept", int(signal.GeneralEFailed))
	u.MessageInstantSend("keeper", 0, "x", "one more")
	u.Await(t, "OnMessageSendError", "one more", int(signal.SendMessageEOther))
}

// reads has those come who were away, and checks that they get what was acknowledged and nothing else.
func reads(t *testing.T, acknowledged map[string][]string, opts ...signal.Option) {
	t.Helper()
	for account, want := range acknowledged {
		reader := loggedIn(t, account, opts...)
		var got []string
		for range want {
			var id string
			_, err := fmt.Sscan(fmt.Sprint(reader.Await(t, "OnMessageInstantReceive", "writer").Args[2]), &id)
			require.NoError(t, err)
			got = append(got, id)
		}
		assert.Equal(t, want, got, account)
		reader.GetAttr("none")
		reader.Expect(t, "OnUserAttrResult", account, "none", "")
	}
}
