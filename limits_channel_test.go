package signal_test

import (
	"fmt"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/recorder"
	"github.com/agora-signal-go/signal/internal/wire"
)

// An attribute of a channel changes ten times a second, or as often as the channel's attribute says.
func TestLimitsAttrChanges(t *testing.T) {
	t.Parallel()
	for attr, most := range map[string]int{"": 10, "1": 1, "3": 3, "25": 25} {
		t.Run(attr, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := pipes(t)
				u := online(t, srv, "alice")
				u.enter(t, "room")
				if attr != "" {
					u.ChannelSetAttr("room", "_setattr_limit", attr)
				}
				alice := listen(u)
				n := 0
				burst := func(name string, times, pass int) {
					t.Helper()
					for range times {
						n++
						alice.ChannelSetAttr("room", name, strconv.Itoa(n))
					}
					came := alice.news()
					assert.Equal(t, pass, count(came, "OnChannelAttrUpdated", "room", name))
					assert.Equal(t, pass > 0, has(came, "OnChannelAttrUpdated", "room", name, strconv.Itoa(n-times+pass), "update"))
					wasLimited(t, came, "channelSetAttr", times-pass)
				}
				burst("topic", most+1, most)
				burst("other", most+2, most) // each attribute for itself
				alice.ChannelDelAttr("room", "topic")
				wasLimited(t, alice.news(), "channelDelAttr", 1)
				time.Sleep(time.Second / time.Duration(most))
				burst("topic", 2, 1)
				time.Sleep(time.Second)
				burst("topic", most+1, most)
				time.Sleep(time.Hour)
				burst("topic", most+1, most)

				// To clear counts by itself, and only when there is something to clear.
				for range most {
					time.Sleep(time.Second)
					burst("topic", 1, 1)
				}
				time.Sleep(time.Second)
				for range most {
					alice.ChannelClearAttr("room")
					alice.ChannelSetAttr("room", "one of "+attr, "")
					n++
					alice.ChannelSetAttr("room", strconv.Itoa(n), "")
				}
				wasLimited(t, alice.news(), "channelSetAttr", 0)
				alice.ChannelClearAttr("room")
				wasLimited(t, alice.news(), "channelClearAttr", 1)

				// The limits themselves have none.
				for range 30 {
					alice.ChannelSetAttr("room", "_setattr_limit", "2")
				}
				came := alice.news()
				assert.Equal(t, 30, count(came, "OnChannelAttrUpdated", "room", "_setattr_limit", "2", "update"))
				time.Sleep(time.Second)
				burst("topic", 3, 2)
				alice.ChannelDelAttr("room", "_setattr_limit")
				time.Sleep(time.Second)
				burst("topic", 11, 10)
			})
		})
	}
}

// The attributes of one channel change 1,000 times a second, all of them together.
func TestLimitsAttrEvents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const most, users, each = 1000, 6, 200
		srv := pipes(t)
		var setters []*ear
		for n := range users {
			setters = append(setters, listen(online(t, srv, fmt.Sprint(n))))
		}
		for range 2 {
			for n := range most + 3 {
				setters[n/each].ChannelSetAttr("room", fmt.Sprint(n/5), fmt.Sprint(n%5))
				if n%each == each-1 {
					synctest.Wait()
				}
			}
			for n, s := range setters {
				over := 0
				if n == users-1 {
					over = 3
				}
				wasLimited(t, s.news(), "channelSetAttr", over)
			}
			setters[users-1].ChannelSetAttr("other", "n", "v")
			setters[users-1].ChannelSetAttr("room", "_setattr_limit", "10")
			assert.Empty(t, setters[users-1].news())
			time.Sleep(time.Second / most)
			setters[users-1].ChannelSetAttr("room", "one", "")
			setters[users-1].ChannelSetAttr("room", "two", "")
			wasLimited(t, setters[users-1].news(), "channelSetAttr", 1)
			time.Sleep(time.Second)
		}
	})
}

