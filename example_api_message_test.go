package signal_test

import (
	"fmt"

	"github.com/agora-signal-go/signal"
)

// talker writes to itself, and hears what becomes of that. Handlers run one at a time: they need no lock.
type talker struct {
	signal.NopCallBack
	api   *signal.API
	heard int
	done  chan struct{}
}

func (t *talker) OnLoginSuccess(_, _ int) {
	t.api.MessageInstantSend("alice", 0, "hello, me", "m1") // with the msgID "" the API makes one
	t.api.MessageInstantSend("no account", 0, "hello?", "m2")
}

func (t *talker) OnMessageSendSuccess(msgID string) { t.says(msgID, "is with the server") }

func (t *talker) OnMessageSendError(msgID string, ecode int) {
	t.says(msgID, "failed:", signal.Code(ecode).String())
}

func (t *talker) OnMessageInstantReceive(account string, _ int, msg string) { t.says(account+":", msg) }

func (t *talker) says(words ...any) {
	fmt.Println(words...)
	if t.heard++; t.heard == 3 {
		close(t.done)
	}
}

// A message has one outcome, whatever happens: OnMessageSendSuccess or OnMessageSendError.
func ExampleAPI_MessageInstantSend() {
	at, stop := localServer()
	defer stop()
	t := &talker{api: signal.New("my app", at), done: make(chan struct{})}
	defer t.api.Destroy()
	t.api.CallbackSet(t)
	t.api.Login("my app", "alice", signal.NoToken, 0, "")
	<-t.done
	// Unordered output:
	// m1 is with the server
	// alice: hello, me
	// m2 failed: GENERAL_E_WRONG_PARAM
}
