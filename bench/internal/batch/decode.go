package batch

import (
	"encoding/json"
	"fmt"

	"github.com/agora-signal-go/signal/bench/internal/frames"
)

// decoder is the reader that takes encoding/json, as gorilla+json does.
type decoder struct{}

func (decoder) request(frame []byte, to *request) error {
	*to = request{}
	name, args, err := frames.Parse(frame)
	if err != nil {
		return err
	}
	switch name {
	case "login":
		var a frames.LoginArgs
		err = json.Unmarshal(args, &a)
		to.fn, to.account = loginFn, a.Account
	case "ping":
		to.fn = pingFn
		err = json.Unmarshal(args, &to.id)
	case "call2":
		var a frames.CallArgs
		err = frames.Split(args, &to.fn, &to.id, &a)
		to.line, to.account, to.name, to.value = a.Line, a.Account, a.Name, a.Value
		to.peer, to.flag, to.typ, to.content = a.Peer, a.Flag, a.T, a.Content
		to.msg, to.ver = a.Msg, a.VerClear
	default:
		err = fmt.Errorf("unknown event %q", name)
	}
	return err
}

func (decoder) event(frame []byte, to *event) error {
	*to = event{msgs: to.msgs[:0]}
	name, args, err := frames.Parse(frame)
	if err != nil {
		return err
	}
	switch name {
	case "call2-ret":
		to.kind = answer
		return decodeAnswer(args, to)
	case "notify":
		return decodeNotify(args, to)
	case "login_ret":
		to.kind = loggedIn
		var reason, text string
		if err := frames.Split(args, &reason, &text); err != nil {
			return err
		}
		return decodeRet(text, to)
	case "pong":
		to.kind = pong
		return nil
	}
	return fmt.Errorf("unknown event %q", name)
}

func decodeAnswer(args json.RawMessage, to *event) error {
	var reason, text string
	if err := frames.Split(args, &to.id, &reason, &text); err != nil {
		return err
	}
	return decodeRet(text, to)
}

func decodeRet(text string, to *event) error {
	var r frames.Ret
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return err
	}
	if r.Result != "ok" {
		return fmt.Errorf("call %d: %s", to.id, r.Reason)
	}
	to.line, to.value = r.Line, r.Value
	for _, m := range r.Msgs {
		ver, _ := m[0].(float64)
		line, _ := m[1].(string)
		to.msgs = append(to.msgs, message{uint64(ver), line})
	}
	return nil
}

func decodeNotify(args json.RawMessage, to *event) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(args, &parts); err != nil {
		return err
	}
	var what, name, text string
	if err := frames.Each(parts, &what); err != nil {
		return err
	}
	if what == "recvmsg" {
		to.kind = messages
		if err := frames.Each(parts, &what, &text); err != nil {
			return err
		}
		var m message
		err := frames.Split([]byte(text), &m.ver, &m.line)
		to.msgs = append(to.msgs, m)
		return err
	}
	to.kind = channelMessage
	var n uint64
	var line string
	if err := frames.Each(parts, &what, &name, &n, &line); err != nil {
		return err
	}
	text, err := frames.Content(line)
	if err != nil {
		return err
	}
	var m frames.ChannelText
	err = json.Unmarshal([]byte(text), &m)
	to.value = m.Msg
	return err
}
