package contract_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/agora-signal-go/signal/internal/contract"
	"github.com/agora-signal-go/signal/server/backend"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemory(t *testing.T) {
	contract.Run(t, func(*testing.T) func() backend.Backend {
		m := backend.NewMemory(8)
		return func() backend.Backend { return m.Node() }
	})
}