// A channel has 1,000 attributes at most.
func TestLimitsAttrs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const most = 1000
		alice := listen(online(t, pipes(t), "alice"))
		for n := range most {
			alice.ChannelSetAttr("room", strconv.Itoa(n), "1")
			if n%100 == 99 {
				time.Sleep(time.Second)
			}
		}
		assert.Empty(t, alice.news())
		alice.ChannelSetAttr("room", "one more", "1")
		assert.True(t, has(alice.news(), "OnError", "channelSetAttr", int(signal.GeneralEFailed)))
		alice.ChannelSetAttr("room", "0", "2")
		alice.ChannelDelAttr("room", "1")
		alice.ChannelSetAttr("room", "one more", "2")
		assert.Empty(t, alice.news())
		alice.ChannelJoin("room")
		came := alice.news()
		assert.Equal(t, most, count(came, "OnChannelAttrUpdated"))
		assert.True(t, has(came, "OnChannelAttrUpdated", "room", "one more", "2", "update"))
		assert.True(t, has(came, "OnChannelAttrUpdated", "room", "0", "2", "update"))
	})
}

// A channel that nobody is in keeps its attributes for its time, to the moment.
func TestLimitsChannelTTL(t *testing.T) {
	t.Parallel()
	for attr, kept := range map[string]time.Duration{
		"": 7200 * time.Second, "0": 0, "1": time.Second, "90": 90 * time.Second, "2592000": 30 * 24 * time.Hour,
	} {
		t.Run(attr, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := pipes(t)
				alice, bob := online(t, srv, "alice"), online(t, srv, "bob")
				for channel, u := range map[string]user{"early": alice, "late": bob} {
					u.enter(t, channel)
					if attr != "" {
						u.ChannelSetAttr(channel, "_channel_ttl", attr)
						u.Expect(t, "OnChannelAttrUpdated", channel, "_channel_ttl", attr)
					}
					u.ChannelSetAttr(channel, "topic", "x")
					u.Expect(t, "OnChannelAttrUpdated", channel, "topic", "x")
				}
				time.Sleep(min(kept, 2*time.Hour) + time.Minute) // nothing ends while somebody is in
				alice.ChannelLeave("early")
				alice.Expect(t, "OnChannelLeaved", "early", int(signal.LeaveChannelEByUser))
				alice.Logout()
				bob.Logout()
				synctest.Wait()
				if kept > 0 {
					time.Sleep(kept - 1)
					carol := online(t, srv, "carol")
					carol.enter(t, "early")
					if attr != "" {
						carol.Expect(t, "OnChannelAttrUpdated", "early", "_channel_ttl", attr, "update")
					}
					carol.Expect(t, "OnChannelAttrUpdated", "early", "topic", "x", "update")
					carol.Logout()
					then()
				}
				dave := online(t, srv, "dave")
				dave.enter(t, "late")
				synctest.Wait()
				dave.Quiet(t)
				dave.Logout()
				if kept > 0 { // carol has begun it anew
					time.Sleep(kept - 2)
					erin := online(t, srv, "erin")
					erin.enter(t, "early")
					erin.Await(t, "OnChannelAttrUpdated", "early", "topic", "x", "update")
				}
			})
		})
	}
}

// A channel that was never joined has its time too, and what is left of it may be changed.
func TestLimitsChannelTTLNeverJoined(t *testing.T) {
	t.Parallel()
	const hour = time.Hour
	for name, tt := range map[string]struct {
		after time.Duration // then the attribute is set
		ttl   string
		kept  time.Duration
	}{
		"default": {0, "", 2 * hour},
		"longer":  {hour, "10800", 3 * hour},
		"shorter": {hour, "3601", hour + time.Second},
		"passed":  {hour, "60", hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := pipes(t)
				alice := online(t, srv, "alice")
				began := time.Now()
				for _, channel := range []string{"early", "late"} {
					alice.ChannelSetAttr(channel, "topic", "x")
				}
				synctest.Wait()
				time.Sleep(tt.after)
				if tt.ttl != "" {
					for _, channel := range []string{"early", "late"} {
						alice.ChannelSetAttr(channel, "_channel_ttl", tt.ttl)
					}
					synctest.Wait()
				}
				bob := listen(online(t, srv, "bob"))
				if left := tt.kept - time.Since(began); left > 0 {
					time.Sleep(left - 1)
					bob.ChannelJoin("early")
					assert.True(t, has(bob.news(), "OnChannelAttrUpdated", "early", "topic", "x"))
					then()
				}
				bob.ChannelJoin("late")
				came := bob.news()
				assert.True(t, has(came, "OnChannelJoined", "late"))
				assert.Zero(t, count(came, "OnChannelAttrUpdated"))
				alice.Quiet(t)
			})
		})
	}
}

