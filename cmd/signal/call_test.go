package main

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
)

// incoming waits for the next call to an account.
func incoming(t *testing.T, c *signal.Client) *signal.Call {
	t.Helper()
	for call, err := range c.Calls(t.Context()) {
		require.NoError(t, err)
		return call
	}
	require.Fail(t, "no call")
	return nil
}

// callStates reads on until a call is so far.
func (p *process) callIs(state string) map[string]any {
	p.t.Helper()
	r := p.awaitRecord("call")
	require.Equal(p.t, state, r["state"])
	return r
}

func TestCallAccepted(t *testing.T) {
	pl := newPlace(t)
	bob := pl.user("bob")
	p := pl.start("call", "bob", "--account", "alice", "--json", "-c", "room", "--extra", `{"video":true}`, "--dtmf", "12#")
	r := p.callIs("inviting")
	require.Equal(t, []any{"room", "bob", false, `{"video":true}`}, []any{r["channel"], r["peer"], r["incoming"], r["extra"]})
	p.callIs("ringing")
	call := incoming(t, bob)
	require.JSONEq(t, `{"video":true}`, call.Extra())
	require.NoError(t, call.Accept(t.Context(), `{"yes":1}`))
	require.Equal(t, `{"yes":1}`, p.callIs("accepted")["extra"])
	for keys, err := range call.Tones(t.Context()) {
		require.NoError(t, err)
		require.Equal(t, "12#", keys)
		break
	}
	require.NoError(t, call.DTMF(t.Context(), "34"))
	require.Equal(t, "34", p.awaitRecord("tone")["keys"])
	require.NoError(t, call.End(t.Context()))
	require.NotContains(t, p.callIs("ended"), "error")
	require.Empty(t, p.exits(0))
}

func TestCallRefused(t *testing.T) {
	pl := newPlace(t)
	bob := pl.user("bob")
	p := pl.start("call", "bob", "--account", "alice")
	p.await("call to bob inviting")
	p.await("call to bob ringing")
	require.NoError(t, incoming(t, bob).Refuse(t.Context(), `{"busy":1}`))
	p.await(`call to bob ended {"busy":1}: `)
	require.Contains(t, p.exits(exitFailed), "refused")
}

func TestCallNobody(t *testing.T) {
	pl := newPlace(t)
	pl.run("call", "nobody", "--require-online").fails(exitFailed, "INVITE_E_PEEROFFLINE (703)")
	pl.user("bob")
	o := pl.run("call", "bob", "--account", "alice", "--ring-timeout", "1s", "--json")
	o.fails(exitFailed, "INVITE_E_TIMEOUT")
	states := parse(t, o.out)
	require.Equal(t, "ended", states[len(states)-1]["state"])
	require.Contains(t, states[len(states)-1]["error"], "INVITE_E_TIMEOUT (704)")
}

// Ctrl-C hangs up, whether it rings or talks.
func TestCallInterrupted(t *testing.T) {
	pl := newPlace(t)
	bob := pl.user("bob")
	for _, accept := range []bool{false, true} {
		p := pl.start("call", "bob", "--account", "alice", "--json")
		call := incoming(t, bob)
		if accept {
			require.NoError(t, call.Accept(t.Context(), ""))
			p.await(`"accepted"`)
		} else {
			p.await(`"ringing"`)
		}
		p.signal(syscall.SIGINT)
		require.Empty(t, p.exits(130))
		<-call.Done()
	}
}

// Keys are read from the input, and its end hangs up.
func TestCallKeysFromInput(t *testing.T) {
	pl := newPlace(t)
	bob := pl.user("bob")
	p := pl.start("call", "bob", "--account", "alice", "--dtmf", "-")
	call := incoming(t, bob)
	require.NoError(t, call.Accept(t.Context(), ""))
	p.write("1\n\n23*\n")
	want := []string{"1", "23*"}
	for keys, err := range call.Tones(t.Context()) {
		require.NoError(t, err)
		require.Equal(t, want[0], keys)
		if want = want[1:]; len(want) == 0 {
			break
		}
	}
	require.NoError(t, p.stdin.Close())
	<-call.Done()
	require.NoError(t, call.Err())
	require.Empty(t, p.exits(0))

	p = pl.start("call", "bob", "--account", "alice", "--dtmf", "-")
	call = incoming(t, bob)
	require.NoError(t, call.Accept(t.Context(), ""))
	p.write("one\n")
	<-call.Done()
	require.Contains(t, p.exits(exitFailed), "want keys of 0-9")
}

// Two commands talk with each other.
func TestAnswer(t *testing.T) {
	pl := newPlace(t)
	alice := pl.user("alice")
	for how, code := range map[string]int{"accept": 0, "refuse": exitFailed} {
		p := pl.start("call", "--answer", how, "--account", "bob", "--count", "2", "--json", "--extra", `{"who":"bob"}`)
		require.Eventually(t, func() bool { return online(t, alice, "bob") }, patience, tick)
		for range 2 {
			o := pl.run("call", "bob", "--account", "carol", "--dtmf", "7", "--for", "10ms", "--json")
			require.Equal(t, code, o.code, "%s%s", o.out, o.err)
			require.Contains(t, o.out, `{\"who\":\"bob\"}`)
			p.callIs("ringing")
			if how == "accept" {
				p.callIs("accepted")
				require.Equal(t, "7", p.awaitRecord("tone")["keys"])
			}
			p.callIs("ended")
		}
		require.Contains(t, p.exits(0), "")
	}
}

// Calls that are open end with the command.
func TestAnswerInterrupted(t *testing.T) {
	pl := newPlace(t)
	alice := pl.user("alice")
	p := pl.start("call", "--answer", "accept", "--account", "bob", "--dtmf", "5")
	require.Eventually(t, func() bool { return online(t, alice, "bob") }, patience, tick)
	call, err := alice.Invite(t.Context(), "bob", signal.CallOptions{})
	require.NoError(t, err)
	_, err = call.Wait(t.Context())
	require.NoError(t, err)
	p.await("call from alice accepted")
	p.signal(syscall.SIGINT)
	require.Equal(t, "bob waits for calls.\n", p.exits(130))
	<-call.Done()
}
