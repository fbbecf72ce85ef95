package signal_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal"
)

func TestNewTokenCutsToWholeSeconds(t *testing.T) {
	whole := time.Unix(1546271999, 0)
	want := signal.NewToken("app", "certificate", "alice", whole)
	assert.Equal(t, want, signal.NewToken("app", "certificate", "alice", whole.Add(time.Second-1)))
	assert.Equal(t, want, signal.NewToken("app", "certificate", "alice", whole.UTC()))
	assert.NotEqual(t, want, signal.NewToken("app", "certificate", "alice", whole.Add(time.Second)))
}

func TestNewTokenOfZeroTimeHasRunOut(t *testing.T) {
	assert.Equal(t,
		signal.NewToken("app", "certificate", "alice", time.Unix(0, 0)),
		signal.NewToken("app", "certificate", "alice", time.Time{}))
}

func ExampleNewToken() {
	const (
		appID       = "C5D15F8FD394285DA5227B533302A518"
		certificate = "fe1a0437bf217bdd34cd65053fb0fe1d"
	)
	expires := time.Date(2018, time.December, 31, 15, 59, 59, 0, time.UTC)

	fmt.Println(signal.NewToken(appID, certificate, "test@agora.io", expires))
	// Output: 1:C5D15F8FD394285DA5227B533302A518:1546271999:2d572d6e3a75ebde5a06626f40fe9684
}
