package browser

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// A size of a screen.
type size struct{ width, height int64 }

var (
	desktop = size{1280, 800}
	phone   = size{390, 844}
)

// A tab shows the page to one user. Tabs share nothing.
type tab struct {
	t    *testing.T
	ctx  context.Context
	host string
	kind string // phone or desktop

	mu sync.Mutex
	// +checklocks:mu
	foreign []string // requests to anywhere but the daemon
	// +checklocks:mu
	errors []string // of the console
	// +checklocks:mu
	mayBreak bool // the server goes away: that connections fail is no error
}

// openTab opens the page. When the test ends, no request has gone anywhere else and the console has no error.
func openTab(t *testing.T, host string, s size) *tab {
	t.Helper()
	b := &tab{t: t, host: host, kind: "desktop"}
	ctx, end := chromedp.NewContext(startChromium(t), chromedp.WithNewBrowserContext(), chromedp.WithListener(b.heard))
	b.ctx = ctx
	require.NoError(t, chromedp.Do(ctx)) // without a limit of time: that would be one for the tab
	view := chromedp.EmulateViewport(s.width, s.height)
	if s == phone {
		b.kind = "phone"
		view = chromedp.EmulateViewport(s.width, s.height, chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	b.run(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, network.Enable, network.EnableParams{})
		return err
	}), view, chromedp.Navigate("http://"+host+"/demo/"))
	t.Cleanup(func() {
		if t.Failed() {
			b.shot("failed-" + strings.ReplaceAll(t.Name(), "/", "-"))
			t.Logf("text of the page:\n%s", b.text("body"))
		}
		end()
		b.mu.Lock()
		defer b.mu.Unlock()
		require.Empty(t, b.foreign, "requests to others")
		require.Empty(t, b.errors, "errors in the console")
	})
	b.await(`document.activeElement?.id === 'account'`)
	return b
}

// heard notes what the page asks for and complains about.
func (b *tab) heard(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		b.asked(ev.Request.URL)
	case *network.EventWebSocketCreated:
		b.asked(ev.URL)
	case *runtime.EventExceptionThrown:
		b.errors = append(b.errors, fmt.Sprintf("%s %+v", ev.ExceptionDetails.Text, ev.ExceptionDetails.Exception))
	case *runtime.EventConsoleAPICalled:
		if ev.Type == runtime.ConsoleAPICalledTypeError || ev.Type == runtime.ConsoleAPICalledTypeWarning {
			b.errors = append(b.errors, fmt.Sprintf("%s: %+v", ev.Type, ev.Args))
		}
	case *log.EventEntryAdded:
		if ev.Entry.Level == log.EntryLevelError && (!b.mayBreak || !strings.HasPrefix(ev.Entry.Text, "WebSocket connection to ")) {
			b.errors = append(b.errors, fmt.Sprintf("%s: %s %s", ev.Entry.Source, ev.Entry.Text, ev.Entry.URL))
		}
	}
}

// asked notes where a request goes. Called with b.mu held.
//
// +checklocks:b.mu
func (b *tab) asked(address string) {
	if u, err := url.Parse(address); err != nil || u.Host != b.host {
		b.foreign = append(b.foreign, address)
	}
}

// serverGoes says that connections will fail.
func (b *tab) serverGoes() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mayBreak = true
}

func (b *tab) run(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	require.NoError(b.t, chromedp.Do(ctx, actions...))
}

// eval returns what an expression is in the page.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	require.NoError(b.t, err)
	return v
}

// await waits until an expression is true.
func (b *tab) await(expression string) {
	b.t.Helper()
	what := "Boolean(" + expression + ")"
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); !eval[bool](b, what); <-tick.C {
		if time.Since(began) > patience {
			require.Fail(b.t, "it does not come true", "%s\n%s", expression, b.text("body"))
		}
	}
}

