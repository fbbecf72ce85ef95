package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/agora-signal-go/signal/internal/core"
	"github.com/agora-signal-go/signal/server/backend"
)

// What an administrator's wish can fail with, besides a parameter that is not valid and the error of a context.
var (
	ErrNotFound = errors.New("server: no such session, channel or member")
	ErrFull     = errors.New("server: no room for the message")
)

// SessionInfo is what there is to know of a session.
type SessionInfo struct {
	Account   string `json:"account"`
	Device    string `json:"device"`    // as the client says
	Channel   string `json:"channel"`   // that it is in; "" for none
	Connected bool   `json:"connected"` // whether its socket is up
}

// ChannelInfo is what there is to know of a channel.
type ChannelInfo struct {
	Name    string `json:"name"`
	Members int    `json:"members"`
	Attrs   int    `json:"attrs"` // how many
}

// Sessions returns an app's sessions in the order of their accounts, the first limit of them; 0 or less: 1,000. It looks
// at all sessions of the server, shard by shard: it is for people who look, not for every second.
func (s *Server) Sessions(ctx context.Context, app string, limit int) ([]SessionInfo, error) {
	list, err := collect(s, limit, func(part int, after string, most int) ([]core.SessionInfo, bool, error) {
		if s.cluster != nil {
			return s.cluster.Sessions(ctx, part, app, after, most)
		}
		return askPage(ctx, s, part, func(done func([]core.SessionInfo, bool)) core.Input {
			return core.ListSessions{App: app, After: after, Limit: most, Done: done}
		})
	}, func(i core.SessionInfo) string { return i.Account })
	found := make([]SessionInfo, len(list))
	for i, e := range list {
		found[i] = SessionInfo(e)
	}
	return found, err
}

// Channels returns an app's channels in the order of their names, also those without members, the first limit of
// them; 0 or less: 1,000. What is said of [Server.Sessions] holds here too.
func (s *Server) Channels(ctx context.Context, app string, limit int) ([]ChannelInfo, error) {
	list, err := collect(s, limit, func(part int, after string, most int) ([]core.ChannelInfo, bool, error) {
		if s.cluster != nil {
			return s.cluster.Channels(ctx, part, app, after, most)
		}
		return askPage(ctx, s, part, func(done func([]core.ChannelInfo, bool)) core.Input {
			return core.ListChannels{App: app, After: after, Limit: most, Done: done}
		})
	}, func(i core.ChannelInfo) string { return i.Name })
	found := make([]ChannelInfo, len(list))
	for i, e := range list {
		found[i] = ChannelInfo(e)
	}
	return found, err
}

// collect asks all parts of the server for pages of a list and returns its first entries.
func collect[E any](
	s *Server, limit int, page func(part int, after string, most int) (list []E, more bool, err error), name func(E) string,
) ([]E, error) {
	if limit <= 0 {
		limit = core.MaxList
	}
	var all []E
	for part := range s.parts() {
		after := ""
		for left, more := limit, true; left > 0 && more; {
			var list []E
			var err error
			if list, more, err = page(part, after, min(left, core.MaxList)); err != nil {
				return nil, err
			}
			all = append(all, list...)
			left -= len(list)
			if len(list) > 0 {
				after = name(list[len(list)-1])
			}
		}
		slices.SortFunc(all, func(a, b E) int { return cmp.Compare(name(a), name(b)) })
		all = all[:min(len(all), limit)]
	}
	return all, nil
}

// askPage asks a shard for a page of a list.
func askPage[E any](ctx context.Context, s *Server, part int, ask func(done func([]E, bool)) core.Input) ([]E, bool, error) {
	type answer struct {
		page []E
		more bool
	}
	a, err := askShard(ctx, s, s.shards[part], func(done func(answer)) core.Input {
		return ask(func(page []E, more bool) { done(answer{page, more}) })
	})
	return a.page, a.more, err
}

// askShard hands an input to a shard and waits for what it tells done.
func askShard[A any](ctx context.Context, s *Server, sh *shard, input func(done func(A)) core.Input) (a A, err error) {
	if err := ctx.Err(); err != nil {
		return a, err
	}
	select {
	case <-s.done:
		return a, http.ErrServerClosed
	default:
	}
	answered := make(chan A, 1)
	sh.postNow(input(func(a A) { answered <- a }))
	select {
	case a = <-answered:
		return a, nil
	case <-ctx.Done():
		return a, ctx.Err()
	}
}

