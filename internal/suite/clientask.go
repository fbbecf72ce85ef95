package suite

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/google/uuid"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/internal/wire"
)

func (a *clientAPI) MessageInstantSend(account string, _ int, msg, msgID string) {
	a.send(msgID, func(ctx context.Context, s *session) error { return s.Send(ctx, account, msg) })
}

func (a *clientAPI) MessageChannelSend(channelID, msg, msgID string) {
	a.send(msgID, func(ctx context.Context, s *session) error {
		ch := s.in(channelID)
		if ch == nil {
			return signal.SendMessageEOther
		}
		return ch.Send(ctx, msg)
	})
}

func (a *clientAPI) MessageChannelSendForce(channelID, msg, msgID string) {
	a.send(msgID, func(ctx context.Context, s *session) error { return s.SendChannel(ctx, channelID, msg) })
}

// send sends a message, which has a name here.
func (a *clientAPI) send(msgID string, do func(ctx context.Context, s *session) error) {
	if msgID == "" {
		msgID = uuid.NewString()
	}
	a.ask(func(ctx context.Context, s *session) error {
		if wire.CheckName("msgID", msgID) != nil {
			return signal.GeneralEWrongParam
		}
		if err := do(ctx, s); err != nil {
			return err
		}
		a.tell(func(h signal.ICallBack) { h.OnMessageSendSuccess(msgID) })
		return nil
	}, func(h signal.ICallBack, err error) {
		h.OnMessageSendError(msgID, codeOf(err, signal.SendMessageEOther))
	})
}

func (a *clientAPI) MessageDTMFSend(_ int, _, msgID string) {
	a.ask(func(context.Context, *session) error { return signal.GeneralEFailed }, func(h signal.ICallBack, err error) {
		h.OnMessageSendError(msgID, int(signal.GeneralEFailed))
		onError("messageDTMFSend")(h, err)
	})
}

func (a *clientAPI) ChannelJoin(channelID string) {
	a.ask(func(ctx context.Context, s *session) error {
		s.joining(channelID)
		ch, err := s.Join(ctx, channelID)
		s.joined(ch)
		return err
	}, func(h signal.ICallBack, err error) {
		h.OnChannelJoinFailed(channelID, codeOf(err, signal.JoinChannelEOther))
	})
}

func (a *clientAPI) ChannelLeave(channelID string) {
	a.ask(func(ctx context.Context, s *session) error {
		ch := s.in(channelID)
		if ch == nil {
			return signal.LeaveChannelEOther
		}
		return ch.Leave(ctx)
	}, func(h signal.ICallBack, err error) {
		h.OnChannelLeaved(channelID, codeOf(err, signal.LeaveChannelEOther))
	})
}

func (a *clientAPI) ChannelQueryUserNum(channelID string) {
	a.ask(func(ctx context.Context, s *session) error {
		n, err := s.MemberCount(ctx, channelID)
		if err == nil {
			a.tell(func(h signal.ICallBack) { h.OnChannelQueryUserNumResult(channelID, int(signal.Success), n) })
		}
		return err
	}, func(h signal.ICallBack, err error) {
		h.OnChannelQueryUserNumResult(channelID, codeOf(err, signal.QueryUserNumEOther), 0)
	})
}

// The attributes of the channel that the user is in are asked for by its Channel, those of others by the Client.

func (a *clientAPI) ChannelSetAttr(channelID, name, value string) {
	a.ask(func(ctx context.Context, s *session) error {
		if ch := s.in(channelID); ch != nil {
			return ch.SetAttr(ctx, name, value)
		}
		return s.SetChannelAttr(ctx, channelID, name, value)
	}, onError("channelSetAttr"))
}

func (a *clientAPI) ChannelDelAttr(channelID, name string) {
	a.ask(func(ctx context.Context, s *session) error {
		if ch := s.in(channelID); ch != nil {
			return ch.DeleteAttr(ctx, name)
		}
		return s.DeleteChannelAttr(ctx, channelID, name)
	}, onError("channelDelAttr"))
}

func (a *clientAPI) ChannelClearAttr(channelID string) {
	a.ask(func(ctx context.Context, s *session) error {
		if ch := s.in(channelID); ch != nil {
			return ch.ClearAttrs(ctx)
		}
		return s.ClearChannelAttrs(ctx, channelID)
	}, onError("channelClearAttr"))
}

func (a *clientAPI) SetAttr(name, value string) {
	a.ask(func(ctx context.Context, s *session) error { return s.SetAttr(ctx, name, value) }, onError("setAttr"))
}

func (a *clientAPI) GetAttr(name string) {
	a.ask(func(ctx context.Context, s *session) error { return a.attr(ctx, s, s.Account(), name) }, onError("getAttr"))
}

func (a *clientAPI) GetUserAttr(account, name string) {
	a.ask(func(ctx context.Context, s *session) error { return a.attr(ctx, s, account, name) }, onError("getUserAttr"))
}

func (a *clientAPI) attr(ctx context.Context, s *session, account, name string) error {
	value, err := s.Attr(ctx, account, name)
	if err == nil {
		a.tell(func(h signal.ICallBack) { h.OnUserAttrResult(account, name, value) })
	}
	return err
}

func (a *clientAPI) GetAttrAll() {
	a.ask(func(ctx context.Context, s *session) error { return a.attrs(ctx, s, s.Account()) }, onError("getAttrAll"))
}

func (a *clientAPI) GetUserAttrAll(account string) {
	a.ask(func(ctx context.Context, s *session) error { return a.attrs(ctx, s, account) }, onError("getUserAttrAll"))
}

func (a *clientAPI) attrs(ctx context.Context, s *session, account string) error {
	all, err := s.Attrs(ctx, account)
	if err != nil {
		return err
	}
	text, err := json.Marshal(all)
	if err == nil {
		a.tell(func(h signal.ICallBack) { h.OnUserAttrAllResult(account, string(text)) })
	}
	return err
}

func (a *clientAPI) QueryUserStatus(account string) {
	a.ask(func(ctx context.Context, s *session) error {
		online, err := s.Online(ctx, account)
		if err != nil {
			return err
		}
		status := "0"
		if online {
			status = "1"
		}
		a.tell(func(h signal.ICallBack) { h.OnQueryUserStatusResult(account, status) })
		return nil
	}, onError("queryUserStatus"))
}

func (a *clientAPI) Invoke(name, req, callID string) {
	a.ask(func(ctx context.Context, s *session) error {
		answer, err := signal.Invoke[json.RawMessage](ctx, s.Client, name, json.RawMessage(req))
		if err == nil {
			a.tell(func(h signal.ICallBack) { h.OnInvokeRet(callID, "", string(answer)) })
		}
		return err
	}, func(h signal.ICallBack, err error) {
		why, _ := json.Marshal(map[string]string{"reason": err.Error()}) // of strings: it cannot fail
		h.OnInvokeRet(callID, strconv.Itoa(codeOf(err, signal.GeneralEFailed)), string(why))
	})
}
