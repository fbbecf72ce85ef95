package main

import (
	"fmt"
	"time"

	signal "github.com/agora-signal-go/signal"
)

// client turns callbacks into a queue of results, for a program that does one thing after the other.
type client struct {
	signal.NopCallBack
	api     *signal.API
	account string
	results chan result
}

type result struct{ kind, text string }

// logIn returns a client that is logged in. The token is good for this account and for one minute: it is
// needed only for the login itself.
func logIn(url, account string) (*client, error) {
	c := &client{api: signal.New(appID, signal.WithServer(url)), account: account, results: make(chan result, 16)}
	c.api.CallbackSet(c)
	token := signal.NewToken(appID, certificate, account, time.Now().Add(time.Minute))
	c.api.Login(appID, account, token, 0, "")
	if _, err := c.next("login"); err != nil {
		c.api.Destroy()
		return nil, err
	}
	return c, nil
}

// next returns the text of the next result, which must be of the given kind.
func (c *client) next(kind string) (string, error) {
	select {
	case r := <-c.results:
		if r.kind != kind {
			return "", fmt.Errorf("%s: want %s, got %s %s", c.account, kind, r.kind, r.text)
		}
		return r.text, nil
	case <-time.After(5 * time.Second):
		return "", fmt.Errorf("%s: no %s within 5 s", c.account, kind)
	}
}

func (c *client) put(kind, text string) { c.results <- result{kind, text} }

func (c *client) failed(what string, ecode int) {
	c.put("failure", what+": "+signal.Code(ecode).String())
}

func (c *client) OnLoginSuccess(_, _ int)                           { c.put("login", "") }
func (c *client) OnLoginFailed(ecode int)                           { c.failed("login", ecode) }
func (c *client) OnChannelJoined(channel string)                    { c.put("joined", channel) }
func (c *client) OnChannelJoinFailed(channel string, ecode int)     { c.failed("join "+channel, ecode) }
func (c *client) OnMessageSendSuccess(id string)                    { c.put("sent", id) }
func (c *client) OnMessageSendError(id string, ecode int)           { c.failed("send "+id, ecode) }
func (c *client) OnMessageInstantReceive(_ string, _ int, m string) { c.put("message", m) }
func (c *client) OnQueryUserStatusResult(_, status string)          { c.put("status", status) }
func (c *client) OnError(name string, ecode int, _ string)          { c.failed(name, ecode) }

// OnInvokeRet gets "" as the error and a JSON object as the answer, or a code and the reason.
func (c *client) OnInvokeRet(_, err, resp string) {
	if err != "" {
		c.put("failure", err+": "+resp)
		return
	}
	c.put("answer", resp)
}