// order has the part of the server that owns an account or a channel do what an entry says.
func (s *Server) order(ctx context.Context, name string, e core.Entry) error {
	err := ctx.Err()
	switch {
	case err != nil:
	case s.cluster != nil:
		_, err = s.cluster.Order(ctx, core.Owner(e.App, name, s.parts()), e)
	default:
		var told error
		told, err = askShard(ctx, s, s.shards[core.Owner(e.App, name, s.parts())], e.Wish)
		err = cmp.Or(err, told)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, core.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, core.ErrFull):
		return ErrFull
	case errors.Is(err, backend.ErrUnavailable):
		return ErrUnavailable
	}
	return fmt.Errorf("server: %w", err)
}

// Kick ends the session of an account: its client is told "removed" (OnLogout, LOGOUT_E_OTHER 100, with Go clients)
// and does not come back by itself. Nothing keeps the user from logging in again. [ErrNotFound]: there is no session.
func (s *Server) Kick(ctx context.Context, app, account string) error {
	s.log.Info("admin: kick", "app", clip(app), "account", clip(account))
	return s.order(ctx, account, core.Entry{Kind: core.EntryKickUser, App: app, Account: account})
}

// RemoveFromChannel takes a member out of a channel. The others see it leave; a Go client is told
// (OnChannelLeaved, LEAVECHANNEL_E_KICKED 601), original clients have no word for it and hear nothing more of the
// channel. Nothing keeps the user from joining again. [ErrNotFound]: it is no member.
func (s *Server) RemoveFromChannel(ctx context.Context, app, channel, account string) error {
	s.log.Info("admin: remove from channel", "app", clip(app), "channel", clip(channel), "account", clip(account))
	return s.order(ctx, channel, core.Entry{Kind: core.EntryKickFrom, App: app, Channel: channel, Account: account})
}

// SendSystem sends an instant message to an account. It comes from "-", which no user can be called, and is kept a
// day for one that is offline. [ErrFull]: the account's list is.
func (s *Server) SendSystem(ctx context.Context, app, to, text string) error {
	return s.order(ctx, to, core.Entry{Kind: core.EntrySystem, App: app, Account: to, Text: text})
}

// SendSystemChannel sends a message to the members of a channel; its account is "". No rate holds it back.
// [ErrNotFound]: there is no such channel.
func (s *Server) SendSystemChannel(ctx context.Context, app, channel, text string) error {
	return s.order(ctx, channel, core.Entry{Kind: core.EntrySystemRoom, App: app, Channel: channel, Text: text})
}

// CloseApp ends all sessions of an app as [Server.Kick] does, and returns how many. From then on its logins are refused
// (InvalidApp, LOGIN_E_FAILED 202) until [Server.OpenApp] or a new Server.
func (s *Server) CloseApp(ctx context.Context, app string) (sessions int, err error) {
	s.log.Info("admin: close app", "app", clip(app))
	s.setShut(app, true) // before: see socket.login
	for part := range s.parts() {
		n, err := s.closeAppIn(ctx, part, app)
		if err != nil {
			return sessions, err
		}
		sessions += n
	}
	return sessions, nil
}

func (s *Server) closeAppIn(ctx context.Context, part int, app string) (sessions int, err error) {
	if s.cluster != nil {
		return s.cluster.Order(ctx, part, core.Entry{Kind: core.EntryCloseApp, App: app})
	}
	return askShard(ctx, s, s.shards[part], func(done func(int)) core.Input { return core.CloseApp{App: app, Done: done} })
}

// OpenApp undoes [Server.CloseApp]: users may log in again.
func (s *Server) OpenApp(app string) {
	s.log.Info("admin: open app", "app", clip(app))
	s.setShut(app, false)
}

// setShut says whether an app's logins are refused.
func (s *Server) setShut(app string, shut bool) {
	switch {
	case s.cluster != nil:
		s.cluster.Shut(app, shut)
	case shut:
		s.shut.Store(app, struct{}{})
	default:
		s.shut.Delete(app)
	}
}

// isShut says whether CloseApp was called, in a cluster at any node.
func (s *Server) isShut(app string) bool {
	if s.cluster != nil {
		return s.cluster.IsShut(app)
	}
	_, shut := s.shut.Load(app)
	return shut
}

// parts returns how many shards or partitions there are.
func (s *Server) parts() int {
	if s.cluster != nil {
		return s.backend.Partitions()
	}
	return len(s.shards)
}

// kickSoon ends a session, and does not wait for it.
func (s *Server) kickSoon(app, account string) {
	if s.cluster != nil {
		s.running.Go(func() { _ = s.Kick(s.ctx, app, account) })
		return
	}
	s.shards[core.Owner(app, account, len(s.shards))].post(core.KickUser{App: app, Account: account})
}
