package batch

import "bytes"

// sharp is the reader that scans, and copies nothing.
type sharp struct{}

func (sharp) request(frame []byte, to *request) error {
	*to = request{}
	s := scanner{rest: frame}
	switch {
	case s.begins(`["call2",["`):
		s.call(to)
	case s.begins(`["ping",`):
		to.fn, to.id = pingFn, s.num()
	case s.begins(`["login",{"vid":"bench","account":"`):
		to.fn, to.account = loginFn, s.str(false)
	default:
		s.bad = true
	}
	return s.err(frame)
}

// call reads a call from its function's name on.
func (s *scanner) call(to *request) {
	to.fn = s.str(false)
	s.lit(",")
	to.id = s.num()
	s.lit(`,{"line":"`)
	to.line = s.str(false)
	switch to.fn {
	case "user_get_attr":
		to.account = s.member(`,"account":"`)
		to.name = s.member(`,"name":"`)
	case "user_set_attr":
		to.name = s.member(`,"name":"`)
		to.value = s.member(`,"value":"`)
	case "user_sendmsg":
		to.peer = s.member(`,"peer":"`)
		to.flag = s.member(`,"flag":"`)
		to.typ = s.member(`,"t":"`)
		to.content = s.member(`,"content":"`)
	case "user_getmsg":
		s.lit(`,"ver_clear":`)
		to.ver = s.num()
	case "channel_join":
		to.name = s.member(`,"name":"`)
	case "channel_sendmsg":
		to.name = s.member(`,"name":"`)
		to.msg = s.member(`,"msg":"`)
	}
}

// member reads a string with what comes before it.
func (s *scanner) member(before string) string {
	s.lit(before)
	return s.str(false)
}

func (sharp) event(frame []byte, to *event) error {
	*to = event{msgs: to.msgs[:0]}
	s := scanner{rest: frame}
	switch {
	case s.begins(`["call2-ret",[`):
		to.kind = answer
		s.answer(to)
	case s.begins(`["notify",["recvmsg","[`):
		to.kind = messages
		to.msgs = append(to.msgs, s.message())
	case s.begins(`["notify",["channel2","`):
		to.kind = channelMessage
		s.str(false)
		s.lit(",")
		s.num()
		s.lit(`,"msg-v2 `)
		const before = `,\"msg\":\"`
		i := bytes.Index(s.rest, []byte(before))
		if i < 0 {
			s.bad = true
			break
		}
		s.rest = s.rest[i+len(before):]
		to.value = s.str(true)
	case s.begins(`["login_ret",["","{\"result\":\"ok\",\"line\":\"`):
		to.kind, to.line = loggedIn, s.str(true)
	case s.begins(`["pong",`):
		to.kind = pong
	default:
		s.bad = true
	}
	return s.err(frame)
}

func (s *scanner) answer(to *event) {
	to.id = s.num()
	s.lit(`,"","{\"result\":\"ok\"`)
	switch {
	case s.begins(`,\"account\":\"`):
		s.str(true)
		s.lit(`,\"name\":\"`)
		s.str(true)
		s.lit(`,\"value\":\"`)
		to.value = s.str(true)
	case s.begins(`,\"ver_clear\":`):
		s.num()
		s.lit(`,\"msgs\":[`)
		for !s.bad && !s.begins(`]`) {
			s.begins(`,`)
			s.lit(`[`)
			to.msgs = append(to.msgs, s.message())
			s.lit(`]`)
		}
	}
}

func (s *scanner) message() message {
	ver := s.num()
	s.lit(`,\"`)
	return message{ver, s.str(true)}
}
