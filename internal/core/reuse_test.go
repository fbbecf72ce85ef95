package core_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

// A Core uses its memory again. What was sent before must not change by that, nor anything of it turn up elsewhere.
func TestWhatWasSentStaysAsItWas(t *testing.T) {
	unlimited := core.Limits{UserMessagesPerSecond: -1, AttrChangesPerSecond: -1, CallsPerSecond: -1}
	eachWith(t, unlimited, func(w *world) {
		alice, bob := w.login("alice", wire.DeviceGo), w.login("bob", wire.DeviceGo)
		alice.ok(wire.FnJoin, "name", "room")
		bob.ok(wire.FnJoin, "name", "room")
		alice.take()
		bob.take()
		var held [][]byte
		n, _ := bob.resume(wire.LineLogin{})
		n.hold = &held
		alice.hold = &held
		texts := []string{"short", strings.Repeat("a longer text ", 200), `{"a":"\"b\"\\"}`, "", "\x00\n", "日本語"}
		for i := range 60 {
			text := texts[i%len(texts)]
			assert.Equal(t, 0, codeOf(alice.say("bob", text)))
			alice.ok(wire.FnChannelSend, "name", "room", "msg", text)
			alice.ok(wire.FnSetAttr, "name", "n", "value", text)
			assert.Equal(t, text, n.ok(wire.FnGetAttr, "account", "alice", "name", "n").Get("value").Text())
			if i%7 == 0 {
				n.poll(i)
				alice.ack(alice.id)
			}
		}
		copies := make([]string, len(held))
		for i, frame := range held {
			copies[i] = string(frame)
		}
		for range 20 {
			alice.say("bob", strings.Repeat("x", 50))
			alice.ok(wire.FnGetAttr, "account", "alice", "name", "n")
			n.poll(1 << 30)
			alice.ack(alice.id)
		}
		for i := range copies {
			assert.Equal(t, copies[i], string(held[i]))
		}
		assert.Greater(t, len(copies), 200)
	})
}

func TestAnswersOfAnySizeAndToAnyNumber(t *testing.T) {
	each(t, func(w *world) {
		alice, bob := w.login("alice", wire.DeviceGo), w.login("bob", python)
		long := strings.Repeat(`"`, wire.MaxValue)
		for _, name := range []string{"a", "b", "c"} {
			alice.ok(wire.FnSetAttr, "name", name, "value", long)
		}
		for range 3 {
			attrs := wire.ParseStrings(bob.ok(wire.FnGetAttrAll, "account", "alice").Get("attrs"))
			assert.Equal(t, map[string]string{"a": long, "b": long, "c": long}, attrs)
			assert.Equal(t, long, bob.ok(wire.FnGetAttr, "account", "alice", "name", "b").Get("value").Text())
			id := "1." + strings.Repeat("0", 100)
			bob.raw(id, wire.FnQueryStatus, bob.args("account", "alice"))
			assert.Contains(t, bob.frames[len(bob.frames)-1].Event, `["call2-ret",[`+id+`,"","{\"result\":\"ok\",\"status\":1,`)
			bob.frames = bob.frames[:bob.seen]
		}
	})
}

func TestAMessageThatFoundNoRoomIsAnsweredSoAgain(t *testing.T) {
	eachWith(t, core.Limits{Messages: 1}, func(w *world) {
		alice := w.login("alice", wire.DeviceGo)
		bob := w.login("bob", python)
		say := func(key string) int {
			return alice.code(wire.FnSendMsg, "peer", "bob", "flag", "v1:E:60", "t", "instant", "content", "hi", "messageID", key)
		}
		assert.Equal(t, 0, say("1"))
		assert.Equal(t, wire.SendMessageEOther, say("2"))
		bob.poll(1)
		assert.Equal(t, wire.SendMessageEOther, say("2"))
		assert.Equal(t, 0, say("1"))
		assert.Equal(t, 0, say("3"))
	})
}
