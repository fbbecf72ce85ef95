package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/server"
)

const (
	storyApp    = "webrtc-example"
	storyWithin = 30 * time.Second
	talkFor     = 2 * time.Second
)

// story lets somebody call an echo, on a server of its own.
func story(ctx context.Context, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, storyWithin)
	defer cancel()
	srv := server.New()
	url, err := srv.Listen("127.0.0.1:0")
	if err != nil {
		return err
	}
	defer srv.Shutdown(context.Background()) //nolint:errcheck // the process ends
	v := &voices{out: out}
	scene := v.of("")
	scene("A signaling server listens at %s", url)

	api, err := new(settings).newAPI()
	if err != nil {
		return err
	}
	echoes, err := dial(ctx, storyApp, "echo", signal.WithServer(url))
	if err != nil {
		return err
	}
	defer hangUp(echoes)
	calls, err := dial(ctx, storyApp, "alice", signal.WithServer(url))
	if err != nil {
		return err
	}
	defer hangUp(calls)

	var running sync.WaitGroup
	defer running.Wait()
	talk, stop := context.WithCancel(ctx)
	defer stop()
	e := &echo{client: echoes, api: api, places: 1, say: v.of("echo")}
	running.Go(func() {
		if err := e.run(talk); err != nil {
			e.say("%v", err)
		}
	})
	c := &caller{client: calls, api: api, router: newRouter(calls), say: v.of("alice")}
	running.Go(func() { _ = c.router.run(talk) }) // without it no answer comes, which the call says

	scene("\nAlice calls echo, sends a picture and a sound for %v, and pings", talkFor)
	r, err := c.call(ctx, "echo", talkFor)
	if err != nil {
		return err
	}
	stop()
	running.Wait() // echo has its say first
	return r.tell(scene)
}

// tell tells what a call was like: the error is that something did not come back.
func (r *report) tell(say func(format string, args ...any)) error {
	say("\nWhat came back")
	for _, s := range []*stream{r.sound, r.picture} {
		say("  %s: %d of %d RTP packets, as they were", s.mime, s.back.Load(), s.sent.Load())
	}
	say("  key frames that echo has asked for, as it was asked: %d", r.picture.asked.Load())
	say("  pings on the data channel: %d of %d", len(r.pings), pings)
	switch {
	case r.sound.back.Load() == 0, r.picture.back.Load() == 0, r.picture.asked.Load() == 0:
		return fmt.Errorf("not all media came back")
	case len(r.pings) < pings:
		return fmt.Errorf("pings: want %d to come back, got %d", pings, len(r.pings))
	}
	slices.Sort(r.pings)
	say("  half of them within %v", r.pings[len(r.pings)/2].Round(10*time.Microsecond))
	return nil
}
