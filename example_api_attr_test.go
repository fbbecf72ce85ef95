package signal_test

import (
	"fmt"

	"github.com/agora-signal-go/signal"
)

// asker asks for one thing after the other.
type asker struct {
	signal.NopCallBack
	api  *signal.API
	done chan struct{}
}

func (a asker) OnLoginSuccess(_, _ int) {
	a.api.SetAttr("mood", "fine") // nothing follows when it succeeds
	a.api.GetAttr("mood")
}

func (a asker) OnUserAttrResult(account, name, value string) {
	fmt.Println(account, name, value)
	a.api.GetUserAttrAll("alice")
}

func (a asker) OnUserAttrAllResult(account, value string) {
	fmt.Println(account, value)
	a.api.QueryUserStatus("bob")
}

func (a asker) OnQueryUserStatusResult(name, status string) {
	fmt.Println(name, "has status", status)
	a.api.ChannelQueryUserNum("lobby")
}

func (a asker) OnChannelQueryUserNumResult(channelID string, ecode, num int) {
	fmt.Println(channelID, "has", num, "members:", signal.Code(ecode).String())
	a.api.ChannelJoin("lobby")
}

func (a asker) OnChannelUserList(accounts []string, _ []int) {
	fmt.Println("in the channel:", accounts)
	a.api.ChannelSetAttr("lobby", "topic", "fish")
}

func (a asker) OnChannelAttrUpdated(channelID, name, value, updateType string) {
	fmt.Println(channelID, name, value, updateType)
	a.api.ChannelLeave(channelID)
}

func (a asker) OnChannelLeaved(channelID string, ecode int) {
	fmt.Println("left", channelID+":", signal.Code(ecode).String()) // the code of success
	close(a.done)
}

// What can be asked and set, and the callbacks that tell.
func ExampleAPI_SetAttr() {
	at, stop := localServer()
	defer stop()
	a := asker{api: signal.New("my app", at), done: make(chan struct{})}
	defer a.api.Destroy()
	a.api.CallbackSet(a)
	a.api.Login("my app", "alice", signal.NoToken, 0, "")
	<-a.done
	// Output:
	// alice mood fine
	// alice {"mood":"fine"}
	// bob has status 0
	// lobby has 0 members: SUCCESS
	// in the channel: [alice]
	// lobby topic fish update
	// left lobby: LEAVECHANNEL_E_BYUSER
}
