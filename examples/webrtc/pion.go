package main

import (
	"io"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/logging"
	"github.com/pion/webrtc/v4"
)

// maxDatagram is how large a message on a data channel may be; the other side is told so in the SDP.
const maxDatagram = 64 << 10

// settings say how peer connections are made.
type settings struct {
	// mdns makes them ask this network for names that end in .local: a browser gives these instead of its addresses to pages
	// that may not use camera and microphone.
	mdns bool
	log  io.Writer // where pion tells what it is doing; nil: nowhere
}

// newAPI returns what makes peer connections: with the codecs that pion knows, the interceptors that answer NACKs and
// write reports, and data channels that are read and written as pipes, where a writer waits for a slow reader.
func (s *settings) newAPI() (*webrtc.API, error) {
	media := new(webrtc.MediaEngine)
	if err := media.RegisterDefaultCodecs(); err != nil {
		return nil, err
	}
	logger := logging.NewDefaultLoggerFactory()
	logger.DefaultLogLevel = logging.LogLevelDisabled
	if s.log != nil {
		logger.Writer, logger.DefaultLogLevel = s.log, logging.LogLevelInfo
	}
	interceptors := new(interceptor.Registry)
	err := webrtc.RegisterDefaultInterceptorsWithOptions(media, interceptors, webrtc.WithInterceptorLoggerFactory(logger))
	if err != nil {
		return nil, err
	}
	engine := webrtc.SettingEngine{LoggerFactory: logger}
	engine.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6})
	engine.SetIncludeLoopbackCandidate(true) // for machines that are on no network
	engine.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	if s.mdns {
		engine.SetICEMulticastDNSMode(ice.MulticastDNSModeQueryOnly)
	}
	engine.SetSCTPMaxMessageSize(maxDatagram)
	engine.DetachDataChannels()
	engine.EnableDataChannelBlockWrite(true)
	return webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(interceptors), webrtc.WithSettingEngine(engine)), nil
}
