package browser

import (
	"bufio"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// The peer of examples/webrtc is called from the page, and sends back what it is shown and told.
func TestTheEchoOfTheExample(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	path, err := webrtc()
	require.NoError(t, err)
	echo := exec.CommandContext(t.Context(), path, "-server", "ws://"+d.host+"/", "-account", "echo")
	echo.Stderr = os.Stderr
	out, err := echo.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, echo.Start())
	said := bufio.NewScanner(out)
	require.True(t, said.Scan(), "it ends at once")
	require.Contains(t, said.Text(), "echo answers calls")

	alice := openTab(t, d.host, desktop).in("alice")
	alice.add("echo")
	for range 2 {
		alice.click("#call-start")
		lookAtEachOther(alice)
		alice.sees("#call-echo", "ms there and back")
		alice.shot("echo")
		alice.click("#call-end")
		alone(alice)
	}

	// Its end is the call's.
	alice.click("#call-start")
	lookAtEachOther(alice)
	require.NoError(t, echo.Process.Signal(syscall.SIGTERM))
	alone(alice)
	alice.await(`/echo (hung up|ended the call)/.test(document.querySelector('#log').innerText)`)
	for said.Scan() { // to its end
	}
	require.NoError(t, echo.Wait())
}
