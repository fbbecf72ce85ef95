package browser

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// lastNote is what stands below the last message of one's own: when it was sent, or that it was not.
const lastNote = `[...document.querySelectorAll('#log .mine .note')].at(-1).innerText`

// meet has both in a room and in each other's contacts, with something said.
func meet(alice, bob *tab) {
	alice.t.Helper()
	for _, b := range []*tab{alice, bob} {
		b.join("harbour")
		b.await(`(window.notReloaded = true)`)
	}
	alice.say("before")
	bob.sees("#log", "before")
}

// goneAndBack has the server away while both write, and sees them go on by themselves.
func goneAndBack(t *testing.T, d *daemon, signal syscall.Signal, alice, bob *tab) {
	t.Helper()
	for _, b := range []*tab{alice, bob} {
		b.serverGoes()
	}
	d.stop(signal)
	for _, b := range []*tab{alice, bob} {
		b.sees("#banner", "Connection lost")
		b.await(`document.querySelector('#state').dataset.state === 'reconnecting'`)
	}
	alice.say("while it was away")
	alice.await(lastNote + `.startsWith('Sending')`)
	alice.shot("reconnecting")
	bob.shot("reconnecting")
	d.start()
	for _, b := range []*tab{alice, bob} {
		b.await(`!document.querySelector('#banner').checkVisibility()`)
		b.await(`document.querySelector('#state').dataset.state === 'online'`)
	}
	alice.await(lastNote + `.includes(':')`) // it was sent
	alice.say("afterwards")
	bob.sees("#log", "afterwards")
	bob.say("I am back too")
	alice.sees("#log", "I am back too")
	for _, b := range []*tab{alice, bob} {
		require.True(t, eval[bool](b, "window.notReloaded === true"))
		require.Equal(t, 1, b.said("before"))
		require.Equal(t, 1, b.said("afterwards"))
		require.Equal(t, 1, b.said("I am back too"))
		b.await(`['alice', 'bob'].every((name) => document.querySelector('#members').textContent.includes(name))`)
	}
	require.Equal(t, 1, alice.said("while it was away"))
}

func TestTheServerForgetsEverything(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	alice, bob := openTab(t, d.host, desktop).in("alice"), openTab(t, d.host, desktop).in("bob")
	meet(alice, bob)
	goneAndBack(t, d, syscall.SIGKILL, alice, bob)
	alice.sees("#log", "You are back.")
}

func TestTheServerRemembers(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, "-data", t.TempDir(), "-data-sync", "always")
	alice, bob := openTab(t, d.host, desktop).in("alice"), openTab(t, d.host, phone).in("bob")
	alice.add("bob")
	bob.add("alice")
	bob.click("#back")
	meet(alice, bob)
	goneAndBack(t, d, syscall.SIGTERM, alice, bob)
	require.NotContains(t, alice.text("#log"), "You are back.", "nothing was missed")
	require.Equal(t, 1, bob.said("while it was away"))
	goneAndBackAgain(t, d, alice, bob)
}

// goneAndBackAgain has a personal message wait while the server is killed.
func goneAndBackAgain(t *testing.T, d *daemon, alice, bob *tab) {
	t.Helper()
	alice.click("#contacts .entry")
	alice.say("one")
	alice.await(lastNote + `.includes(':')`)
	d.stop(syscall.SIGKILL)
	alice.sees("#banner", "Connection lost")
	alice.say("two")
	d.start()
	bob.await(`document.querySelector('#state').dataset.state === 'online'`)
	bob.click("#back")
	bob.click("#contacts .entry")
	bob.sees("#log", "two")
	require.Equal(t, 1, bob.said("one"))
	require.Equal(t, 1, bob.said("two"))
}

// A call goes on while the server is away, for what is seen and heard goes from one to the other.
func TestACallOutlivesTheServer(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, "-data", t.TempDir())
	alice, bob := openTab(t, d.host, desktop).in("alice"), openTab(t, d.host, desktop).in("bob")
	ring(alice, bob, "alice", "bob")
	bob.click("#ring-accept")
	lookAtEachOther(alice, bob)
	alice.serverGoes()
	bob.serverGoes()
	d.stop(syscall.SIGTERM)
	alice.sees("#banner", "Connection lost")
	shown := eval[int](bob, `document.querySelector('#remote-video').getVideoPlaybackQuality().totalVideoFrames`)
	bob.frames(shown + 5)
	d.start()
	alice.sees("#state-text", "connected")
	bob.sees("#state-text", "connected")
	alice.click("#call-end")
	alone(bob)
	bob.sees("#log", "alice hung up.")
}
