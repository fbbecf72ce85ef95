package core_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/internal/wire"
)

func TestMessagesArePushedOrAnnounced(t *testing.T) {
	each(t, func(w *world) {
		a := w.login("alice", wire.DeviceGo)
		for _, device := range []string{wire.DeviceGo, wire.DeviceWeb} {
			b := w.login("bob-"+device, device)
			a.say(b.account, "one two")
			a.say(b.account, "")
			b.expect("#1 alice one two", "#2 alice ")
		}
		p := w.login("py", python)
		a.say("py", "hello")
		p.expect("msg 1")
		cleared, msgs := p.poll(0)
		assert.Equal(w.t, 0, cleared)
		assert.Equal(w.t, []string{"#1 alice hello"}, msgs)
		a.say("alice", "myself")
		a.expect("#1 alice myself")
	})
}

func TestPollAcknowledgesAndNeverFails(t *testing.T) {
	each(t, func(w *world) {
		a := w.login("alice", wire.DeviceGo)
		b := w.login("bob", wire.DeviceGo)
		cleared, msgs := b.poll(0)
		assert.Equal(w.t, 0, cleared)
		assert.Empty(w.t, msgs)
		for i := range 4 {
			a.say("bob", strconv.Itoa(i))
		}
		b.take()
		cleared, msgs = b.poll(2)
		assert.Equal(w.t, 2, cleared)
		assert.Equal(w.t, []string{"#3 alice 2", "#4 alice 3"}, msgs)
		cleared, msgs = b.poll(1) // takes nothing back
		assert.Equal(w.t, 2, cleared)
		assert.Len(w.t, msgs, 2)
		ret := b.ok(wire.FnGetMsg, "ver_clear", "3", "max", "=99")
		assert.Equal(w.t, 3, number(w.t, ret.Get("ver_clear")))
		assert.Nil(w.t, ret.Get("more"))
		ret = b.ok(wire.FnGetMsg, "ver_clear", "=-1", "max", "=-1") // what cannot be read counts as absent
		assert.Equal(w.t, 3, number(w.t, ret.Get("ver_clear")))
		cleared, msgs = b.poll(99) // counts as the newest
		assert.Equal(w.t, 4, cleared)
		assert.Empty(w.t, msgs)
	})
}

func TestPollHoldsThirtyMessages(t *testing.T) {
	eachWith(t, core.Limits{UserMessagesPerSecond: -1}, func(w *world) {
		a := w.login("alice", wire.DeviceGo)
		for i := range 70 {
			a.say("bob", strconv.Itoa(i))
		}
		b := w.login("bob", python)
		v := 0
		for _, n := range []int{30, 30, 10} {
			ret := b.ok(wire.FnGetMsg, "ver_clear", "="+strconv.Itoa(v), "max", "=30")
			from := v
			for e := range ret.Get("msgs").Elements() {
				ver, _, _ := wire.ParseVersioned(e)
				v++
				assert.EqualValues(w.t, v, ver)
			}
			assert.Equal(w.t, n, v-from)
			assert.Equal(w.t, n == 30, ret.Get("more") != nil)
		}
		ret := b.ok(wire.FnGetMsg, "ver_clear", "=60", "max", "=3")
		assert.NotNil(w.t, ret.Get("more"))
	})
}

func TestPollHolds256KiB(t *testing.T) {
	w := newWorld(t, 1, core.Limits{})
	a := w.login("alice", wire.DeviceGo)
	fat := strings.Repeat("\x00", 8196) // seven bytes each inside an answer
	for range 8 {
		require.Zero(t, codeOf(a.say("bob", fat)))
	}
	b := w.login("bob", wire.DeviceGo)
	_, msgs := b.poll(0)
	assert.Len(t, msgs, 4)
	assert.LessOrEqual(t, b.sizes[len(b.sizes)-1], wire.MaxPollBytes+200)
	_, msgs = b.poll(4)
	assert.Len(t, msgs, 4)
	assert.Zero(t, b.code(wire.FnGetMsg, "ver_clear", "=8"))
}