// Members are told their number every n seconds, and only after it has changed.
func TestLimitsMemberNum(t *testing.T) {
	t.Parallel()
	for _, every := range []int{1, 5, 60} {
		t.Run(strconv.Itoa(every), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := time.Duration(every) * time.Second
				srv := pipes(t)
				alice, bob, carol := online(t, srv, "alice"), online(t, srv, "bob"), online(t, srv, "carol")
				alice.enter(t, "room")
				alice.ChannelSetAttr("room", "_auto_update_num", strconv.Itoa(every))
				alice.Expect(t, "OnChannelAttrUpdated", "room", "_auto_update_num", strconv.Itoa(every), "update")
				began := time.Now()
				silence(t, 3*n, alice) // no change
				then()
				time.Sleep(n / 4)
				bob.enter(t, "room")
				bob.Expect(t, "OnChannelAttrUpdated", "room", "_auto_update_num")
				bob.Expect(t, "OnChannelAttrUpdated", "room", "_member_num", "2", "update") // as it is now
				alice.Expect(t, "OnChannelUserJoined", "bob", 0)
				silence(t, n-n/4, alice, bob)
				then()
				for _, u := range []user{alice, bob} {
					c := u.Expect(t, "OnChannelAttrUpdated", "room", "_member_num", "2", "update")
					assert.Equal(t, 4*n, c.At.Sub(began))
				}
				silence(t, 5*n+n/2, alice, bob)
				for range 2 { // many changes are told at once
					carol.enter(t, "room")
					carol.ChannelLeave("room")
					carol.Await(t, "OnChannelLeaved", "room")
				}
				carol.enter(t, "room")
				c := bob.AwaitWithin(t, 2*n, "OnChannelAttrUpdated", "room", "_member_num", "3", "update")
				assert.Equal(t, 10*n, c.At.Sub(began))
				c = alice.AwaitWithin(t, 2*n, "OnChannelAttrUpdated", "room", "_member_num", "3", "update")
				assert.Equal(t, 10*n, c.At.Sub(began))
				carol.Logout()
				for _, u := range []user{alice, bob} {
					u.Expect(t, "OnChannelUserLeaved", "carol", 0)
					c := u.AwaitWithin(t, 2*n, "OnChannelAttrUpdated", "room", "_member_num", "2", "update")
					assert.Equal(t, 11*n, c.At.Sub(began))
				}

				// Switched off, it is gone.
				off := func() { alice.ChannelSetAttr("room", "_auto_update_num", "0") }
				if every == 5 {
					off = func() { alice.ChannelDelAttr("room", "_auto_update_num") }
				}
				off()
				alice.Expect(t, "OnChannelAttrUpdated", "room", "_auto_update_num")
				bob.ChannelLeave("room")
				alice.Expect(t, "OnChannelUserLeaved", "bob", 0)
				time.Sleep(3 * n)
				alice.Quiet(t)
				dave := listen(online(t, srv, "dave"))
				dave.ChannelJoin("room")
				assert.Zero(t, count(dave.news(), "OnChannelAttrUpdated", "room", "_member_num"))
			})
		})
	}
}

