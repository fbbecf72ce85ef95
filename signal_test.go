package signal_test

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/recorder"
)

// A request is a call of the API, and the callback that says that it failed with code.
type request struct {
	name string
	call func(*signal.API)
	want func(code int) recorder.Call
}

func failure(name string, args ...any) recorder.Call { return recorder.Call{Name: name, Args: args} }

func onError(method string) func(int) recorder.Call {
	return func(code int) recorder.Call { return failure("OnError", method, code) }
}

func inviteFailed(extra string) func(int) recorder.Call {
	return func(code int) recorder.Call { return failure("OnInviteFailed", "ch", "bob", 0, code, extra) }
}

func sendError(code int) recorder.Call { return failure("OnMessageSendError", "id", code) }

// requests returns every method of the API that asks for something, with arguments that are right.
func requests() []request {
	return []request{
		{"Invoke", func(a *signal.API) { a.Invoke("io.agora.signal.channel_query_num", `{"name":"ch"}`, "id") },
			func(int) recorder.Call { return failure("OnInvokeRet", "id", "1003") }},
		{"QueryUserStatus", func(a *signal.API) { a.QueryUserStatus("bob") }, onError("queryUserStatus")},
		{"SetAttr", func(a *signal.API) { a.SetAttr("n", "v") }, onError("setAttr")},
		{"GetAttr", func(a *signal.API) { a.GetAttr("n") }, onError("getAttr")},
		{"GetAttrAll", func(a *signal.API) { a.GetAttrAll() }, onError("getAttrAll")},
		{"GetUserAttr", func(a *signal.API) { a.GetUserAttr("bob", "n") }, onError("getUserAttr")},
		{"GetUserAttrAll", func(a *signal.API) { a.GetUserAttrAll("bob") }, onError("getUserAttrAll")},
		{"MessageInstantSend", func(a *signal.API) { a.MessageInstantSend("bob", 0, "hello", "id") }, sendError},
		{"MessageChannelSend", func(a *signal.API) { a.MessageChannelSend("ch", "hello", "id") }, sendError},
		{"MessageChannelSendForce", func(a *signal.API) { a.MessageChannelSendForce("ch", "hello", "id") }, sendError},
		{"MessageDTMFSend", func(a *signal.API) { a.MessageDTMFSend(0, "1", "id") }, sendError},
		{"ChannelJoin", func(a *signal.API) { a.ChannelJoin("ch") },
			func(code int) recorder.Call { return failure("OnChannelJoinFailed", "ch", code) }},
		{"ChannelLeave", func(a *signal.API) { a.ChannelLeave("ch") },
			func(code int) recorder.Call { return failure("OnChannelLeaved", "ch", code) }},
		{"ChannelQueryUserNum", func(a *signal.API) { a.ChannelQueryUserNum("ch") },
			func(code int) recorder.Call { return failure("OnChannelQueryUserNumResult", "ch", code, 0) }},
		{"ChannelSetAttr", func(a *signal.API) { a.ChannelSetAttr("ch", "n", "v") }, onError("channelSetAttr")},
		{"ChannelDelAttr", func(a *signal.API) { a.ChannelDelAttr("ch", "n") }, onError("channelDelAttr")},
		{"ChannelClearAttr", func(a *signal.API) { a.ChannelClearAttr("ch") }, onError("channelClearAttr")},
		{"ChannelInviteUser", func(a *signal.API) { a.ChannelInviteUser("ch", "bob", 0) }, inviteFailed("")},
		{"ChannelInviteUser2", func(a *signal.API) { a.ChannelInviteUser2("ch", "bob", `{"a":1}`) }, inviteFailed(`{"a":1}`)},
		{"ChannelInvitePhone", func(a *signal.API) { a.ChannelInvitePhone("ch", "bob", 0) }, inviteFailed("")},
		{"ChannelInvitePhone2", func(a *signal.API) { a.ChannelInvitePhone2("ch", "bob", "+1") }, inviteFailed(`{"srcNum":"+1"}`)},
		{"ChannelInvitePhone3", func(a *signal.API) { a.ChannelInvitePhone3("ch", "bob", "+1", `{"a": 1}`) },
			inviteFailed(`{"a":1,"srcNum":"+1"}`)},
		{"ChannelInviteAccept", func(a *signal.API) { a.ChannelInviteAccept("ch", "bob", 0, "") }, onError("channelInviteAccept")},
		{"ChannelInviteRefuse", func(a *signal.API) { a.ChannelInviteRefuse("ch", "bob", 0, "") }, onError("channelInviteRefuse")},
		{"ChannelInviteEnd", func(a *signal.API) { a.ChannelInviteEnd("ch", "bob", 0) }, onError("channelInviteEnd")},
		{"ChannelInviteDTMF", func(a *signal.API) { a.ChannelInviteDTMF("ch", "bob", "1#") }, onError("channelInviteDTMF")},
		{"Logout", func(a *signal.API) { a.Logout() },
			func(int) recorder.Call { return failure("OnLogout", int(signal.LogoutEAlreadyLogout)) }},
	}
}

