package main

import (
	"context"
	"errors"
	"fmt"
	"iter"

	signal "github.com/agora-signal-go/signal"
)

func logIn(ctx context.Context, url, account string) (*signal.Client, error) {
	c, err := signal.Dial(ctx, "quickstart", account, signal.WithServer(url))
	if err != nil {
		return nil, err
	}
	say(c, "logged in, %s", c.Status())
	return c, nil
}

func messages(ctx context.Context, alice, bob *signal.Client) error {
	scene("An instant message")
	if err := alice.Send(ctx, "bob", "Hello Bob!"); err != nil {
		return err
	}
	say(alice, "the server has my message")
	m, err := next(bob.Messages(ctx))
	if err != nil {
		return err
	}
	say(bob, "message from %s: %s", m.From, m.Text)
	return nil
}

func channel(ctx context.Context, alice, bob *signal.Client) error {
	scene("Meeting in a channel")
	lobby, err := alice.Join(ctx, "lobby")
	if err != nil {
		return err
	}
	if err := lobby.SetAttr(ctx, "topic", "gophers"); err != nil {
		return err
	}
	say(alice, "joined %s, and set its topic", lobby.Name())

	his, err := bob.Join(ctx, "lobby")
	if err != nil {
		return err
	}
	say(bob, "joined %s: topic %s, members %s", his.Name(), his.Attr("topic"), his.Members())
	if err := his.Send(ctx, "Hi everybody"); err != nil {
		return err
	}
	m, err := next(lobby.Messages(ctx))
	if err != nil {
		return err
	}
	say(alice, "%s: %s says: %s", m.Channel, m.From, m.Text)

	if err := his.Leave(ctx); err != nil {
		return err
	}
	for p, err := range lobby.Presence(ctx) { // who is there, then who comes and goes
		if err != nil {
			return err
		}
		if p.Kind == signal.PresenceLeave || len(p.Accounts) == 1 {
			say(alice, "bob went out, in %s are %s", p.Channel, lobby.Members())
			break
		}
	}
	return nil
}

func attributes(ctx context.Context, alice, bob *signal.Client) error {
	scene("Attributes of a user")
	if err := bob.SetAttr(ctx, "mood", "curious"); err != nil {
		return err
	}
	mood, err := alice.Attr(ctx, "bob", "mood")
	if err != nil {
		return err
	}
	say(alice, "bob's mood is %s", mood)
	return nil
}

func call(ctx context.Context, alice, bob *signal.Client) error {
	scene("A call")
	out, err := alice.Invite(ctx, "bob", signal.CallOptions{Extra: `{"video":true}`})
	if err != nil {
		return err
	}
	in, err := next(bob.Calls(ctx))
	if err != nil {
		return err
	}
	say(bob, "%s calls: %s", in.Peer(), in.Extra())
	if err := in.Accept(ctx, ""); err != nil {
		return err
	}
	if _, err := out.Wait(ctx); err != nil {
		return err
	}
	say(alice, "bob accepts, the call is %s", out.State())
	if err := in.End(ctx); err != nil {
		return err
	}
	<-out.Done()
	say(alice, "bob hung up, the call is %s", out.State())

	_, err = alice.Invite(ctx, "nobody", signal.CallOptions{RequireOnline: true})
	if !errors.Is(err, signal.InviteEPeerOffline) {
		return fmt.Errorf("a call to nobody: want %w, got %w", signal.InviteEPeerOffline, err)
	}
	say(alice, "nobody is not online: %v", err)
	return nil
}

// next returns the first of what comes.
func next[T any](all iter.Seq2[T, error]) (T, error) {
	for v, err := range all {
		return v, err
	}
	var none T
	return none, errors.New("nothing came")
}
