package engine_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/engine"
	"github.com/agora-signal-go/signal/internal/wire"
)

const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

// traces returns the traces of the events since it was asked last.
func (h *host) traces() (traces []string) {
	for _, ev := range h.events {
		traces = append(traces, ev.Trace)
	}
	h.events = nil
	return traces
}

func TestATraceGoesOutWithWhatIsSent(t *testing.T) {
	for fn, r := range map[string]engine.Request{
		wire.FnSendMsg:      {Op: engine.OpSend, Account: peer},
		wire.FnChannelSend:  {Op: engine.OpChannelSend, Channel: room},
		wire.FnInvite:       {Op: engine.OpInvite, Channel: room, Account: peer},
		wire.FnInviteAccept: {Op: engine.OpAccept, Channel: room, Account: peer},
		wire.FnInviteRefuse: {Op: engine.OpRefuse, Channel: room, Account: peer},
		wire.FnInviteBye:    {Op: engine.OpEnd, Channel: room, Account: peer},
		wire.FnInviteMsg:    {Op: engine.OpDTMF, Channel: room, Account: peer, Text: "1"},
		wire.FnExtCall:      {Op: engine.OpInvoke, Name: "p.f", Text: "{}"},
	} {
		t.Run(fn, func(t *testing.T) {
			for given, want := range map[string]string{trace: trace, "": "", "no trace": ""} {
				h := loggedIn(t)
				if r.Op == engine.OpAccept || r.Op == engine.OpRefuse || r.Op == engine.OpEnd || r.Op == engine.OpDTMF {
					h.invited()
				}
				r.Trace = given
				h.do(r)
				c := h.called(fn)
				assert.Equal(t, want, c.str("trace"))
				assert.Equal(t, want != "", c.Args.Get("trace") != nil)
			}
		})
	}
}

func TestATraceComesWithAMessage(t *testing.T) {
	h := loggedIn(t)
	h.frame(wire.AppendTracedRecvMsg(nil, 1, []byte(instant("a")), trace))
	h.push(2, "b")
	h.frame([]byte(`["notify",["recvmsg","[3,\"msg-v2 bob alice - instant 1 c\"]","no trace"]]`))
	assert.Equal(t, []string{trace, "", ""}, h.traces())
	h.push(9, "there is a gap")
	h.ok(h.called(wire.FnGetMsg), msgs(4, instant(`d"`), instant("e"), instant("f"))+`,"traces":["`+trace+`","",1]`)
	assert.Equal(t, []string{trace, "", ""}, h.traces())
	h.push(19, "there is a gap")
	h.ok(h.called(wire.FnGetMsg), msgs(14, instant("g"), instant("h"))+`,"traces":["`+trace+`"]`)
	assert.Equal(t, []string{trace, ""}, h.traces())
}

func TestATraceComesWithAChannelMessage(t *testing.T) {
	h := loggedIn(t)
	h.joined(room, "")
	h.channelEvent(room, 11, wire.ChannelEvent{Type: wire.TypeChannelMsg, Account: peer, Msg: "a", Trace: trace})
	h.channelEvent(room, 12, wire.ChannelEvent{Type: wire.TypeChannelMsg, Account: peer, Msg: "b", Trace: "no trace"})
	assert.Equal(t, []string{trace, ""}, h.traces())
}

func TestATraceComesWithWhatIsDoneToACall(t *testing.T) {
	h := loggedIn(t)
	h.nextCall(wire.FnInvite, wire.Voip{Call: "c1", Trace: trace})
	h.ok(h.called(wire.FnInviteAck), `"call":"c1"`)
	h.nextCall(wire.FnInviteMsg, wire.Voip{Call: "c1", Trace: trace, Extra: wire.DTMFExtra("1")})
	h.nextCall(wire.FnInviteBye, wire.Voip{Call: "c1", Trace: trace})
	assert.Equal(t, []string{trace, trace, trace}, h.traces())
	h.call(engine.OpInvite, "")
	h.ok(h.called(wire.FnInvite), `"call":"c2"`)
	h.nextCall(wire.FnInviteAck, wire.Voip{Call: "c2"})
	h.nextCall(wire.FnInviteAccept, wire.Voip{Call: "c2", Trace: trace})
	assert.Equal(t, []string{"", trace}, h.traces())
}

// What is sent again after the connection broke brings the trace that it had.
func TestATraceIsSentAgain(t *testing.T) {
	h := loggedIn(t)
	h.do(engine.Request{Op: engine.OpSend, Account: peer, Text: "x", Trace: trace})
	first := h.called(wire.FnSendMsg)
	h.down()
	h.up()
	h.take(wire.EventLineLogin)
	h.resume("")
	again := h.called(wire.FnSendMsg)
	require.Equal(t, first.str("messageID"), again.str("messageID"))
	assert.Equal(t, trace, again.str("trace"))
}
