package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/pion/datachannel"
	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
)

// What does not follow the convention changes nothing: the call goes on as if it had not come.
func TestNonsenseIsIgnored(t *testing.T) {
	s := newStage(t, 1)
	c := s.caller(t, "alice")
	mallory := s.dial(t, "mallory")
	call, p := s.accepted(t, c, "echo")
	id := call.Channel()
	quote := func(k kind, id uint64, data string) string {
		texts, err := split(call.Channel(), k, id, data)
		require.NoError(t, err)
		return texts[0]
	}
	for _, text := range []string{
		"hello", `{"rtc":1}`, fmt.Sprintf(`{"rtc":1,"call":%q,"kind":"offer","id":900,"part":0,"parts":65,"data":""}`, id),
		quote(kindICE, 901, "nonsense"), quote(kindICE, 902, `"nonsense"`), quote(kindICE, 903, `{"candidate":"nonsense"}`),
		quote(kindICE, 904, "null"), quote(kindOffer, 905, "nonsense"), quote(kindOffer, 906, "null"),
		quote(kindOffer, 907, `{"type":"answer","sdp":""}`), quote(kindAnswer, 908, `{"type":"answer","sdp":""}`),
	} {
		require.NoError(t, c.client.Send(t.Context(), "echo", text))
	}
	// A stranger who knows the call's name is not part of it.
	require.NoError(t, mallory.Send(t.Context(), "echo", quote(kindOffer, 1, `{"type":"offer","sdp":"nonsense"}`)))
	r, err := c.talk(talking(t), p, chat)
	require.NoError(t, err)
	assert.NoError(t, r.tell(t.Logf))
}

// talking returns a context that ends before peers of the test are closed.
func talking(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	return ctx
}

// A description that is of no use ends the call: there will be no connection.
func TestAnOfferThatIsNoUse(t *testing.T) {
	for name, sdp := range map[string]string{
		"nonsense":          "nonsense",
		"empty":             "",
		"nothing but time":  "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n",
		"too many sections": "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n" + strings.Repeat("m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", maxSections+1),
		"no name":           "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, 1)
			call, p := s.accepted(t, s.caller(t, "alice"), "echo")
			require.NoError(t, p.tell(t.Context(), kindOffer, webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: sdp}))
			isDone(t, call)
			require.Eventually(t, func() bool { return len(s.heard()) == 2 }, soon, tick)
			assert.Contains(t, s.heard()[1], "the call of alice is over: the other side's offer: ")
		})
	}
}

// Candidates without end, and more data than a call has use for.
func TestAFloodIsIgnored(t *testing.T) {
	s := newStage(t, 1)
	_, p := s.accepted(t, s.caller(t, "alice"), "echo")
	for range maxCandidates + 50 {
		p.takeCandidate(`{"candidate":"candidate:1 1 udp 1 127.0.0.1 9 typ host"}`)
	}
	assert.Len(t, p.early, maxCandidates)
	for range maxDescriptions + 50 {
		require.NoError(t, p.takeDescription(t.Context(), "{}"))
	}
	require.NoError(t, p.takeDescription(t.Context(), `{"type":"answer","sdp":"nonsense"}`), "there were too many")

	r := newRouter(p.client)
	parts, ok := r.open(p.call)
	require.True(t, ok)
	for range maxWaiting + 50 {
		r.route(endpoint{p.call.Peer(), p.call.Channel()}, part{})
	}
	assert.Len(t, parts, maxWaiting)
}

// A browser that has no camera wants to see all the same; one whose codec nobody else has is heard at least.
func TestSectionsThatAreNotSentBack(t *testing.T) {
	s := newStage(t, 1)
	call, p := s.accepted(t, s.caller(t, "alice"), "echo")
	require.NoError(t, newSound().attach(t.Context(), p))
	for _, direction := range []webrtc.RTPTransceiverDirection{webrtc.RTPTransceiverDirectionRecvonly, webrtc.RTPTransceiverDirectionSendonly} {
		_, err := p.pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo, webrtc.RTPTransceiverInit{Direction: direction})
		require.NoError(t, err)
	}
	heard := make(chan string, 8)
	p.pc.OnTrack(func(remote *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { heard <- remote.Codec().MimeType })
	require.NoError(t, p.offer(t.Context()))
	ran := make(chan error, 1)
	p.goes(func() { ran <- p.run(t.Context()) })
	assert.Equal(t, webrtc.MimeTypeOpus, <-heard)
	assert.Empty(t, heard)
	require.NoError(t, call.End(t.Context()))
	assert.NoError(t, <-ran)
}