// They are told how many ever joined where both of the attributes that ask for it are set, in a rhythm of its own.
func TestLimitsTotalMemberNum(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		u := online(t, srv, "alice")
		bob := online(t, srv, "bob")
		u.enter(t, "room")
		alice := listen(u)
		come := func() {
			t.Helper()
			bob.enter(t, "room")
			bob.ChannelLeave("room")
			bob.Await(t, "OnChannelLeaved", "room")
		}
		set := func(name, value string) {
			t.Helper()
			alice.ChannelSetAttr("room", name, value)
			assert.Equal(t, 1, count(alice.news(), "OnChannelAttrUpdated"))
		}
		// told returns when which number was told in the next minute.
		told := func(name string) (all []string) {
			t.Helper()
			began := time.Now()
			time.Sleep(time.Minute)
			for _, c := range alice.news() {
				if c.Is("OnChannelAttrUpdated", "room", name) {
					all = append(all, fmt.Sprint(c.At.Sub(began).Seconds(), " ", c.Args[2]))
				}
			}
			return all
		}
		set("_auto_update_total_num", "7") // alone it says nothing
		come()                             // 2
		assert.Empty(t, told("_total_member_num"))
		set("_auto_update_num", "20")
		assert.Empty(t, told("_total_member_num"))
		come()                                                      // 3
		assert.Equal(t, []string{"3 3"}, told("_total_member_num")) // 60 s later, at the 9th of 7 s each
		come()                                                      // 4
		assert.Equal(t, []string{"20 1"}, told("_member_num"))
		come() // 5
		carol := listen(online(t, srv, "carol"))
		carol.ChannelJoin("room") // 6
		came := carol.news()
		assert.True(t, has(came, "OnChannelAttrUpdated", "room", "_total_member_num", "6", "update"))
		assert.True(t, has(came, "OnChannelAttrUpdated", "room", "_member_num", "2", "update"))
		assert.Equal(t, []string{"2 6"}, told("_total_member_num")) // 180 s: the 26th is at 182
		set("_auto_update_num", "0")
		come()
		assert.Empty(t, told("_total_member_num"))
		set("_auto_update_num", "1")
		set("_auto_update_total_num", "0")
		come()
		assert.Empty(t, told("_total_member_num"))
		set("_auto_update_total_num", "3")
		come() // 9
		assert.Equal(t, []string{"3 9"}, told("_total_member_num"))
	})
}

// With _userNotification 0 nobody is told who comes and goes.
func TestLimitsUserNotification(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := pipes(t)
		u, bob, carol := online(t, srv, "alice"), online(t, srv, "bob"), online(t, srv, "carol")
		u.enter(t, "room")
		carol.enter(t, "room")
		alice := listen(u)
		set := func(value string) {
			t.Helper()
			if value == "" {
				alice.ChannelDelAttr("room", "_userNotification")
			} else {
				alice.ChannelSetAttr("room", "_userNotification", value)
			}
			assert.Equal(t, 1, count(alice.news(), "OnChannelAttrUpdated", "room", "_userNotification", value))
		}
		visit := func(leave func()) {
			t.Helper()
			bob.ChannelJoin("room")
			c := bob.Await(t, "OnChannelUserList")
			assert.Equal(t, []string{"bob", "carol", "alice"}, c.Args[0])
			leave()
			synctest.Wait()
		}
		leave := func() { bob.ChannelLeave("room") }
		relogin := func() { bob.Logout(); bob.Login("app", "bob", signal.NoToken, 0, "") }
		for _, value := range []string{"0", "1", "0", ""} {
			set(value)
			for _, end := range []func(){leave, relogin} {
				visit(end)
				came := alice.news()
				told := 1
				if value == "0" {
					told = 0
				}
				assert.Equal(t, told, count(came, "OnChannelUserJoined", "bob", 0))
				assert.Equal(t, told, count(came, "OnChannelUserLeaved", "bob", 0))
				assert.Len(t, came, 2*told)
			}
		}
		// Of one who left unheard the return is told.
		set("0")
		carol.ChannelLeave("room")
		assert.Empty(t, alice.news())
		set("1")
		carol.ChannelJoin("room")
		assert.Equal(t, 1, count(alice.news(), "OnChannelUserJoined", "carol", 0))
	})
}

