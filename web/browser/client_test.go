package browser

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/signaltest"
)

// js runs JavaScript in the page, which may wait, and returns what it returns.
func js[T any](b *tab, code string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 2*patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T]("(async () => {"+code+"})()", chromedp.EvalAwaitPromise))
	require.NoError(b.t, err, code)
	return v
}

// robot logs a client in, beside the page's own: the variables of it are robot, and code, which returns how a call fails.
func robot(b *tab, account string) {
	b.t.Helper()
	js[bool](b, fmt.Sprintf(`
		const { Client } = await import('/demo/signal.js');
		window.Client = Client;
		window.robot = new Client('ws://' + location.host + '/', 'demo', %q, { timeout: 30000 });
		window.code = (call) => call.then(() => 0, (err) => err.code);
		await robot.login();
		return true;`, account))
}

// gopher logs in with the SDK of Go.
func gopher(t *testing.T, d *daemon) *signal.Client {
	t.Helper()
	c, err := signal.Dial(t.Context(), "demo", "gopher", signal.WithServer("ws://"+d.host+"/"))
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(t, c.Close(ctx))
	})
	return c
}

// The client of the page has what the one of Go has, and the two understand each other.
func TestTheClientAndThatOfGo(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	b := openTab(t, d.host, desktop)
	robot(b, "robot")
	ctx, c := t.Context(), gopher(t, d)

	require.Equal(t, 208, js[int](b, `return code(robot.login())`))
	require.Equal(t, 1005, js[int](b, `return code(robot.send('gopher', 'é'.repeat(4099)))`))
	require.Equal(t, 1004, js[int](b, `return code(robot.send('go pher', ''))`))
	require.Equal(t, 1004, js[int](b, `return code(robot.send('gopher', '\ud800'))`))
	require.Equal(t, 400, js[int](b, `return code(robot.sendChannel('den', 'who is not in it'))`))
	require.Equal(t, 1003, js[int](b, `return code(new Client('ws://x/', 'demo', 'x').online('robot'))`))
	require.NotZero(t, js[int](b, `return code(robot.invoke('burrow.dig', {}))`))

	require.True(t, js[bool](b, `return robot.online('gopher')`))
	require.NoError(t, c.SetAttr(ctx, "teeth", "two"))
	require.Equal(t, map[string]string{"teeth": "two"}, js[map[string]string](b, `return robot.attrs('gopher')`))
	require.Equal(t, "two", js[string](b, `return robot.attr('gopher', 'teeth')`))
	js[any](b, `await robot.setAttr('wheels', '4'); return null`)
	wheels, err := c.Attr(ctx, "robot", "wheels")
	require.NoError(t, err)
	require.Equal(t, "4", wheels)

	ch, err := c.Join(ctx, "the den")
	require.NoError(t, err)
	require.NoError(t, ch.SetAttr(ctx, "depth", "3 m"))
	require.Equal(t, "robot,gopher 3 m", js[string](b, `
		const { members, attrs } = await robot.join('the den');
		return members.join() + ' ' + attrs.depth`))
	require.Equal(t, 2, js[int](b, `return robot.memberCount('the den')`))
	require.Equal(t, []string{"robot", "gopher"}, js[[]string](b, `return robot.members('the den')`))
	js[any](b, `
		await robot.setChannelAttr('the den', 'light', 'off');
		await robot.deleteChannelAttr('the den', 'depth');
		return null`)
	require.Eventually(t, func() bool { return ch.Attr("light") == "off" && ch.Attr("depth") == "" }, patience, 10*time.Millisecond)
	js[any](b, `await robot.clearChannelAttrs('the den'); await robot.leave('the den'); return null`)
	require.Eventually(t, func() bool { return len(ch.Attrs()) == 0 && len(ch.Members()) == 1 }, patience, 10*time.Millisecond)
	require.Equal(t, 600, js[int](b, `return code(robot.leave('the den'))`))
}

