package suite

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/wire"
)

// A callKey is how the first face names a call.
type callKey struct {
	channel, peer string
	incoming      bool
}

// A call is a Call, and whether the user himself has ended or refused it: the second face tells nobody what he knows.
type call struct {
	*signal.Call
	ended, refused bool // the session's lock guards them
}

func (a *clientAPI) ChannelInviteUser(channelID, account string, _ int) {
	a.invite(channelID, account, "")
}

func (a *clientAPI) ChannelInviteUser2(channelID, account, extra string) {
	a.invite(channelID, account, extra)
}

func (a *clientAPI) ChannelInvitePhone(channelID, phoneNum string, _ int) {
	a.invite(channelID, phoneNum, "")
}

func (a *clientAPI) ChannelInvitePhone2(channelID, phoneNum, sourcesNum string) {
	a.invite(channelID, phoneNum, wire.MergeSrcNum("", sourcesNum))
}

func (a *clientAPI) ChannelInvitePhone3(channelID, phoneNum, sourcesNum, extra string) {
	a.invite(channelID, phoneNum, wire.MergeSrcNum(extra, sourcesNum))
}

func (a *clientAPI) invite(channelID, account, extra string) {
	a.ask(func(ctx context.Context, s *session) error {
		c, err := s.Invite(ctx, account, callOptions(channelID, extra))
		if err == nil {
			s.call(c)
		}
		return err
	}, func(h signal.ICallBack, err error) {
		h.OnInviteFailed(channelID, account, 0, codeOf(err, signal.InviteEOther), extra)
	})
}

// callOptions takes out of extra what is a member of its own in CallOptions. What is no good stays in: it is refused.
func callOptions(channelID, extra string) signal.CallOptions {
	whole := signal.CallOptions{Channel: channelID, Extra: extra}
	var all map[string]any
	if json.Unmarshal([]byte(extra), &all) != nil {
		return whole
	}
	o := signal.CallOptions{Channel: channelID}
	for name, value := range all {
		n, _ := value.(float64)
		switch {
		case name == "_timeout" && n > 0:
			o.Timeout = time.Duration(n * float64(time.Second))
		case name == "_ring_timeout" && n > 0:
			o.RingTimeout = time.Duration(n * float64(time.Second))
		case name == "_require_peer_online" && n == 1:
			o.RequireOnline = true
		default:
			return whole
		}
	}
	return o
}

func (a *clientAPI) ChannelInviteAccept(channelID, account string, _ int, extra string) {
	a.ask(func(ctx context.Context, s *session) error {
		c := s.callWith(channelID, account, true)
		if c == nil {
			return signal.GeneralEFailed
		}
		return c.Accept(ctx, extra)
	}, onError("channelInviteAccept"))
}

func (a *clientAPI) ChannelInviteRefuse(channelID, account string, _ int, extra string) {
	a.ask(func(ctx context.Context, s *session) error {
		c := s.callWith(channelID, account, true)
		if c == nil {
			return signal.GeneralEFailed
		}
		s.note(&c.refused)
		return c.Refuse(ctx, extra)
	}, onError("channelInviteRefuse"))
}

func (a *clientAPI) ChannelInviteEnd(channelID, account string, _ int) {
	a.ask(func(ctx context.Context, s *session) error {
		c := s.callWith(channelID, account)
		if c == nil || c.State() == signal.CallEnded {
			return signal.GeneralEFailed
		}
		s.note(&c.ended)
		return c.End(ctx)
	}, onError("channelInviteEnd"))
}

func (a *clientAPI) ChannelInviteDTMF(channelID, phoneNum, dtmf string) {
	a.ask(func(ctx context.Context, s *session) error {
		c := s.callWith(channelID, phoneNum)
		if c == nil {
			return signal.GeneralEFailed
		}
		return c.DTMF(ctx, dtmf)
	}, onError("channelInviteDTMF"))
}

// call notes a call, and returns what is known of it. The last one of a name is the one that is meant by it.
func (s *session) call(c *signal.Call) *call {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := callKey{c.Channel(), c.Peer(), c.Incoming()}
	if had := s.calls[key]; had == nil || had.Call != c {
		s.calls[key] = &call{Call: c}
	}
	return s.calls[key]
}

// callWith returns the call with an account on a channel: one that is made, or one that has come in.
func (s *session) callWith(channel, peer string, incoming ...bool) *call {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(incoming) == 0 {
		if c := s.calls[callKey{channel, peer, false}]; c != nil {
			return c
		}
	}
	return s.calls[callKey{channel, peer, true}]
}

// note sets what the user has done to a call.
func (s *session) note(done *bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*done = true
}

// done returns what the user has done to a call.
func (s *session) done(c *call) (ended, refused bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return c.ended, c.refused
}

// callChanged tells of a call that is in another state.
func (a *clientAPI) callChanged(s *session, one *signal.Call, state signal.CallState) {
	c := s.call(one)
	channel, peer := c.Channel(), c.Peer()
	switch {
	case state == signal.CallEnded:
		a.callEnded(s, c)
	case c.Incoming():
	case state == signal.CallRinging:
		a.tell(func(h signal.ICallBack) { h.OnInviteReceivedByPeer(channel, peer, 0) })
	case state == signal.CallAccepted:
		answer, _ := c.Wait(context.Background()) // it is accepted
		a.tell(func(h signal.ICallBack) { h.OnInviteAcceptedByPeer(channel, peer, 0, answer) })
	}
}

// callEnded tells how a call has ended, though not that of a session: that one tells for all.
func (a *clientAPI) callEnded(s *session, c *call) {
	channel, peer := c.Channel(), c.Peer()
	ended, refused := s.done(c)
	a.tell(func(h signal.ICallBack) {
		switch err := c.Err(); {
		case errors.Is(err, signal.ErrClosed):
		case errors.Is(err, signal.ErrRefused):
			answer, _ := c.Wait(context.Background()) // it is over
			h.OnInviteRefusedByPeer(channel, peer, 0, answer)
		case err != nil:
			h.OnInviteFailed(channel, peer, 0, codeOf(err, signal.InviteEOther), c.Extra())
		case ended:
			h.OnInviteEndByMyself(channel, peer, 0)
		case !refused:
			h.OnInviteEndByPeer(channel, peer, 0, "")
		}
	})
}
