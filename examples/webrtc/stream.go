package main

import (
	"bytes"
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"
)

// A stream is a sound or a picture that is made up: the same frame again and again, small enough for one packet. Nobody
// decodes it; it counts what is sent and what comes back.
type stream struct {
	mime  string
	frame []byte
	every time.Duration

	sent  atomic.Int64
	back  atomic.Int64 // packets that hold the frame, as it was
	asked atomic.Int64 // how often the other side wanted a picture that needs no other
}

func newSound() *stream {
	return &stream{mime: webrtc.MimeTypeOpus, every: 20 * time.Millisecond, frame: []byte{0xf8, 0xff, 0xfe}} // which is silence
}

func newPicture() *stream {
	begin := []byte{0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x10, 0x00, 0x10, 0x00} // as a key frame of 16 × 16 does
	return &stream{mime: webrtc.MimeTypeVP8, every: 33 * time.Millisecond, frame: append(begin, make([]byte, 800)...)}
}

// attach adds the stream to a peer connection. It plays from the connection on until ctx ends.
func (s *stream) attach(ctx context.Context, p *peer) error {
	track, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: s.mime}, s.mime, "caller")
	if err != nil {
		return fmt.Errorf("make a track: %w", err)
	}
	sender, err := p.pc.AddTrack(track)
	if err != nil {
		return fmt.Errorf("add a track: %w", err)
	}
	p.goes(func() { s.feedback(sender) })
	p.goes(func() {
		select {
		case <-p.connected:
			s.play(ctx, track)
		case <-ctx.Done():
		}
	})
	return nil
}

func (s *stream) play(ctx context.Context, track *webrtc.TrackLocalStaticSample) {
	beat := time.NewTicker(s.every)
	defer beat.Stop()
	for {
		if track.WriteSample(media.Sample{Data: s.frame, Duration: s.every}) == nil {
			s.sent.Add(1)
		}
		select {
		case <-beat.C:
		case <-ctx.Done():
			return
		}
	}
}

// count counts what comes back, until that ends.
func (s *stream) count(p *peer, remote *webrtc.TrackRemote) {
	for n := 0; ; n++ {
		packet, _, err := remote.ReadRTP()
		if err != nil {
			return
		}
		if n == 0 && remote.Kind() == webrtc.RTPCodecTypeVideo { // as a decoder does that has just begun
			_ = p.pc.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: uint32(remote.SSRC())}})
		}
		if bytes.HasSuffix(packet.Payload, s.frame) {
			s.back.Add(1)
		}
	}
}

// feedback counts what a decoder on the other side wants, until the connection ends.
func (s *stream) feedback(sender *webrtc.RTPSender) {
	for {
		packets, _, err := sender.ReadRTCP()
		if err != nil {
			return
		}
		if wantsPicture(packets) {
			s.asked.Add(1)
		}
	}
}
