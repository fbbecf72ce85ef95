package browser

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// faint returns the texts that are shown with less contrast to what is behind them than WCAG asks for, 4.5 to 1.
const faint = `(() => {
	const parse = (colour) => colour.match(/[\d.]+/g).map(Number);
	const luminance = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
		.reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
	const behind = (el) => {
		for (; el; el = el.parentElement) {
			const colour = parse(getComputedStyle(el).backgroundColor);
			if ((colour[3] ?? 1) === 1) return colour;
		}
		return [255, 255, 255];
	};
	const found = [];
	const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (texts.nextNode()) {
		const el = texts.currentNode.parentElement;
		if (!texts.currentNode.data.trim() || !el.checkVisibility() || el.closest('.visually-hidden, noscript, :disabled')) continue;
		const ground = behind(el);
		const alpha = Number(getComputedStyle(el).opacity);
		const ink = parse(getComputedStyle(el).color).slice(0, 3).map((c, i) => c * alpha + ground[i] * (1 - alpha));
		const [light, dark] = [luminance(ink), luminance(ground)].sort((a, b) => b - a);
		if ((light + 0.05) / (dark + 0.05) < 4.5) found.push(texts.currentNode.data.trim() + ' ' + ((light + 0.05) / (dark + 0.05)).toFixed(2));
	}
	return found;
})()`

// scheme has the tab take the user for one who likes it light, or dark.
func (b *tab) scheme(name string) {
	b.t.Helper()
	b.run(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"}},
		})
		return err
	}))
}

func TestAllCanBeReadInLightAndDark(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	alice, bob := openTab(t, d.host, desktop), openTab(t, d.host, phone)
	for _, scheme := range []string{"light", "dark"} {
		alice.scheme(scheme)
		require.Empty(t, eval[[]string](alice, faint), scheme)
		alice.shot("login-" + scheme)
	}
	bob.scheme("dark")
	alice.in("alice")
	bob.in("bob")
	alice.add("bob")
	alice.join("kitchen")
	bob.join("kitchen")
	bob.say("Soup is ready.")
	alice.sees("#log", "Soup is ready.")
	alice.say("On my way!")
	alice.fill("#attr-name", "topic")
	alice.fill("#attr-value", "Lunch at noon")
	alice.click("#attr-form button")
	alice.sees("#attrs", "Lunch at noon")
	alice.fill("#contact-name", "al ice")
	alice.click("#contact-form button")
	alice.sees("#alerts", "want no space")
	bob.click("#back")
	bob.add("alice")
	bob.click("#call-start")
	alice.sees("#ring-title", "bob")
	for _, scheme := range []string{"light", "dark"} {
		alice.scheme(scheme)
		require.Empty(t, eval[[]string](alice, faint), scheme)
		alice.shot("ring-" + scheme)
	}
	alice.click("#ring-refuse")
	bob.sees("#alerts", "refused")
	require.Empty(t, eval[[]string](bob, faint))
	alice.click("#alerts button")
	alice.click("#room-entry")
	alice.shot("room-dark")
	bob.shot("refused-dark")
}