func TestBeforeLogin(t *testing.T) {
	alice := offline(t)
	assert.Equal(t, signal.LoginStateNotLogin, alice.GetStatus())
	assert.False(t, alice.IsOnline())
	for _, r := range requests() {
		r.call(alice.API)
		want := r.want(int(signal.GeneralENotLogin))
		alice.Expect(t, want.Name, want.Args...)
	}
	alice.Quiet(t)
}

// What is wrong with an argument is said also to one who is not logged in.
func TestArgumentsBeforeLogin(t *testing.T) {
	alice := offline(t)
	alice.MessageInstantSend("bob", 0, strings.Repeat("x", 8197), "id")
	alice.Expect(t, "OnMessageSendError", "id", int(signal.GeneralELargeParam))
	alice.MessageInstantSend("b o b", 0, "", "id")
	alice.Expect(t, "OnMessageSendError", "id", int(signal.GeneralEWrongParam))
	alice.ChannelJoin("")
	alice.Expect(t, "OnChannelJoinFailed", "", int(signal.GeneralEWrongParam))
	alice.ChannelInviteUser2("ch", "bob", "{")
	alice.Expect(t, "OnInviteFailed", "ch", "bob", 0, int(signal.GeneralEWrongParam), "{")
	alice.ChannelInvitePhone3("ch", "bob", "1", "{")
	alice.Expect(t, "OnInviteFailed", "ch", "bob", 0, int(signal.GeneralEWrongParam), "{")
	alice.Invoke("io.agora.signal.nothing", "{}", "id")
	alice.Expect(t, "OnInvokeRet", "id", "1004")
	alice.SetAttr("n", "\xff")
	c := alice.Expect(t, "OnError", "setAttr", int(signal.GeneralEWrongParam))
	assert.Contains(t, c.Args[2], "value: ")
	alice.Login("app", "a b", "", 0, "")
	alice.Expect(t, "OnLoginFailed", int(signal.LoginEInvalidUser))
	alice.Login("", "alice", "", 0, "")
	alice.Expect(t, "OnLoginFailed", int(signal.LoginEFailed))
	alice.Quiet(t)
}

func TestGetStatusAtOnce(t *testing.T) {
	alice := offline(t)
	alice.Login("app", "alice", "", 0, "")
	assert.Equal(t, signal.LoginStateLogining, alice.GetStatus())
	alice.Logout()
	assert.Equal(t, signal.LoginStateNotLogin, alice.GetStatus())
	alice.Expect(t, "OnLoginFailed", int(signal.LoginECancel))
	alice.Expect(t, "OnLogout", int(signal.LogoutEUser))
}

func TestLogin2Limits(t *testing.T) {
	alice := offline(t)
	alice.Login2("app", "alice", "", 0, "", int(^uint(0)>>1), 1)
	alice.Expect(t, "OnLoginFailed", int(signal.LoginENet))
}

func TestGetSdkVersion(t *testing.T) {
	assert.Equal(t, 1010404000, offline(t).GetSdkVersion())
}

