package main

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	signal "github.com/agora-signal-go/signal"
)

// The bots that live in the lobby of the server that this program starts.
const (
	echoName  = "echo"
	guideName = "guide"
	callMe    = "callme" // what to tell the guide to be called
)

// Bots are clients like any other. One goroutine is one thing that a bot does; how many calls they have at a time the
// server bounds.
type bots struct {
	clients []*signal.Client
	living  sync.WaitGroup
}

// wake logs the bots in and has them live until sleep.
func wake(ctx context.Context, server, app string) (*bots, error) {
	b := &bots{}
	guide, room, err := b.settle(ctx, server, app, guideName)
	if err != nil {
		return b, err
	}
	if err := room.SetAttr(ctx, topicAttr, "a place to try things out"); err != nil {
		return b, err
	}
	echo, _, err := b.settle(ctx, server, app, echoName)
	if err != nil {
		return b, err
	}
	life := context.WithoutCancel(ctx) // until sleep
	b.living.Go(func() { guideGreets(life, room) })
	b.living.Go(func() { guideAnswers(life, guide) })
	b.living.Go(func() { echoAnswers(life, echo) })
	b.living.Go(func() { echoPicksUp(life, echo) })
	return b, nil
}

// settle logs a bot in and has it join the lobby.
func (b *bots) settle(ctx context.Context, server, app, name string) (*signal.Client, *signal.Channel, error) {
	client, err := address{server: server, app: app, account: name, token: signal.NoToken}.dial(ctx)
	if err != nil {
		return nil, nil, err
	}
	b.clients = append(b.clients, client)
	room, err := client.Join(ctx, lobby)
	return client, room, err
}

// sleep logs the bots out, which ends their loops.
func (b *bots) sleep() {
	for _, client := range b.clients {
		_ = closing(client) // nothing is left to be done about it
	}
	b.living.Wait()
}

// echoAnswers sends back what it is told.
func echoAnswers(ctx context.Context, client *signal.Client) {
	for msg, err := range client.Messages(ctx) {
		if err != nil {
			return
		}
		_ = client.Send(ctx, msg.From, msg.Text) // an echo may get lost
	}
}

// echoPicksUp takes every call, and sends back the keys that are pressed, until the caller hangs up.
func echoPicksUp(ctx context.Context, client *signal.Client) {
	var calls sync.WaitGroup
	defer calls.Wait()
	for call, err := range client.Calls(ctx) {
		if err != nil {
			return
		}
		calls.Go(func() {
			if err := call.Accept(ctx, ""); err != nil {
				return
			}
			for keys, err := range call.Tones(ctx) {
				if err != nil || call.DTMF(ctx, keys) != nil {
					return
				}
			}
		})
	}
}

// guideGreets greets those who come in.
func guideGreets(ctx context.Context, room *signal.Channel) {
	known := map[string]bool{guideName: true, echoName: true}
	for change, err := range room.Presence(ctx) {
		if gap := (*signal.GapError)(nil); errors.As(err, &gap) {
			continue // all who are here follow
		}
		if err != nil {
			return
		}
		for _, account := range change.Accounts {
			if change.Kind != signal.PresenceLeave && !known[account] {
				_ = room.Send(ctx, "Welcome, "+account+"! Try: /msg echo hello, /call echo, /callme, /attr topic tea") // a greeting may get lost
			}
			known[account] = change.Kind != signal.PresenceLeave
		}
	}
}

// guideAnswers explains itself to those who write to it, and calls those who want that.
func guideAnswers(ctx context.Context, client *signal.Client) {
	var calls sync.WaitGroup
	defer calls.Wait()
	for msg, err := range client.Messages(ctx) {
		if err != nil {
			return
		}
		if strings.TrimPrefix(strings.TrimSpace(msg.Text), "/") == callMe {
			calls.Go(func() { guideCalls(ctx, client, msg.From) })
			continue
		}
		_ = client.Send(ctx, msg.From, "I am a program of some ten lines, see bots.go. Tell me "+callMe+" and I call you.") // they will ask again
	}
}

// guideCalls rings somebody up for a while and says afterwards how it went.
func guideCalls(ctx context.Context, client *signal.Client, account string) {
	call, err := client.Invite(ctx, account, signal.CallOptions{Extra: `{"reason":"you asked for it"}`, RingTimeout: 30 * time.Second})
	if err == nil {
		_, err = call.Wait(ctx)
	}
	if err != nil {
		_ = client.Send(ctx, account, "You did not take my call: "+reason(err)+".") // that is all
		return
	}
	text := "You are on the phone! Your app would begin to talk in " + call.Channel() + " now. /hangup ends this."
	_ = client.Send(ctx, account, text) // that is all
	<-call.Done()
}
