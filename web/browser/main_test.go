package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// patience is for what is wrong if it does not come.
const patience = 20 * time.Second

// TestMain makes a place for what the tests build, and ends the browser.
func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "signal-browser")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	built = dir
	code := m.Run()
	for _, end := range atEnd {
		end()
	}
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

var (
	built string   // a directory
	atEnd []func() // what ends with the last test
)

// chromium is the browser that there is, nil when there is none.
var chromium = sync.OnceValues(func() (context.Context, error) {
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		return nil, errors.New("no Chromium on the PATH: web/browser/install installs it")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(filepath.Join(built, "profile")),
		chromedp.Flag("headless", "new"),
		chromedp.NoSandbox, // which a container does not allow
		chromedp.DisableGPU,
		chromedp.Flag("use-fake-device-for-media-stream", "device-count=1,fps=10"),
		chromedp.Flag("use-fake-ui-for-media-stream", true),
		chromedp.Flag("allow-loopback-in-peer-connection", true), // a machine may have no other network
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("mute-audio", true),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
	)
	allocator, endAllocator := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, end := chromedp.NewContext(allocator)
	atEnd = append(atEnd, func() {
		_ = chromedp.Cancel(ctx)
		end()
		endAllocator()
	})
	if err := chromedp.Do(ctx); err != nil {
		return nil, fmt.Errorf("%s does not start: %w", path, err)
	}
	return ctx, nil
})

// startChromium returns the browser. Where there is none the test is skipped, unless that is not allowed.
func startChromium(t *testing.T) context.Context {
	t.Helper()
	if os.Getenv("SIGNAL_BROWSER") == "off" {
		t.Skip("NOT CHECKED: the page in a browser: SIGNAL_BROWSER=off")
	}
	ctx, err := chromium()
	if err != nil && os.Getenv("SIGNAL_BROWSER") != "required" {
		t.Skipf("NOT CHECKED: the page in a browser: %v", err)
	}
	require.NoError(t, err)
	return ctx
}