// The list that a joiner gets has the newest 200, himself among them.
func TestLimitsUserList(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const others, most = 200, 200
		srv := pipes(t)
		alice := online(t, srv, "alice")
		alice.ChannelSetAttr("room", "_userNotification", "0") // what 200 members tell each other matters to nobody here
		synctest.Wait()
		want := []string{"alice"}
		for n := range others {
			newProbe(t, srv, fmt.Sprint(n), wire.DeviceWeb).ok(wire.FnJoin, "name", "room")
			if n > others-most {
				want = append(want, fmt.Sprint(n))
			}
		}
		for i, j := 1, len(want)-1; i < j; i, j = i+1, j-1 {
			want[i], want[j] = want[j], want[i]
		}
		require.Len(t, want, most)
		alice.ChannelJoin("room")
		alice.Expect(t, "OnChannelJoined", "room")
		c := alice.Expect(t, "OnChannelUserList")
		assert.Equal(t, want, c.Args[0])
		assert.Len(t, c.Args[1], most)
		alice.Expect(t, "OnChannelAttrUpdated", "room", "_userNotification", "0", "update")
		alice.ChannelQueryUserNum("room")
		alice.Expect(t, "OnChannelQueryUserNumResult", "room", 0, others+1)
		alice.Quiet(t)
	})
}

// A built-in attribute takes the values that mean something, from end to end, and no others.
func TestLimitsBuiltinValues(t *testing.T) {
	t.Parallel()
	never := []string{"", " ", "x", "+1", " 1", "1 ", "1.0", "1.5", "1e2", "0x1", "1_0", "--1", "-", "１", "\n", "1s", "true", "null"}
	for name, tt := range map[string]struct{ good, bad []string }{
		"_channel_ttl":           {[]string{"0", "1", "007", "2592000"}, []string{"-1", "2592001", "9223372036854775808"}},
		"_auto_update_num":       {[]string{"0", "1", "3600"}, []string{"-1", "3601"}},
		"_auto_update_total_num": {[]string{"0", "1", "3600"}, []string{"-1", "3601"}},
		"_sendmsg_limit":         {[]string{"1", "1000"}, []string{"0", "-1", "1001"}},
		"_setattr_limit":         {[]string{"1", "1000"}, []string{"0", "-1", "1001"}},
		"_userNotification":      {[]string{"0", "1"}, []string{"2", "-1", "00", "01"}},
		"_member_num":            {nil, []string{"0", "1", "5"}},
		"_total_member_num":      {nil, []string{"0", "1", "5"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := online(t, pipes(t), "alice")
				u.enter(t, "room")
				alice := listen(u)
				for _, value := range tt.good {
					alice.ChannelSetAttr("room", name, value)
					came := alice.news()
					assert.Len(t, came, 1, "%q", value)
					assert.True(t, has(came, "OnChannelAttrUpdated", "room", name, value, "update"), "%q", value)
				}
				for _, value := range append(tt.bad, never...) {
					alice.ChannelSetAttr("room", name, value)
					came := alice.news()
					assert.Len(t, came, 1, "%q", value)
					assert.True(t, has(came, "OnError", "channelSetAttr", int(signal.GeneralEWrongParam)), "%q: %v", value, came)
				}
				if tt.good == nil {
					alice.ChannelDelAttr("room", name)
					assert.True(t, has(alice.news(), "OnError", "channelDelAttr", int(signal.GeneralEWrongParam)))
				}
			})
		})
	}
	t.Run("_conn_timeout", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			alice := listen(online(t, pipes(t), "alice"))
			for value, want := range map[string]string{
				"20": "20", "120": "120", "77": "77", "077": "77", "19": "20", "121": "120", "0": "20", "-5": "20", "-0": "20",
				"99999999999999999999": "120", "-99999999999999999999": "20",
			} {
				alice.SetAttr("_conn_timeout", value)
				alice.GetAttr("_conn_timeout")
				came := alice.news()
				assert.Len(t, came, 1, "%q", value)
				assert.True(t, has(came, "OnUserAttrResult", recorder.Any, "_conn_timeout", want), "%q: %v", value, came)
			}
			for _, value := range never {
				alice.SetAttr("_conn_timeout", value)
				came := alice.news()
				assert.Len(t, came, 1, "%q", value)
				assert.True(t, has(came, "OnError", "setAttr", int(signal.GeneralEWrongParam)), "%q: %v", value, came)
			}
		})
	})
}
