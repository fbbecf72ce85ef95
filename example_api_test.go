package signal_test

import (
	"context"
	"fmt"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/server"
)

// printer says what happens. NopCallBack is embedded: only the callbacks that matter need to be written.
type printer struct {
	signal.NopCallBack
	api  *signal.API
	done chan struct{}
}

func (p printer) OnLoginSuccess(_, _ int) {
	fmt.Println("logged in")
	p.api.ChannelJoin("lobby") // every method may be called inside a handler
}

func (p printer) OnLoginFailed(ecode int) {
	fmt.Println("login failed:", signal.Code(ecode))
	close(p.done)
}

func (p printer) OnChannelJoined(channel string) {
	p.api.MessageChannelSend(channel, "Hello", "m1")
}

func (p printer) OnMessageChannelReceive(channel, account string, _ int, msg string) {
	fmt.Printf("%s in %s: %s\n", account, channel, msg)
	p.api.Logout()
}

func (p printer) OnLogout(ecode int) {
	fmt.Println("logged out:", signal.Code(ecode).String())
	close(p.done)
}

// The callback face: methods return at once, and handlers hear what comes of them, one after the other.
func Example_callbacks() {
	srv := server.New()
	url, err := srv.Listen("127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Shutdown(context.Background())

	p := printer{api: signal.New("my app", signal.WithServer(url)), done: make(chan struct{})}
	defer p.api.Destroy()
	p.api.CallbackSet(p)
	p.api.Login("my app", "alice", signal.NoToken, 0, "")
	<-p.done
	// Output:
	// logged in
	// alice in lobby: Hello
	// logged out: LOGOUT_E_USER
}
