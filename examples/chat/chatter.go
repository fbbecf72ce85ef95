package main

import (
	"fmt"
	"io"
	"strings"

	signal "github.com/agora-signal-go/signal"
)

// chatter is one participant: it prints what the others do. All handlers run one at a time.
type chatter struct {
	signal.NopCallBack
	api     *signal.API
	account string
	out     io.Writer
	ready   chan error       // logged in and in the room, or not
	gone    chan signal.Code // the session is over
}

const help = `  TEXT            say TEXT to everybody in the room
  /to NAME TEXT   say TEXT to NAME alone, also when NAME is not here yet
  /who            how many are in the room
  /quit           leave`

// typed does what a line of input asks for.
func (c *chatter) typed(line string) {
	command, rest, _ := strings.Cut(line, " ")
	switch {
	case line == "":
	case command == "/to":
		to, text, ok := strings.Cut(strings.TrimSpace(rest), " ")
		if !ok {
			c.print("want /to NAME TEXT")
			return
		}
		c.api.MessageInstantSend(to, 0, text, "")
	case command == "/who":
		c.api.ChannelQueryUserNum(room)
	case strings.HasPrefix(command, "/"):
		c.print("%s", help)
	default:
		c.api.MessageChannelSend(room, line, "")
	}
}

// leave logs out. What was said last still gets its answer before OnLogout comes.
func (c *chatter) leave() error {
	c.api.Logout()
	if code := <-c.gone; code != signal.LogoutEUser {
		return fmt.Errorf("log out: %w", code)
	}
	c.print("Bye.")
	return nil
}

func (c *chatter) print(format string, args ...any) { fmt.Fprintf(c.out, format+"\n", args...) }

func (c *chatter) OnLoginSuccess(_, _ int) { c.api.ChannelJoin(room) }
func (c *chatter) OnLoginFailed(ecode int) { c.ready <- fmt.Errorf("log in: %w", signal.Code(ecode)) }
func (c *chatter) OnChannelJoined(channel string) {
	c.print("You are %s, in %s. /help explains the commands.", c.account, channel)
}

func (c *chatter) OnChannelJoinFailed(channel string, ecode int) {
	c.ready <- fmt.Errorf("join %s: %w", channel, signal.Code(ecode))
}

func (c *chatter) OnChannelUserList(accounts []string, _ []int) {
	c.print("Here: %s", strings.Join(accounts, ", "))
	select {
	case c.ready <- nil:
	default: // after a reconnect
	}
}

func (c *chatter) OnChannelUserJoined(account string, _ int) { c.print("* %s came in", account) }
func (c *chatter) OnChannelUserLeaved(account string, _ int) { c.print("* %s went out", account) }
func (c *chatter) OnMessageChannelReceive(_, account string, _ int, msg string) {
	c.print("%s: %s", account, msg)
}

func (c *chatter) OnMessageInstantReceive(account string, _ int, msg string) {
	c.print("%s (to you alone): %s", account, msg)
}

func (c *chatter) OnMessageSendError(_ string, ecode int) {
	c.print("not sent: %s", signal.Code(ecode).String())
}

func (c *chatter) OnChannelQueryUserNumResult(channel string, ecode, num int) {
	if ecode != 0 {
		c.print("cannot say: %s", signal.Code(ecode).String())
		return
	}
	c.print("%d in %s", num, channel)
}

func (c *chatter) OnReconnecting(nretry int) { c.print("… connection lost, try %d", nretry) }
func (c *chatter) OnReconnected(_ int)       { c.print("… connected again") }

func (c *chatter) OnLogout(ecode int) { c.gone <- signal.Code(ecode) } // once: chat logs in once
