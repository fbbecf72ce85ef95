package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/server/backend"
)

// In a program without an HTTP server of its own, Listen is all there is to do.
func Example() {
	ctx := context.Background()
	srv := server.New() // every app ID is served, without tokens
	url, err := srv.Listen("127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Shutdown(ctx)

	alice, err := signal.Dial(ctx, "app", "alice", signal.WithServer(url))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer alice.Close(ctx)
	fmt.Println(alice.Status())
	// Output: connected
}

// A Server is an http.Handler: it lives next to other routes of any mux. Old clients ask for /getaddr at the root.
func Example_mount() {
	sig := server.New(server.WithApp("app", ""))
	mux := http.NewServeMux()
	mux.Handle("/signal/", sig)
	mux.Handle("/getaddr", sig)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "the shop") })
	web := httptest.NewServer(mux)
	defer web.Close()
	defer end(sig)

	fmt.Println(fetch(web.URL + "/"))
	alice := connect(web.URL+"/signal/", "alice")
	defer alice.Close(context.Background())
	fmt.Println(sig.Stats().Sessions, "session")
	// Output:
	// the shop
	// 1 session
}

// Where the program has the listener, Serve lets websockets in at less cost than net/http, other routes or none.
func ExampleServe() {
	sig := server.New(server.WithApp("app", ""))
	mux := http.NewServeMux()
	mux.Handle("/", sig)
	mux.HandleFunc("/about", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "the shop") })
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	web := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error)
	go func() { ended <- server.Serve(listener, web) }()

	fmt.Println(fetch("http://" + listener.Addr().String() + "/about"))
	alice := connect("http://"+listener.Addr().String()+"/", "alice")
	fmt.Println(sig.Stats().Sessions, "session")
	_ = alice.Close(context.Background())
	end(sig)
	_ = web.Close()
	fmt.Println(<-ended)
	// Output:
	// the shop
	// 1 session
	// http: Server closed
}

// An app with a certificate wants tokens, which the program makes for its users.
func ExampleWithApp() {
	const certificate = "0123456789abcdef0123456789abcdef"
	sig := server.New(server.WithApp("app", certificate), server.WithApp("open", ""))
	web := httptest.NewServer(sig)
	defer web.Close()
	defer end(sig)
	ctx := context.Background()
	at := signal.WithServer(wsURL(web.URL))

	_, err := signal.Dial(ctx, "app", "alice", at)
	fmt.Println(errors.Is(err, signal.LoginETokenWrong))
	_, err = signal.Dial(ctx, "another", "alice", at)
	fmt.Println(errors.Is(err, signal.LoginEFailed))

	token := signal.NewToken("app", certificate, "alice", time.Now().Add(time.Hour))
	alice, err := signal.Dial(ctx, "app", "alice", at, signal.WithToken(token))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer alice.Close(ctx)
	fmt.Println(alice.Status())
	// Output:
	// true
	// true
	// connected
}

// The users' accounts are in the program's own database.
func ExampleWithAuthenticator() {
	passwords := map[string]string{"alice": "wonderland"}
	sig := server.New(server.WithAuthenticator(func(_ context.Context, _, account, token string) error {
		want, known := passwords[account]
		switch {
		case !known:
			return server.ErrRefused
		case token != want:
			return errors.New("wrong password")
		}
		return nil
	}))
	web := httptest.NewServer(sig)
	defer web.Close()
	defer end(sig)
	ctx := context.Background()

	for _, password := range []string{"wonderland", "guess"} {
		alice, err := signal.Dial(ctx, "app", "alice", signal.WithServer(wsURL(web.URL)), signal.WithToken(password))
		if err != nil {
			fmt.Println("refused:", errors.Is(err, signal.ErrUnauthorized))
			continue
		}
		fmt.Println(alice.Status())
		_ = alice.Close(ctx)
	}
	// Output:
	// connected
	// refused: true
}

// Two servers that share a backend are one: with that of module jetstream in two processes, here in one.
func ExampleWithBackend() {
	data := backend.NewMemory(8)
	one, other := server.New(server.WithBackend(data.Node())), server.New(server.WithBackend(data.Node()))
	defer end(one)
	defer end(other)
	for !one.Ready() || !other.Ready() { // they look for each other first
		time.Sleep(10 * time.Millisecond)
	}
	web := httptest.NewServer(one)
	defer web.Close()
	alice := connect(web.URL, "alice")
	defer alice.Close(context.Background())

	sessions, err := other.Sessions(context.Background(), "app", 0)
	fmt.Println(sessions, err)
	// Output: [{alice gosdk  true}] <nil>
}

// Clients call functions of their own back end over the connection that they have.
func ExampleWithInvokeHandler() {
	prices := map[string]float64{"apple": 0.30}
	sig := server.New(server.WithInvokeHandler("shop",
		func(_ context.Context, caller server.Caller, fn, args string) (string, error) {
			if fn != "price" {
				return "", server.InvokeError{Reason: "NoSuchFunc", Code: 1004}
			}
			var of struct{ Item string }
			if err := json.Unmarshal([]byte(args), &of); err != nil {
				return "", server.InvokeError{Reason: "WrongParam", Code: 1004}
			}
			fmt.Println(caller.Account, "asks for", of.Item)
			return fmt.Sprintf(`{"price":%.2f}`, prices[of.Item]), nil
		}))
	web := httptest.NewServer(sig)
	defer web.Close()
	defer end(sig)
	ctx := context.Background()

	alice := connect(web.URL, "alice")
	defer alice.Close(ctx)
	answer, err := signal.Invoke[struct{ Price float64 }](ctx, alice, "shop.price", map[string]string{"item": "apple"})
	fmt.Println(answer.Price, err)
	// Output:
	// alice asks for apple
	// 0.3 <nil>
}