func TestACodecThatNobodyKnows(t *testing.T) {
	s := newStage(t, 1)
	call, p := s.accepted(t, s.caller(t, "alice"), "echo")
	require.NoError(t, newPicture().attach(t.Context(), p))
	_, err := p.pc.CreateDataChannel("other", nil)
	require.NoError(t, err)
	d, err := p.pc.CreateOffer(nil)
	require.NoError(t, err)
	require.NoError(t, p.pc.SetLocalDescription(d))
	for _, name := range []string{"VP8", "VP9", "AV1", "H264", "H265"} {
		d.SDP = strings.ReplaceAll(d.SDP, " "+name+"/90000", " X"+name+"/90000")
	}
	require.NoError(t, p.tell(t.Context(), kindOffer, d))
	var answer webrtc.SessionDescription
	for answer.SDP == "" {
		if part := <-p.parts; part.Kind == kindAnswer {
			if data, all := p.joiner.add(part); all {
				require.NoError(t, json.Unmarshal([]byte(data), &answer))
			}
		}
	}
	assert.Contains(t, answer.SDP, "m=video 0 ", "the section is refused, the call goes on")
	assert.Equal(t, signal.CallAccepted, call.State())
}

// ICE begins anew with a second offer, as browsers do it: the media go on.
func TestASecondOffer(t *testing.T) {
	s := newStage(t, 1)
	_, p := s.accepted(t, s.caller(t, "alice"), "echo")
	ctx := talking(t)
	picture := newPicture()
	require.NoError(t, picture.attach(ctx, p))
	p.pc.OnTrack(func(remote *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { p.goes(func() { picture.count(p, remote) }) })
	require.NoError(t, p.offer(t.Context()))
	run := func() (stop func()) {
		ctx, cancel := context.WithCancel(ctx)
		ran := make(chan error, 1)
		p.goes(func() { ran <- p.run(ctx) })
		return func() {
			cancel()
			assert.ErrorIs(t, <-ran, context.Canceled)
		}
	}
	stop := run()
	require.Eventually(t, func() bool { return picture.back.Load() > 3 }, soon, tick)
	stop()
	d, err := p.pc.CreateOffer(&webrtc.OfferOptions{ICERestart: true})
	require.NoError(t, err)
	require.NoError(t, p.tellDescription(ctx, kindOffer, d))
	stop = run()
	defer stop()
	require.Eventually(t, func() bool { return p.pc.SignalingState() == webrtc.SignalingStateStable }, soon, tick)
	n := picture.back.Load()
	require.Eventually(t, func() bool { return picture.back.Load() > n+3 }, soon, tick)
}

// Messages come back as they were: text or not, empty, and as large as they may be. Other channels are closed.
func TestDataComesBackAsItWas(t *testing.T) {
	s := newStage(t, 1)
	_, p := s.accepted(t, s.caller(t, "alice"), "echo")
	opened := make(map[string]chan datachannel.ReadWriteCloserDeadliner)
	for _, label := range []string{"other", echoLabel} {
		d, err := p.pc.CreateDataChannel(label, nil)
		require.NoError(t, err)
		pipe := make(chan datachannel.ReadWriteCloserDeadliner, 1)
		opened[label] = pipe
		d.OnOpen(func() {
			if rw, err := d.DetachWithDeadline(); assert.NoError(t, err) {
				pipe <- rw
			}
		})
	}
	require.NoError(t, p.offer(t.Context()))
	ctx := talking(t)
	p.goes(func() { _ = p.run(ctx) })
	buffer := make([]byte, maxDatagram)
	_, _, err := (<-opened["other"]).ReadDataChannel(buffer)
	require.Error(t, err)
	pipe := <-opened[echoLabel]
	for _, data := range []string{"hello", "", "\x00\xff", strings.Repeat("a", maxDatagram)} {
		for _, text := range []bool{true, false} {
			_, err := pipe.WriteDataChannel([]byte(data), text)
			require.NoError(t, err)
			n, isText, err := pipe.ReadDataChannel(buffer)
			require.NoError(t, err)
			assert.Equal(t, text, isText)
			assert.Equal(t, data, string(buffer[:n]))
		}
	}
}