func TestListIsBoundedAndNothingOlderIsThrownAway(t *testing.T) {
	eachWith(t, core.Limits{Messages: 3}, func(w *world) {
		a := w.login("alice", wire.DeviceGo)
		for i := range 3 {
			assert.Zero(w.t, codeOf(a.say("bob", strconv.Itoa(i))))
		}
		ret := a.say("bob", "3")
		assert.Equal(w.t, 400, codeOf(ret))
		assert.Equal(w.t, "Full", ret.Get("reason").Text())
		b := w.login("bob", wire.DeviceGo)
		_, msgs := b.poll(0)
		assert.Equal(w.t, []string{"#1 alice 0", "#2 alice 1", "#3 alice 2"}, msgs)
		b.poll(3)
		assert.Zero(w.t, codeOf(a.say("bob", "4")))
		b.expect("#4 alice 4")
	})
	w := newWorld(t, 1, core.Limits{ListBytes: 1000})
	a := w.login("alice", wire.DeviceGo)
	assert.Zero(t, codeOf(a.say("bob", strings.Repeat("x", 700))))
	assert.Equal(t, 400, codeOf(a.say("bob", strings.Repeat("x", 700))))

	w = newWorld(t, 1, core.Limits{StoredBytes: 1000})
	a = w.login("alice", wire.DeviceGo)
	assert.Zero(t, codeOf(a.sayFor("bob", strings.Repeat("x", 700), 10)))
	assert.Equal(t, 400, codeOf(a.say("carol", strings.Repeat("x", 700))))
	w.wait(10 * time.Second)
	assert.Zero(t, codeOf(a.say("carol", strings.Repeat("x", 700))))

	w = newWorld(t, 1, core.Limits{Accounts: 2})
	a = w.login("alice", wire.DeviceGo)
	assert.Zero(t, codeOf(a.say("bob", "x")))
	assert.Equal(t, 400, codeOf(a.say("carol", "x")))
	assert.Equal(t, 705, a.code(wire.FnInvite, "channelName", "r", "peer", "carol"))
	assert.Equal(t, 1001, w.login("dave", wire.DeviceGo).code(wire.FnSetAttr, "name", "n", "value", "v"))

	w = newWorld(t, 1, core.Limits{Messages: -1, ListBytes: -1, MessageTTL: -1, StoredBytes: -1, UserMessagesPerSecond: -1, CallsPerSecond: -1})
	a = w.login("alice", wire.DeviceGo)
	for range 1100 {
		require.Zero(t, codeOf(a.say("bob", "x")))
	}
}

func TestOfflineMessagesLiveForTheirTTL(t *testing.T) {
	each(t, func(w *world) {
		a := w.login("alice", wire.DeviceGo)
		a.sayFor("bob", "short", 10)
		a.sayFor("bob", "long", 100*24*3600)
		a.sayFor("bob", "never", 0)
		w.at(10*time.Second - 1)
		assert.Equal(w.t, 2, w.accounts())
		b := w.login("bob", wire.DeviceGo)
		_, msgs := b.poll(0)
		assert.Equal(w.t, []string{"#1 alice short", "#2 alice long"}, msgs)
		w.at(10 * time.Second)
		cleared, msgs := b.poll(0)
		assert.Equal(w.t, 1, cleared)
		assert.Equal(w.t, []string{"#2 alice long"}, msgs)
		b.ok(wire.FnLogout)
		w.at(30*24*time.Hour - 1)
		assert.Equal(w.t, 2, w.accounts())
		w.at(30 * 24 * time.Hour)
		assert.Equal(w.t, 1, w.accounts(), "the account is forgotten with its last message")
	})
}

func TestOnlineAccountGetsMessagesWhateverTheTTL(t *testing.T) {
	each(t, func(w *world) {
		a, b := w.login("alice", wire.DeviceGo), w.login("bob", wire.DeviceGo)
		b.down()
		a.sayFor("bob", "now", 0)
		w.wait(119 * time.Second)
		b, ok := b.resume(wire.LineLogin{Resume: true})
		require.True(w.t, ok)
		b.expect("#1 alice now")
	})
}

func TestResumePushesWhatIsUnacknowledged(t *testing.T) {
	each(t, func(w *world) {
		a, b := w.login("alice", wire.DeviceGo), w.login("bob", wire.DeviceGo)
		a.say("bob", "1")
		a.say("bob", "2")
		b.expect("#1 alice 1", "#2 alice 2")
		b.down()
		for i := 3; i <= 40; i++ {
			a.say("bob", strconv.Itoa(i))
		}
		b, _ = b.resume(wire.LineLogin{Resume: true, VerClear: 1})
		var want []string
		for i := 2; i <= 31; i++ {
			want = append(want, fmt.Sprintf("#%d alice %d", i, i))
		}
		b.expect(append(want, "msg 40")...)
		b, _ = b.resume(wire.LineLogin{})
		b.nothing()
		cleared, _ := b.poll(0)
		assert.Equal(w.t, 1, cleared, "the resume acknowledged the first")

		p := w.login("py", python)
		a.say("py", "1")
		p, _ = p.resume(wire.LineLogin{Resume: true})
		p.expect("msg 1")
		p, _ = p.resume(wire.LineLogin{Resume: true, VerClear: 1})
		p.nothing()
	})
}