func TestGetInstance(t *testing.T) {
	a, b := signal.GetInstance("one"), signal.GetInstance("one")
	assert.Same(t, a, b)
	other := signal.GetInstance("two")
	assert.NotSame(t, a, other)
	assert.NotSame(t, a, signal.GetInstance("three", signal.WithCallTimeout(time.Second)))

	logged := make(chan string, 1)
	a.CallbackSet(onLog{f: func(txt string) { logged <- txt }})
	signal.GetInstance("one", signal.WithServer("ws://other/"))
	assert.Equal(t, `options of GetInstance ignored: the instance is there already app=one`, <-logged)

	a.Destroy()
	again := signal.GetInstance("one")
	assert.NotSame(t, a, again)
	a.Destroy() // no more the business of the one that came after
	assert.Same(t, again, signal.GetInstance("one"))
	for _, app := range []string{"one", "two", "three"} {
		signal.GetInstance(app).Destroy()
	}
}

func TestGetInstanceAmidDestroy(*testing.T) {
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for range 20 {
				a := signal.GetInstance("shared")
				a.ChannelJoin("ch")
				a.Destroy()
			}
		})
	}
	callers.Wait()
}

type onLog struct {
	signal.NopCallBack
	f func(string)
}

func (l onLog) OnLog(txt string) { l.f(txt) }

func TestCallbackSet(t *testing.T) {
	api := signal.New("app")
	defer api.Destroy()
	assert.Nil(t, api.CallbackGet())
	api.ChannelLeave("dropped")
	first, second := recorder.New(), recorder.New()
	api.CallbackSet(first)
	api.ChannelLeave("one")
	first.Await(t, "OnChannelLeaved", "one")
	assert.Same(t, first, api.CallbackGet())
	api.CallbackSet(second)
	api.ChannelLeave("two")
	second.Expect(t, "OnChannelLeaved", "two")
	api.CallbackSet(nil)
	assert.Nil(t, api.CallbackGet())
	api.ChannelLeave("dropped, too")
	first.Quiet(t)
}

// typed is an ICallBack that panics when it is called as a nil pointer, by reading n, save in OnError.
type typed struct {
	signal.NopCallBack
	n int
}

func (c *typed) OnChannelLeaved(string, int) { c.n++ }

// A nil pointer in an interface is somebody: it is called, and what it makes of that is recovered.
func TestCallbackTypedNil(t *testing.T) {
	api := signal.New("app")
	defer api.Destroy()
	var none *typed
	api.CallbackSet(none)
	assert.Equal(t, none, api.CallbackGet())
	assert.True(t, api.CallbackGet() != nil) //nolint:testifylint // assert.NotNil looks behind the interface
	api.ChannelLeave("ch")                   // panics, and so does the OnError that reports it
	alive := recorder.New()
	api.CallbackSet(alive)
	api.ChannelLeave("ch")
	alive.Await(t, "OnChannelLeaved", "ch")
}

// Options without a sense are refused when somebody logs in, not by a panic, and at once.
func TestOptionsInvalid(t *testing.T) {
	for name, opt := range map[string]signal.Option{
		"server":    signal.WithServer("http://127.0.0.1/"),
		"malformed": signal.WithServer("ws://127.0.0.1:8001/", "\x00"),
		"discovery": signal.WithDiscovery("127.0.0.1:80"),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				alice := offline(t, opt)
				began := time.Now()
				alice.Login("app", "alice", "", 0, "")
				alice.Expect(t, "OnLoginFailed", int(signal.LoginENet))
				assert.Zero(t, time.Since(began))
			})
		})
	}
	for _, opt := range []signal.Option{
		nil, signal.WithServer(), signal.WithDiscovery(), signal.WithTLSConfig(nil), signal.WithDialContext(nil),
		signal.WithLogger(nil), signal.WithCallTimeout(-1), signal.WithQueueLimit(-1, -1),
	} {
		signal.New("app", opt).Destroy()
	}
}
