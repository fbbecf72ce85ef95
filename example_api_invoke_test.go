package signal_test

import (
	"errors"
	"fmt"

	"github.com/agora-signal-go/signal"
)

// invoker calls functions of the server by their names.
type invoker struct {
	signal.NopCallBack
	api  *signal.API
	done chan struct{}
}

func (i invoker) OnLoginFailed(ecode int) {
	err := fmt.Errorf("log in: %w", signal.Code(ecode)) // a code is an error
	fmt.Println(errors.Is(err, signal.LoginEInvalidUser), err)
	i.api.Login("my app", "alice", signal.NoToken, 0, "")
}

func (i invoker) OnLoginSuccess(_, _ int) {
	i.api.Invoke("io.agora.signal.channel_query_userlist", `{"name":"lobby"}`, "1")
}

func (i invoker) OnInvokeRet(callID, err, resp string) {
	fmt.Printf("%s: %q %s\n", callID, err, resp)
	if callID == "1" {
		i.api.Invoke("nosuch.function", "{}", "2")
		return
	}
	close(i.done)
}

// Functions of the server, and a login that is refused.
func ExampleAPI_Invoke() {
	at, stop := localServer()
	defer stop()
	i := invoker{api: signal.New("my app", at), done: make(chan struct{})}
	defer i.api.Destroy()
	i.api.CallbackSet(i)
	i.api.Login("my app", "no account", signal.NoToken, 0, "")
	<-i.done
	// Output:
	// true log in: signal: LOGIN_E_INVALID_USER (209)
	// 1: "" {"result":"ok","name":"lobby","num":0,"list":[]}
	// 2: "1004" {"result":"failed","reason":"NoSuchFunc","ecode":1004,"data":{"result":"NoSuchFunc"}}
}
