package browser

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// All of the page on the screen of a phone: nothing is wider than it, and a finger hits what it is meant to hit.
func TestOnAPhone(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	alice, bob := openTab(t, d.host, phone), openTab(t, d.host, desktop).in("bob")
	alice.fits()
	alice.shot("login")
	alice.in("alice")
	alice.fits()
	bob.join("kitchen")
	alice.join("kitchen")
	bob.say("Soup is ready. " + fmt.Sprintf("%0120d", 0)) // a word that is wider than the screen
	alice.sees("#log", "Soup is ready.")
	alice.say("Two minutes!")
	bob.say("It is getting cold, and the others have already begun to eat the bread.")
	alice.sees("#log", "cold")
	alice.fits()
	alice.shot("room")

	bob.fill("#attr-name", "topic")
	bob.fill("#attr-value", "Lunch at noon")
	bob.click("#attr-form button")
	alice.click("#details-toggle")
	alice.sees("#attrs", "Lunch at noon")
	alice.fits()
	alice.shot("details")
	alice.press("\x1b")
	alice.await(`document.activeElement.id === 'details-toggle'`)

	alice.click("#back")
	alice.sees("#room-entry", "kitchen")
	alice.add("bob")
	alice.say("Save me some.")
	alice.click("#back")
	alice.fits()
	alice.shot("list")
	bob.sees("#contacts .entry", "alice")
	bob.say("in the room, meanwhile")
	alice.sees("#room-badge", "1")
	require.Equal(t, "list", eval[string](alice, `document.querySelector('#app').dataset.view`))
}
