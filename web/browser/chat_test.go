package browser

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

func TestTwoTabsChatInARoom(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	alice, bob := openTab(t, d.host, desktop), openTab(t, d.host, desktop)
	alice.shot("login")
	alice.in("alice")
	bob.in("bob")
	alice.join("kitchen")
	bob.join("kitchen")
	alice.sees("#members", "bob")
	bob.sees("#members", "alice")
	alice.sees("#log", "bob is here")

	alice.say("Soup is ready.")
	bob.sees("#log", "Soup is ready.")
	bob.say("On my way!")
	alice.sees("#log", "On my way!")
	alice.say("<b>Bring</b> \"bread\" & salt")
	bob.sees("#log", `<b>Bring</b> "bread" & salt`)
	require.Equal(t, 1, alice.said("Soup is ready."), "one's own message comes back, and is there once")

	bob.fill("#attr-name", "topic")
	bob.fill("#attr-value", "Lunch at noon")
	bob.click("#attr-form button")
	alice.sees("#attrs", "Lunch at noon")
	alice.sees("#log", "bob set topic to “Lunch at noon”")
	alice.shot("room")
	bob.click("#attrs button")
	alice.await(`document.querySelector('#attrs').innerText === ''`)

	bob.click("#leave")
	alice.sees("#log", "bob has left")
	alice.await(`!document.querySelector('#members').innerText.includes('bob')`)
	bob.sees("#nothing", "Join a room")
	alice.fits()
}

func TestPrivateMessages(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	alice, bob := openTab(t, d.host, desktop), openTab(t, d.host, desktop)
	alice.in("alice")
	alice.add("bob")
	alice.sees("#talk-note", "not online")
	alice.say("Are you there?") // it waits for him
	alice.sees("#log .mine .note", ":")

	bob.in("bob")
	bob.sees("#contacts .entry", "alice")
	bob.sees("#contacts .badge", "1")
	bob.click("#contacts .entry")
	bob.sees("#log", "Are you there?")
	bob.await(`!document.querySelector('#contacts .badge')`)
	bob.say("Yes.")
	alice.sees("#log", "Yes.")
	alice.sees("#talk-note", "online")

	require.Equal(t, `["alice"]`, eval[string](bob, `localStorage.getItem('signal-demo contacts demo bob')`))
	bob.click("#contacts li > .icon-button")
	require.Equal(t, "[]", eval[string](bob, `localStorage.getItem('signal-demo contacts demo bob')`))

	alice.fill("#contact-name", "al ice")
	alice.click("#contact-form button")
	alice.sees("#alerts", "want no space")
}

func TestTheOtherLoginWins(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	first, second := openTab(t, d.host, desktop), openTab(t, d.host, desktop)
	first.in("alice")
	second.in("alice")
	first.sees("#login-error", "logged in somewhere else")
	first.await(`document.activeElement.id === 'account'`)
	second.click("#logout")
	second.await(`document.querySelector('#login').checkVisibility()`)
	first.in("alice")
}

// All that a chat takes works without a mouse, and what has the keyboard can be seen.
func TestKeyboardAlone(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	bob, alice := openTab(t, d.host, desktop), openTab(t, d.host, desktop)
	bob.in("bob")
	bob.join("desk")

	alice.press("a", "l", "i", "c", "e")
	alice.press(kb.Tab) // the app ID
	alice.press(kb.Tab) // the token, closed
	alice.await(`document.activeElement.tagName === 'SUMMARY'`)
	alice.press(kb.Tab)
	alice.await(`document.activeElement.id === 'login-button'`)
	require.NotEqual(t, "none", eval[string](alice, `getComputedStyle(document.activeElement).outlineStyle`))
	alice.press(kb.Enter)
	alice.await(`document.activeElement.id === 'room-name'`)
	alice.press("d", "e", "s", "k", kb.Enter)
	alice.await(`document.activeElement.id === 'text'`)
	alice.press("h", "i", kb.Enter)
	bob.sees("#log", "hi")

	// On with Tab, around the whole page, without getting caught anywhere.
	seen := map[string]bool{}
	for range 30 {
		alice.press(kb.Tab)
		seen[eval[string](alice, `document.activeElement.id || document.activeElement.className || document.activeElement.tagName`)] = true
	}
	for _, id := range []string{"logout", "room-name", "contact-name", "leave", "log", "attr-name", "attr-value"} {
		require.Contains(t, seen, id)
	}
}
