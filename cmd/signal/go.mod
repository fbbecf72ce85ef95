module github.com/agora-signal-go/signal/cmd/signal

go 1.26.0

replace github.com/agora-signal-go/signal => ../..

require (
	github.com/HdrHistogram/hdrhistogram-go v1.4.0
	github.com/agora-signal-go/signal v0.0.0-00010101000000-000000000000
	github.com/creack/pty v1.1.24
	github.com/gorilla/websocket v1.5.3
	github.com/spf13/cobra v1.10.2
	github.com/spf13/pflag v1.1.0
	github.com/stretchr/testify v1.12.1
	go.uber.org/goleak v1.3.0
	golang.org/x/term v0.48.0
)

require (
	github.com/google/uuid v1.6.0 // indirect
	github.com/inconshreveable/mousetrap v1.1.0 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/sys v0.50.0 // indirect
)