func TestResumePushesAtMost256KiB(t *testing.T) {
	w := newWorld(t, 1, core.Limits{})
	a, b := w.login("alice", wire.DeviceGo), w.login("bob", wire.DeviceGo)
	b.down()
	for range 8 {
		a.say("bob", strings.Repeat("\x00", 8196))
	}
	b, _ = b.resume(wire.LineLogin{Resume: true})
	got := b.take()
	assert.Len(t, got, 5)
	assert.Equal(t, "msg 8", got[4])
}

func TestMessageIDActsOnce(t *testing.T) {
	eachWith(t, core.Limits{Messages: 2, Keys: 3}, func(w *world) {
		a, b, c := w.login("alice", python), w.login("bob", wire.DeviceGo), w.login("carol", python)
		send := func(from *client, id, text string) int {
			return from.code(wire.FnSendMsg, "peer", "bob", "flag", "v1:E:60", "t", "instant", "content", text, "messageID", id)
		}
		assert.Zero(w.t, send(a, "m", "one"))
		assert.Zero(w.t, send(a, "m", "one"))
		assert.Zero(w.t, send(c, "m", "two")) // another sender's
		b.expect("#1 alice one", "#2 carol two")
		assert.Equal(w.t, 400, send(a, "n", "three"))
		b.poll(2)
		assert.Equal(w.t, 400, send(a, "n", "three"), "the same answer again")
		w.wait(5*time.Minute - 1)
		assert.Zero(w.t, send(a, "m", "one"))
		b.nothing()
		w.wait(1)
		assert.Zero(w.t, send(a, "m", "one"))
		b.expect("#3 alice one")
		b.poll(3)
		for _, id := range []string{"x", "y", "z"} { // m is the oldest of four then
			assert.Zero(w.t, send(a, id, id))
			b.expect("#" + strconv.Itoa(4+int(id[0]-'x')) + " alice " + id)
			b.poll(99)
		}
		assert.Zero(w.t, send(a, "m", "one"))
		b.expect("#7 alice one")
		b.poll(99)
		b.ok(wire.FnLogout)
		assert.Equal(w.t, 3, w.accounts(), "bob is remembered for the keys")
		w.wait(5 * time.Minute)
		assert.Equal(w.t, 2, w.accounts())
	})
	w := newWorld(t, 1, core.Limits{})
	assert.Zero(t, w.login("a", python).code(wire.FnSendMsg, "peer", "b", "flag", "v1:E:0", "t", "instant", "content", "", "messageID", "k"))
	assert.Equal(t, 2, w.accounts())
	w.wait(5 * time.Minute)
	assert.Equal(t, 1, w.accounts())
}

func TestGoCallsActOnce(t *testing.T) {
	each(t, func(w *world) {
		a, b := w.login("alice", wire.DeviceGo), w.login("bob", wire.DeviceGo)
		say := func(c *client, id int) {
			c.postAs(id, wire.FnSendMsg, "peer", "bob", "flag", "v1:E:60", "t", "instant", "content", strconv.Itoa(id))
		}
		say(a, 1)
		say(a, 2)
		say(a, 1)
		a.expect("ret 1 0", "ret 2 0", "ret 1 0")
		b.expect("#1 alice 1", "#2 alice 2")
		a.down()
		a, _ = a.resume(wire.LineLogin{Resume: true})
		say(a, 2)
		a.expect("ret 2 0")
		b.nothing()
		a.ack(1)
		say(a, 2)
		b.nothing()
		a.ack(2)
		say(a, 2) // was freed
		b.expect("#3 alice 2")

		p := w.login("py", python)
		say(p, 1)
		say(p, 1)
		b.expect("#4 py 1", "#5 py 1")
		p.ack(1)
	})
}

func TestAnswerOnTheWayIsWaitedFor(t *testing.T) {
	w := newWorld(t, 3, core.Limits{})
	a := w.login("alice", wire.DeviceGo)
	far := elsewhere(w, a.core)
	b := w.login(far, wire.DeviceGo)
	w.held = true
	a.postAs(1, wire.FnSendMsg, "peer", far, "flag", "v1:E:60", "t", "instant", "content", "hi")
	a, _ = a.resume(wire.LineLogin{Resume: true})
	w.held = true
	a.postAs(1, wire.FnSendMsg, "peer", far, "flag", "v1:E:60", "t", "instant", "content", "hi")
	w.deliver()
	a.expect("ret 1 0")
	b.expect("#1 alice hi")

	// Other devices: the socket that asked, or nobody.
	p := w.login("py", python)
	far = elsewhere(w, p.core)
	w.held = true
	p.post(wire.FnQueryNum, "name", far)
	n, _ := p.resume(wire.LineLogin{})
	w.deliver()
	p.expect("closed 1000")
	n.nothing()
}