// A call between the two clients: both see the same of it, whoever calls.
func TestACallWithTheClientOfGo(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	b := openTab(t, d.host, desktop)
	robot(b, "robot")
	ctx, c := t.Context(), gopher(t, d)
	calls := make(chan *signal.Call)
	listening, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		for call := range c.Calls(listening) {
			if call != nil {
				calls <- call
			}
		}
	})
	defer running.Wait()
	defer stop()

	js[any](b, `
		window.heard = [];
		window.call = await robot.invite('gopher', { extra: { why: 'dig' } });
		for (const type of ['ringing', 'accepted', 'dtmf', 'ended']) {
			call.addEventListener(type, ({ detail }) => heard.push([type, detail?.extra ?? '', detail?.keys ?? '', detail?.how ?? ''].join(' ').trim()));
		}
		return null`)
	in := <-calls
	require.Equal(t, "robot", in.Peer())
	require.JSONEq(t, `{"why":"dig"}`, in.Extra())
	require.NoError(t, in.Accept(ctx, `{"with":"paws"}`))
	b.await(`call.state === 'accepted'`)
	require.NoError(t, in.DTMF(ctx, "12#"))
	b.await(`heard.length > 1`)
	require.NoError(t, in.End(ctx))
	b.await(`call.state === 'ended'`)
	require.Equal(t, []string{`accepted {"with":"paws"}`, "dtmf  12#", "ended   peer"}, eval[[]string](b, `heard.filter((e) => e !== 'ringing')`))

	js[any](b, `robot.addEventListener('call', ({ detail }) => { window.incoming = detail.call }); return null`)
	out, err := c.Invite(ctx, "robot", signal.CallOptions{Extra: `{"n":2}`})
	require.NoError(t, err)
	<-out.Ringing()
	b.await(`incoming.extra === '{"n":2}'`)
	js[any](b, `await incoming.refuse({ because: 'busy' }); return null`)
	_, err = out.Wait(ctx)
	require.ErrorContains(t, err, "refused")
	b.await(`incoming.state === 'ended'`)
	require.Equal(t, 1001, js[int](b, `return code(incoming.accept())`))
}

// Over a network that breaks connections all the time, nothing is lost, nothing comes twice, all comes in order, and each call
// has its outcome.
func TestNothingIsLostOverABadNetwork(t *testing.T) {
	t.Parallel()
	const many = 150
	d := startDaemon(t, "-user-messages-per-second", "-1", "-channel-messages-per-second", "-1", "-calls-per-second", "-1")
	network := signaltest.NewNetwork(t, "ws://"+d.host+"/")
	b := openTab(t, network.Addr, desktop)
	b.serverGoes()
	robot(b, "robot")
	ctx, c := t.Context(), gopher(t, d)
	ch, err := c.Join(ctx, "line")
	require.NoError(t, err)
	js[any](b, `
		await robot.join('line');
		window.personal = []; window.inRoom = []; window.sent = 0; window.failed = []; window.lost = 0;
		robot.addEventListener('message', ({ detail }) => personal.push(detail.text));
		robot.addEventListener('channelmessage', ({ detail }) => detail.from === 'gopher' && inRoom.push(detail.text));
		robot.addEventListener('state', ({ detail }) => { lost += detail.state === 'reconnecting' && detail.attempt === 0 });
		return null`)

	var want []string
	for i := range many {
		want = append(want, fmt.Sprint(i))
	}
	heard := make(chan []string, 2)
	collect := func(messages func(func(signal.Message, error) bool)) {
		var texts []string
		for m, err := range messages {
			if err == nil && m.From == "robot" {
				texts = append(texts, m.Text)
			}
			if err != nil || len(texts) == many {
				break
			}
		}
		heard <- texts
	}
	listening, stop := context.WithTimeout(ctx, 2*patience)
	defer stop()
	personal, inRoom := c.Messages(listening), ch.Messages(listening)
	var running sync.WaitGroup
	running.Go(func() { collect(personal) })
	running.Go(func() { collect(inRoom) })
	running.Go(func() {
		for _, text := range want {
			_ = c.Send(listening, "robot", text) // that it arrives is what is looked at
			_ = ch.Send(listening, text)
		}
	})
	js[any](b, fmt.Sprintf(`
		const note = (promise) => promise.then(() => { sent++ }, (err) => failed.push(err.message));
		(async () => {
			for (let i = 0; i < %d; i++) {
				note(robot.send('gopher', String(i)));
				await note(robot.sendChannel('line', String(i)));
			}
		})();
		return null`, many))
	faults := []func(){
		func() { network.Cut() }, func() { network.Reset() }, func() { network.Tear(signaltest.Down, 300) }, func() { network.Tear(signaltest.Up, 200) },
	}
	for _, fault := range faults { // the pauses between tries grow with each
		lost := eval[int](b, "lost")
		for eval[int](b, "lost") == lost { // a link may just be about to come up
			fault()
		}
		b.await("robot.state === 'online'")
	}
	running.Wait()
	require.Equal(t, want, <-heard)
	require.Equal(t, want, <-heard)
	b.await(fmt.Sprintf("sent + failed.length === %d", 2*many))
	require.Empty(t, eval[[]string](b, "failed"))
	b.await(fmt.Sprintf("personal.length >= %d && inRoom.length >= %[1]d", many))
	require.Equal(t, want, eval[[]string](b, "personal"))
	require.Equal(t, want, eval[[]string](b, "inRoom"))
}