// The program is told what happens, in order and without holding anything up.
func ExampleWithObserver() {
	sig := server.New(server.WithObserver(func(e server.Event) {
		fmt.Println(e.Account, e.Kind)
	}))
	web := httptest.NewServer(sig)
	defer web.Close()

	alice := connect(web.URL, "alice")
	_ = alice.Close(context.Background())
	end(sig) // waits for the observer
	// Output:
	// alice login
	// alice logout
}

// A back end that is a client, too, hears of all logins and of all joins in two channels that are for it alone.
func ExampleWithEventAccounts() {
	sig := server.New(server.WithEventAccounts("backend"))
	web := httptest.NewServer(sig)
	defer web.Close()
	defer end(sig)
	ctx := context.Background()

	backend := connect(web.URL, "backend")
	defer backend.Close(ctx)
	logins, err := backend.Join(ctx, "__agora_user_online")
	if err != nil {
		fmt.Println(err)
		return
	}
	alice := connect(web.URL, "alice")
	defer alice.Close(ctx)
	_, err = alice.Join(ctx, "__agora_user_online")
	fmt.Println("alice may not:", err)

	for m, err := range logins.Messages(ctx) {
		var event struct{ Event, Account string }
		_ = json.Unmarshal([]byte(m.Text), &event)
		fmt.Println(event.Account, "is", event.Event, err)
		break
	}
	// Output:
	// alice may not: signal: join: JOINCHANNEL_E_OTHER (300): NotAllowed
	// alice is online <nil>
}

// Limits bound what clients can take. A user who sends faster than he may is told so, and loses nothing else.
func ExampleWithLimits() {
	sig := server.New(server.WithLimits(server.Limits{UserMessagesPerSecond: 1}))
	web := httptest.NewServer(sig)
	defer web.Close()
	defer end(sig)
	ctx := context.Background()

	alice := connect(web.URL, "alice")
	defer alice.Close(ctx)
	var err error
	for err == nil {
		err = alice.Send(ctx, "bob", "hello")
	}
	fmt.Println(errors.Is(err, signal.ErrRateLimited))
	// Output: true
}

// The program may speak itself, and throw users out.
func ExampleServer_SendSystem() {
	sig := server.New()
	web := httptest.NewServer(sig)
	defer web.Close()
	defer end(sig)
	ctx := context.Background()
	alice := connect(web.URL, "alice")
	defer alice.Close(ctx)

	fmt.Println(sig.SendSystem(ctx, "app", "alice", "we close at ten"))
	for m, err := range alice.Messages(ctx) {
		fmt.Printf("from %q: %s %v\n", m.From, m.Text, err)
		break
	}
	fmt.Println(sig.Kick(ctx, "app", "alice"))
	<-alice.Done()
	fmt.Println(errors.Is(alice.Err(), signal.LogoutEOther))
	// Output:
	// <nil>
	// from "": we close at ten <nil>
	// <nil>
	// true
}

// What an administrator can do, with curl or a dashboard: mounted where the public does not come.
func ExampleServer_AdminHandler() {
	sig := server.New()
	defer end(sig)
	inside := http.NewServeMux()
	inside.Handle("/admin/", http.StripPrefix("/admin", sig.AdminHandler("a long secret")))
	web := httptest.NewServer(inside)
	defer web.Close()

	r, _ := http.NewRequestWithContext(context.Background(), http.MethodPost, web.URL+"/admin/kick",
		strings.NewReader(`{"app":"my app","account":"mallory"}`))
	r.Header.Set("Authorization", "Bearer a long secret")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = resp.Body.Close() }()
	fmt.Println(resp.Status)
	// Output: 404 Not Found
}

// Figures of the moment, for whatever collects them.
func ExampleServer_Stats() {
	sig := server.New()
	web := httptest.NewServer(sig)
	defer web.Close()
	defer end(sig)
	ctx := context.Background()
	alice := connect(web.URL, "alice")
	defer alice.Close(ctx)
	_ = alice.Send(ctx, "bob", "hello")

	st := sig.Stats()
	fmt.Println(st.Sockets, "socket,", st.Sessions, "session,", st.Logins, "login")
	// Output: 1 socket, 1 session, 1 login
}

// A new release takes over: what runs is finished, clients go and look for the new server.
func ExampleServer_Drain() {
	sig := server.New()
	web := httptest.NewServer(sig)
	defer web.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	alice := connect(web.URL, "alice")
	defer alice.Close(ctx)

	fmt.Println(sig.Drain(ctx), sig.Ready())
	for event, err := range alice.Events(ctx) {
		if e, ok := event.(signal.StateChanged); ok && e.State == signal.StateReconnecting {
			fmt.Println("alice is", e.State, err) // and looks for the new one
			break
		}
	}
	fmt.Println(sig.Shutdown(ctx))
	// Output:
	// <nil> false
	// alice is reconnecting <nil>
	// <nil>
}

// connect logs in to app.
func connect(url, account string) *signal.Client {
	c, err := signal.Dial(context.Background(), "app", account, signal.WithServer(wsURL(url)))
	if err != nil {
		panic(err)
	}
	return c
}

// wsURL makes the URL of a websocket of that of a web server.
func wsURL(url string) string { return "ws" + strings.TrimPrefix(url, "http") }

func fetch(url string) string {
	resp, err := http.Get(url)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = resp.Body.Close() }()
	text, _ := io.ReadAll(resp.Body)
	return string(text)
}

// end ends a server.
func end(sig *server.Server) { _ = sig.Shutdown(context.Background()) }