func TestKeptAnswersAreBounded(t *testing.T) {
	w := newWorld(t, 1, core.Limits{CallsPerSecond: -1})
	a := w.login("alice", wire.DeviceGo)
	for i := 1; i <= 257; i++ {
		a.postAs(i, wire.FnSetAttr, "name", "n", "value", strconv.Itoa(i))
	}
	value := func() string { return a.ok(wire.FnGetAttr, "account", "alice", "name", "n").Get("value").Text() }
	a.id = 1000
	assert.Equal(t, "257", value())
	a.take()
	a.postAs(1, wire.FnSetAttr, "name", "n", "value", "again") // its answer made room for the newest
	assert.Equal(t, "again", value())

	// A read is made again unless its answer is small.
	a.ok(wire.FnSetAttr, "name", "big", "value", strings.Repeat("x", 2000))
	a.take()
	a.postAs(2000, wire.FnGetAttrAll, "account", "alice")
	a.postAs(2001, wire.FnGetAttr, "account", "alice", "name", "n")
	a.postAs(2002, wire.FnGetMsg)
	a.ok(wire.FnSetAttr, "name", "n", "value", "later")
	a.take()
	a.postAs(2000, wire.FnGetAttrAll, "account", "alice")
	assert.Equal(t, "later", a.answer(2000).Get("attrs").Get("n").Text())
	a.postAs(2001, wire.FnGetAttr, "account", "alice", "name", "n")
	assert.Equal(t, "again", a.answer(2001).Get("value").Text())
	a.postAs(2002, wire.FnGetMsg)
	a.expect("ret 2002 0")

	// 64 KiB in all.
	for i := range 20 {
		a.postAs(3000+i, wire.FnExtCall, "package", "p", "func", "f")
		x := w.extCall[len(w.extCall)-1]
		w.step(0, core.ExtReturn{Session: x.Session, Request: x.Request, Ret: strings.Repeat("y", 4096)})
	}
	called := len(w.extCall)
	a.postAs(3019, wire.FnExtCall, "package", "p", "func", "f")
	assert.Len(t, w.extCall, called)
	a.postAs(3000, wire.FnExtCall, "package", "p", "func", "f")
	assert.Len(t, w.extCall, called+1)
}

func TestUserAttributes(t *testing.T) {
	eachWith(t, core.Limits{Attrs: 2, AttrBytes: 100}, func(w *world) {
		a, b := w.login("alice", wire.DeviceGo), w.login("bob", wire.DeviceGo)
		ret := b.ok(wire.FnGetAttr, "account", "nobody", "name", "n")
		assert.Equal(w.t, `""`, string(ret.Get("value")))
		assert.Equal(w.t, "{}", string(b.ok(wire.FnGetAttrAll, "account", "nobody").Get("attrs")))
		a.ok(wire.FnSetAttr, "name", "n", "value", `say "hi"`)
		a.ok(wire.FnSetAttr, "name", "a", "value", "=17")
		ret = b.ok(wire.FnGetAttr, "account", "alice", "name", "n")
		assert.Equal(w.t, []string{`say "hi"`, "n", "alice"},
			[]string{ret.Get("value").Text(), ret.Get("name").Text(), ret.Get("account").Text()})
		ret = b.ok(wire.FnGetAttrAll, "account", "alice")
		assert.Equal(w.t, `{"a":"17","n":"say \"hi\""}`, ret.Get("json").Text())
		assert.Equal(w.t, ret.Get("json").Text(), string(ret.Get("attrs")))
		assert.Equal(w.t, "alice", ret.Get("account").Text())
		assert.Equal(w.t, 1001, a.code(wire.FnSetAttr, "name", "x", "value", "y"), "one too many")
		assert.Equal(w.t, 1001, a.code(wire.FnSetAttr, "name", "a", "value", strings.Repeat("x", 90)), "too long together")
		assert.Equal(w.t, 1001, a.code(wire.FnSetAttr, "name", "a", "value", strings.Repeat("\n", 14)), "counted as in a frame")
		assert.Zero(w.t, a.code(wire.FnSetAttr, "name", "a", "value", strings.Repeat("x", 60)))
		assert.Equal(w.t, 2, w.accounts(), "questions make no accounts")
	})
}
