package browser

import (
	"fmt"
	"testing"
)

// ring has one call the other, who hears it ring.
func ring(caller, callee *tab, from, to string) {
	caller.t.Helper()
	caller.add(to)
	caller.sees("#talk-note", "online")
	caller.click("#call-start")
	callee.sees("#ring-title", from)
}

// lookAtEachOther waits until both are shown what the other's camera sees.
func lookAtEachOther(tabs ...*tab) {
	for _, b := range tabs {
		b.t.Helper()
		b.await(`/^\d+:\d\d$/.test(document.querySelector('#call-state').innerText)`)
		b.frames(5)
	}
}

// alone waits until a call is over, and everything of it is given back.
func alone(b *tab) {
	b.t.Helper()
	b.await(`!document.querySelector('#call').checkVisibility()`)
	b.await(`document.querySelector('#remote-video').srcObject === null && document.querySelector('#local-video').srcObject === null`)
}

func TestAVideoCall(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	alice, bob := openTab(t, d.host, desktop).in("alice"), openTab(t, d.host, phone).in("bob")
	ring(alice, bob, "alice", "bob")
	alice.sees("#call-state", "Ringing at bob")
	alice.shot("ringing")
	bob.shot("ring")
	bob.await(`document.activeElement.id === 'ring-title'`) // a key that is pressed by chance answers nothing
	bob.press("\r", "\x1b")
	bob.sees("#ring-title", "alice")
	bob.await(`document.title === 'alice is calling'`)
	bob.click("#ring-accept")
	bob.await(`document.title === 'bob – Signal demo'`)
	lookAtEachOther(alice, bob)
	alice.sees("#call-echo", "ms there and back")
	bob.sees("#call-echo", "Data channel open")
	alice.shot("call")
	bob.shot("call")
	bob.fits()
	for range 8 { // the keyboard stays where something can be seen
		bob.press("\t")
		bob.await(`document.activeElement === document.body || document.querySelector('#call').contains(document.activeElement)`)
	}

	alice.click("#call-mute")
	alice.await(`document.querySelector('#call-mute').ariaPressed === 'true' && !document.querySelector('#local-video').srcObject.getAudioTracks()[0].enabled`)
	alice.click("#call-camera")
	alice.await(`!document.querySelector('#local-video').srcObject.getVideoTracks()[0].enabled`)
	alice.fill("#text", "Can you read this too?") // one can chat beside it
	alice.press("\r")
	alice.sees("#log", "Can you read this too?")

	bob.click("#call-end")
	alice.sees("#log", "bob hung up.")
	alone(alice)
	alone(bob)
	alice.fits()

	// Again, the other way round, and the caller hangs up.
	bob.click("#call-start")
	alice.click("#ring-accept")
	lookAtEachOther(alice, bob)
	bob.click("#call-end")
	alone(alice)
	alone(bob)
	bob.sees("#log", "The call with alice is over.")
}

func TestACallThatIsNotTaken(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	alice, bob := openTab(t, d.host, desktop).in("alice"), openTab(t, d.host, desktop).in("bob")

	ring(alice, bob, "alice", "bob")
	bob.click("#ring-refuse")
	alice.sees("#alerts", "bob refused the call.")
	alone(alice)

	alice.click("#call-start")
	bob.sees("#ring-title", "alice")
	alice.click("#call-end") // before bob does anything
	bob.await(`!document.querySelector('#ring').open`)
	bob.click("#contacts .entry")
	bob.sees("#log", "You missed a call of alice.")
	alone(alice)

	alice.add("carol")
	alice.sees("#talk-note", "not online")
	alice.click("#call-start")
	alice.sees("#alerts", "carol is not online.")
	alone(alice)
	alice.shot("offline")
}

func TestOneCallAtATime(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	alice, bob, carol := openTab(t, d.host, desktop).in("alice"), openTab(t, d.host, desktop).in("bob"), openTab(t, d.host, desktop).in("carol")
	ring(alice, bob, "alice", "bob")
	bob.click("#ring-accept")
	lookAtEachOther(alice, bob)
	carol.add("bob")
	carol.click("#call-start")
	carol.sees("#alerts", "bob is in another call.")
	alone(carol)
	bob.sees("#contacts", "carol")
	bob.frames(10) // and goes on with his own
}

// Who has no camera is called all the same, and sees the other.
func TestACallWithoutACamera(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	alice, bob := openTab(t, d.host, desktop).in("alice"), openTab(t, d.host, phone).in("bob")
	bob.await(fmt.Sprintf(`(navigator.mediaDevices.getUserMedia = (want) => Promise.reject(new DOMException('none', %q)), true)`, "NotFoundError"))
	ring(alice, bob, "alice", "bob")
	bob.click("#ring-accept")
	bob.frames(5)
	bob.sees("#call-note", "No camera or microphone was found. You see and hear")
	bob.await(`document.querySelector('#call-mute').disabled && document.querySelector('#call-camera').disabled`)
	alice.await(`/^\d+:\d\d$/.test(document.querySelector('#call-state').innerText)`)
	alice.sees("#call-face", "BO")
	bob.shot("nocamera")
	alice.click("#call-end")
	alone(bob)

	// The other way round: who calls has none.
	bob.click("#call-start")
	alice.click("#ring-audio")
	alice.await(`document.querySelector('#local-video').srcObject?.getVideoTracks().length === 0`)
	alice.await(`/^\d+:\d\d$/.test(document.querySelector('#call-state').innerText)`)
	bob.click("#call-end")
	alone(alice)
}

// Two that call each other at the same moment talk.
func TestTwoCallEachOther(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	alice, bob := openTab(t, d.host, desktop).in("alice"), openTab(t, d.host, desktop).in("bob")
	alice.add("bob")
	bob.add("alice")
	// Neither hears of the other's call before it has called itself.
	const hold = `(window.held = WebSocket.prototype.send, WebSocket.prototype.send = function (data) {
		(window.waiting ??= []).push(() => window.held.call(this, data)) }, true)`
	const release = `(WebSocket.prototype.send = window.held, window.waiting.forEach((send) => send()), true)`
	alice.await(hold)
	bob.await(hold)
	alice.click("#call-start")
	bob.click("#call-start")
	alice.sees("#call-state", "Calling bob")
	bob.sees("#call-state", "Calling alice")
	alice.await(release)
	bob.await(release)
	lookAtEachOther(alice, bob)
	alice.click("#call-end")
	alone(alice)
	alone(bob)
}
