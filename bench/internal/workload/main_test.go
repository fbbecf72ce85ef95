package workload_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain lets centrifuge-go's wait for an answer go, which it gives up after 5 s only when the client is closed.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/centrifugal/centrifuge-go.(*Client).sendAsync.func1"))
}
