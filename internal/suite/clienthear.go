package suite

import (
	"context"

	signal "github.com/agora-signal-go/signal"
)

// hear has the handlers hear of all events of a session.
func (a *clientAPI) hear(s *session) {
	told := false // of the login
	for e, err := range s.Events(context.Background()) {
		if err != nil || a.muted() {
			return
		}
		switch e := e.(type) {
		case signal.StateChanged:
			told = a.stateChanged(s, e.Status, told)
		case signal.Message:
			a.tell(func(h signal.ICallBack) {
				if e.Channel == "" {
					h.OnMessageInstantReceive(e.From, 0, e.Text)
				} else {
					h.OnMessageChannelReceive(e.Channel, e.From, 0, e.Text)
				}
			})
		case signal.Gap:
			a.tell(func(h signal.ICallBack) {
				h.OnError("channel", int(signal.GeneralEFailed), (&signal.GapError{Gap: e}).Error())
			})
		default:
			a.channelEvent(s, e)
			a.callEvent(s, e)
		}
	}
}

// muted reports whether nothing is told any more but how requests ended.
func (a *clientAPI) muted() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.destroyed
}

// stateChanged tells of the connection, and reports whether the login was told.
func (a *clientAPI) stateChanged(s *session, now signal.Status, told bool) bool {
	switch now.State {
	case signal.StateConnected:
		fd := a.before() + now.Connection
		a.tell(func(h signal.ICallBack) {
			if told {
				h.OnReconnected(fd)
			} else {
				h.OnLoginSuccess(0, fd)
			}
		})
		return true
	case signal.StateReconnecting:
		if now.Attempt > 0 {
			a.tell(func(h signal.ICallBack) { h.OnReconnecting(now.Attempt) })
		}
	case signal.StateClosed:
		a.ended(s, now.Connection)
		if now.Err != nil {
			a.tell(func(h signal.ICallBack) { h.OnLogout(codeOf(now.Err, signal.LogoutEOther)) })
		}
	}
	return told
}

func (a *clientAPI) before() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.connections
}

// ended forgets a session that has ended by itself.
func (a *clientAPI) ended(s *session, connections int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.session == s {
		a.session = nil
		a.connections += connections
	}
}

func (a *clientAPI) channelEvent(s *session, e signal.Event) {
	a.tell(func(h signal.ICallBack) {
		switch e := e.(type) {
		case signal.ChannelJoined:
			s.joined(e.Channel)
			h.OnChannelJoined(e.Name())
		case signal.ChannelLeft:
			h.OnChannelLeaved(e.Channel.Name(), codeOf(e.Err, signal.LeaveChannelEByUser))
		case signal.Presence:
			switch e.Kind {
			case signal.PresenceSync:
				if s.joinedAgain(e.Channel) {
					h.OnChannelJoined(e.Channel)
				}
				h.OnChannelUserList(e.Accounts, make([]int, len(e.Accounts)))
			case signal.PresenceJoin:
				h.OnChannelUserJoined(e.Accounts[0], 0)
			case signal.PresenceLeave:
				h.OnChannelUserLeaved(e.Accounts[0], 0)
			}
		case signal.AttrChange:
			kinds := map[signal.AttrChangeKind]string{signal.AttrSet: "update", signal.AttrDeleted: "del", signal.AttrsCleared: "clear"}
			h.OnChannelAttrUpdated(e.Channel, e.Name, e.Value, kinds[e.Kind])
		}
	})
}

func (a *clientAPI) callEvent(s *session, e signal.Event) {
	switch e := e.(type) {
	case signal.IncomingCall:
		s.call(e.Call)
		a.tell(func(h signal.ICallBack) { h.OnInviteReceived(e.Channel(), e.Peer(), 0, e.Extra()) })
	case signal.CallChanged:
		a.callChanged(s, e.Call, e.State)
	case signal.Tone:
		a.tell(func(h signal.ICallBack) { h.OnInviteMsg(e.Call.Channel(), e.Call.Peer(), 0, "DTMF", e.Keys, "") })
	}
}

// joining notes that the user is to be in a channel: where that is so already, he is told once more.
func (s *session) joining(channel string) {
	was := s.in(channel) != nil
	s.mu.Lock()
	defer s.mu.Unlock()
	if was {
		s.again = channel
	}
}

// joined notes the channel that the user is in now.
func (s *session) joined(ch *signal.Channel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ch != nil {
		s.channel = ch
	}
}

// joinedAgain reports whether the user has joined a channel that he was in, and forgets it.
func (s *session) joinedAgain(channel string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	again := s.again == channel
	s.again = ""
	return again
}

// entered returns the channel that the user is in, or nil.
func (s *session) entered() *signal.Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.channel != nil {
		select {
		case <-s.channel.Done():
		default:
			return s.channel
		}
	}
	return nil
}

// in returns the channel of that name when the user is in it, else nil.
func (s *session) in(channel string) *signal.Channel {
	if ch := s.entered(); ch != nil && ch.Name() == channel {
		return ch
	}
	return nil
}