// text returns the text that an element shows.
func (b *tab) text(selector string) string {
	b.t.Helper()
	return eval[string](b, "document.querySelector("+strconv.Quote(selector)+")?.innerText ?? ''")
}

// sees waits until an element shows a text.
func (b *tab) sees(selector, text string) {
	b.t.Helper()
	b.await(fmt.Sprintf("document.querySelector(%q)?.checkVisibility() && document.querySelector(%[1]q).innerText.includes(%q)", selector, text))
}

func (b *tab) click(selector string) {
	b.t.Helper()
	b.await(fmt.Sprintf("document.querySelector(%q)?.checkVisibility() && !document.querySelector(%[1]q).disabled", selector))
	b.run(chromedp.Click(chromedp.CSS(selector)))
}

// fill types a text into a field, in place of what is in there.
func (b *tab) fill(selector, text string) {
	b.t.Helper()
	b.await(fmt.Sprintf("(document.querySelector(%q).value = '', true)", selector))
	b.run(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// press presses keys one after the other, wherever the keyboard is.
func (b *tab) press(keys ...string) {
	b.t.Helper()
	for _, key := range keys {
		b.run(chromedp.KeyEvent(key))
	}
}

// login logs in. What follows is up to the test.
func (b *tab) login(account string) {
	b.t.Helper()
	b.fill("#account", account)
	b.click("#login-button")
}

// in logs in, and is in.
func (b *tab) in(account string) *tab {
	b.t.Helper()
	b.login(account)
	b.sees("#state-text", "connected")
	return b
}

func (b *tab) join(room string) {
	b.t.Helper()
	b.fill("#room-name", room)
	b.click("#join-form button")
	b.sees("#talk-title", room)
}

// add makes a contact and opens the conversation with it.
func (b *tab) add(account string) {
	b.t.Helper()
	b.fill("#contact-name", account)
	b.click("#contact-form button")
	b.sees("#talk-title", account)
}

// say sends a message in the conversation that is open.
func (b *tab) say(text string) {
	b.t.Helper()
	b.fill("#text", text)
	b.click("#composer button")
}

// said returns how often the log shows a message.
func (b *tab) said(text string) int {
	b.t.Helper()
	return eval[int](b, fmt.Sprintf("[...document.querySelectorAll('#log .text')].filter((e) => e.textContent === %q).length", text))
}

// frames waits until so many frames more of the peer's video were shown.
func (b *tab) frames(n int) {
	b.t.Helper()
	b.await(fmt.Sprintf("document.querySelector('#remote-video').getVideoPlaybackQuality().totalVideoFrames >= %d", n))
}

// fits says that nothing is wider than the screen, and that what is to be touched is large enough.
func (b *tab) fits() {
	b.t.Helper()
	require.LessOrEqual(b.t, eval[int](b, "document.documentElement.scrollWidth - document.documentElement.clientWidth"), 0)
	require.Empty(b.t, eval[[]string](b, `[...document.querySelectorAll('*')].filter((e) => e.checkVisibility() &&
		e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.visually-hidden')).map((e) => e.outerHTML.slice(0, 90))`))
	require.Empty(b.t, eval[[]string](b, `[...document.querySelectorAll('button, input, textarea, summary')].filter((e) => e.checkVisibility() &&
		(e.getBoundingClientRect().height < 43.5 || e.getBoundingClientRect().width < 43.5)).map((e) => e.outerHTML.slice(0, 90))`))
}

// shot leaves a picture where SIGNAL_SHOTS says.
func (b *tab) shot(name string) {
	dir := os.Getenv("SIGNAL_SHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if !b.t.Failed() { // what comes up has come up
		b.await(`document.getAnimations().every((a) => a.effect.getTiming().iterations === Infinity)`)
	}
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Logf("no picture %s: %v", name, err)
		return
	}
	require.NoError(b.t, os.MkdirAll(dir, 0o750))
	require.NoError(b.t, os.WriteFile(filepath.Join(dir, name+"-"+b.kind+".png"), picture, 0o600))
}
