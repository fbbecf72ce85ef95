package server_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"github.com/agora-signal-go/signal/internal/wire"
	"github.com/agora-signal-go/signal/server"
	"github.com/agora-signal-go/signal/server/backend"
)

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
	user := connect(web.URL+"/signal/", "")
	defer user.Close()
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
	user := connect("http://"+listener.Addr().String()+"/", "")
	fmt.Println(sig.Stats().Sessions, "session")
	_ = user.Close()
	end(sig)
	_ = web.Close()
	fmt.Println(<-ended)
	// Output:
	// the shop
	// 1 session
	// http: Server closed
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

	for _, token := range []string{"wonderland", "guess"} {
		user := connect(web.URL, token)
		_ = user.Close()
	}
	st := sig.Stats()
	fmt.Println(st.Logins, "login,", st.LoginsFailed)
	// Output: 1 login, map[TokenErrorWrong:1]
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
	alice := connect(web.URL, "")
	defer alice.Close()

	sessions, err := other.Sessions(context.Background(), "app", 0)
	fmt.Println(sessions, err)
	// Output: [{alice gosdk  true}] <nil>
}

// Clients invoke("shop.price", "apple") of their own back end, over the connection that they have.
func ExampleWithInvokeHandler() {
	prices := map[string]string{"apple": "0.30"}
	sig := server.New(server.WithInvokeHandler("shop",
		func(_ context.Context, caller server.Caller, fn, args string) (string, error) {
			if fn != "price" {
				return "", server.InvokeError{Reason: "NoSuchFunc", Code: 1004}
			}
			fmt.Println(caller.Account, "asks for", args)
			return prices[args], nil
		}))
	web := httptest.NewServer(sig)
	defer web.Close()
	defer end(sig)

	user := connect(web.URL, "")
	defer user.Close()
	fmt.Println(user.invoke("shop", "price", "apple"))
	// Output:
	// alice asks for apple
	// 0.30
}

func ExampleWithObserver() {
	sig := server.New(server.WithObserver(func(e server.Event) {
		fmt.Println(e.Account, e.Kind)
	}))
	web := httptest.NewServer(sig)
	defer web.Close()

	connect(web.URL, "").Close()
	_ = sig.Kick(context.Background(), "app", "alice")
	end(sig) // waits for the observer
	// Output:
	// alice login
	// alice logout
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

// A new release takes over: what runs is finished, clients go and look for the new server.
func ExampleServer_Drain() {
	sig := server.New()
	web := httptest.NewServer(sig)
	defer web.Close()
	user := connect(web.URL, "")

	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	go func() {
		_, said, _ := user.ReadMessage()
		fmt.Println(string(said))
		_ = user.Close()
	}()
	fmt.Println(sig.Drain(ctx), sig.Ready())
	fmt.Println(sig.Shutdown(ctx))
	// Output:
	// ["close","restart"]
	// <nil> false
	// <nil>
}

// What follows stands for a client: package signal has a better one.

// An exampleUser is alice.
type exampleUser struct {
	*websocket.Conn
	line string
}

func connect(url, token string) *exampleUser {
	ws, resp, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(url, "http"), nil)
	if err != nil {
		panic(err)
	}
	_ = resp.Body.Close()
	l := wire.Login{AppID: "app", Account: "alice", Token: token, Device: wire.DeviceGo}
	_ = ws.WriteMessage(websocket.TextMessage, l.Append(nil))
	u := &exampleUser{Conn: ws}
	u.line = u.answer().Get("line").Text()
	return u
}

func (u *exampleUser) answer() wire.Value {
	_, data, _ := u.ReadMessage()
	f, _ := wire.ParseServerFrame(data)
	return f.Ret
}

func (u *exampleUser) invoke(pkg, fn, args string) string {
	u.WriteMessage(websocket.TextMessage, fmt.Appendf(nil,
		`["call2",["user_ext_call",1,{"line":%q,"package":%q,"func":%q,"args":%q}]]`, u.line, pkg, fn, args))
	return u.answer().Get("ret").Text()
}

func (u *exampleUser) Close() error { return u.Conn.Close() }

func fetch(url string) string {
	resp, err := http.Get(url)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = resp.Body.Close() }()
	text := make([]byte, 100)
	n, _ := resp.Body.Read(text)
	return string(text[:n])
}

// end ends a server.
func end(sig *server.Server) { _ = sig.Shutdown(context.Background()) }
