package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"github.com/pion/datachannel"
	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
)

// A mirror sends back the media of one section: what comes in on a transceiver goes out on the same one, packet by packet,
// in the codec that it has. Nothing is decoded.
type mirror struct {
	pc    *webrtc.PeerConnection
	local *webrtc.TrackLocalStaticRTP
	ssrc  atomic.Uint32 // of what comes in; 0: nothing does
}

// newMirror puts a mirror on a transceiver that an offer has made: it leaves one codec in the answer, the one that the other
// side likes best of those that both know. It returns nil when there is none.
func newMirror(api *webrtc.API, pc *webrtc.PeerConnection, t *webrtc.RTPTransceiver) (*mirror, error) {
	for _, codec := range t.Receiver().GetParameters().Codecs {
		switch strings.ToLower(codec.MimeType) {
		case webrtc.MimeTypeRTX, webrtc.MimeTypeFlexFEC, webrtc.MimeTypeFlexFEC03, webrtc.MimeTypeUlpFEC:
			continue // no codec, but something around one
		}
		local, err := webrtc.NewTrackLocalStaticRTP(codec.RTPCodecCapability, t.Kind().String(), "echo")
		if err != nil {
			return nil, fmt.Errorf("make a track: %w", err)
		}
		if err := t.SetCodecPreferences([]webrtc.RTPCodecParameters{codec}); err != nil {
			return nil, fmt.Errorf("choose %s: %w", codec.MimeType, err)
		}
		sender, err := api.NewRTPSender(local, pc.SCTP().Transport())
		if err != nil {
			return nil, fmt.Errorf("send %s: %w", codec.MimeType, err)
		}
		if err := t.SetSender(sender, local); err != nil {
			return nil, fmt.Errorf("send %s: %w", codec.MimeType, err)
		}
		return &mirror{pc: pc, local: local}, nil
	}
	return nil, nil
}

// media sends back what comes in, until that ends.
func (m *mirror) media(remote *webrtc.TrackRemote) {
	if !m.ssrc.CompareAndSwap(0, uint32(remote.SSRC())) {
		return // a second encoding of the same picture
	}
	defer m.ssrc.Store(0)
	for {
		packet, _, err := remote.ReadRTP()
		if err != nil {
			return
		}
		packet.Extension, packet.Extensions = false, nil // they are about the way here
		if err := m.local.WriteRTP(packet); errors.Is(err, io.ErrClosedPipe) {
			return
		}
	}
}

// feedback reads what the other side says about the media that it gets back, until that ends. When its decoder wants a
// picture that needs no other (it has lost one, or has just begun) it is its own encoder that has to make one.
func (m *mirror) feedback(sender *webrtc.RTPSender) {
	for {
		packets, _, err := sender.ReadRTCP()
		if err != nil {
			return
		}
		if ssrc := m.ssrc.Load(); ssrc != 0 && wantsPicture(packets) {
			_ = m.pc.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: ssrc}}) // it asks again
		}
	}
}

func wantsPicture(packets []rtcp.Packet) bool {
	for _, p := range packets {
		switch p.(type) {
		case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
			return true
		}
	}
	return false
}

// mirrorData sends back each message as it came, text or not, until the channel ends. It reads no faster than the other
// side takes.
func mirrorData(channel datachannel.ReadWriteCloser) {
	defer channel.Close() //nolint:errcheck // it has ended
	buffer := make([]byte, maxDatagram)
	for {
		n, text, err := channel.ReadDataChannel(buffer)
		if err != nil {
			return
		}
		if _, err := channel.WriteDataChannel(buffer[:n], text); err != nil {
			return
		}
	}
}
