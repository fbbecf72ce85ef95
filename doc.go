// Package signal is a client for signaling: log in under an account, send messages to other accounts and to channels, keep
// attributes, see who is there, invite others to calls, call functions of the server. It speaks the protocol of the Agora
// Signaling service, which is no more; the server is package server, or the daemon cmd/signald.
//
// # Two faces
//
// There is one client with two faces. A program may use both, for different users.
//
//   - [Client] has methods that take a context and return an error, and iterators for what comes. It is the one for new
//     programs, and this overview is about it.
//   - [API] and [ICallBack] are the original's methods and callbacks (v1.4.4), by name and parameter: the one for programs that
//     are ported, and for people who know it. Where a doc comment says "Seed:", that is the original's name. See
//     "Callbacks" below.
//
// # Connect
//
// [Dial] logs in and returns a client that is logged in. Its context bounds the login alone.
//
//	alice, err := signal.Dial(ctx, "my app", "alice", signal.WithServer("wss://signal.example.com/"))
//	if err != nil {
//		return err
//	}
//	defer alice.Close(ctx)
//
// Options say the rest: where the server is ([WithServer], [WithDiscovery]), how it is reached ([WithTLSConfig],
// [WithDialContext]), and with which token. An app that has a certificate wants one, which a back end makes by [NewToken]:
// [WithToken] for one, [WithTokenSource] for a function that is asked at every login.
//
// An account has one session: who logs in elsewhere ends it. All methods may be called from any goroutine.
//
// # Messages
//
// A message goes to an account, at once or within a day when it comes online:
//
//	err := alice.Send(ctx, "bob", "Hello, Bob") // nil: the server has it
//
//	for m, err := range bob.Messages(ctx) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(m.From, m.Text)
//	}
//
// Loops like that one end with the error of their context when that ends, silently after [Client.Close] and break, and with
// the reason when the client is at its end otherwise. A message is handled when the loop's body is done with it: until then
// the server keeps it, and hands it out again after a crash.
//
// # Channels and attributes
//
// A user is in one channel at most. [Client.Join] returns a [Channel], which stays when connections come and go:
//
//	room, err := alice.Join(ctx, "lobby")
//	err = room.Send(ctx, "Hello, all")              // to all members, oneself too
//	err = room.SetAttr(ctx, "topic", "fish")        // known to all members
//	for m, err := range room.Messages(ctx) { … }    // what is said
//	for c, err := range room.AttrChanges(ctx) { … } // attributes, and each change of them
//	err = room.Leave(ctx)
//
// [Client.SendChannel], [Client.SetChannelAttr], [Client.MemberCount] and [Client.Members] need no membership. Accounts
// have attributes, too: [Client.SetAttr] sets one's own, [Client.Attr] and [Client.Attrs] read anybody's.
//
// # Presence
//
// [Channel.Presence] tells who is in a channel, first all and then each who comes and goes; [Channel.Members] is that at a
// glance. [Client.Online] says whether an account is logged in.
//
// # Calls
//
// [Client.Invite] calls an account, [Client.Calls] are the calls that come in. What the two do then, and in which channel they
// meet, is theirs: a [Call] is the ringing, the answer and the end.
//
//	call, err := alice.Invite(ctx, "bob", signal.CallOptions{RingTimeout: time.Minute})
//	answer, err := call.Wait(ctx) // accepted; or errors.Is(err, signal.ErrRefused), signal.InviteEPeerOffline, …
//	err = call.End(ctx)
//
//	for call, err := range bob.Calls(ctx) {
//		err = call.Accept(ctx, "")
//	}
//
// # Functions of the server
//
// [Invoke] calls a function that the server's owner has added, with whatever encoding/json makes of its argument and result:
//
//	price, err := signal.Invoke[Price](ctx, alice, "shop.price", Item{"apple"})
//
// # Everything at once
//
// [Client.Events] is one loop over all of that, in the order in which it happens: see [Event].
//
// # Errors
//
// Errors of a client are of type [*Error], with the service's [Code]. [errors.Is] finds the code, such as
// [InviteEPeerOffline], and what it means: [ErrUnauthorized], [ErrRateLimited], [ErrClosed], [ErrLeft], [ErrRefused],
// [context.DeadlineExceeded]. What is malformed fails with [GeneralEWrongParam], what is too large with
// [GeneralELargeParam], both without asking the server.
//
// # When the connection is lost
//
// The client has it back by itself, after 0, 0.5, 1, 2, 4, 8, 8 … s, and its session with it: messages and channel events
// that it missed follow, what it had asked for is sent again and has its effect once. Requests wait meanwhile, up to 1,000 of
// them and each until its time is up ([WithCallTimeout], 10 s). [Client.Status] and [StateChanged] say how it stands. Only
// after a long absence is something of a channel lost; that is said, by a [Gap] or a [GapError].
//
//   - nil from Send means that the server has the message. Its reader gets it once, and messages of one sender in their order;
//     only what was read just before a program crashed may come again.
//   - An error by a timeout means that nobody knows: the message may arrive, once.
//
// [Client.Done] is closed at the end, and [Client.Err] says why: the account logged in elsewhere, the token is no longer good.
// doc/guarantees.md has every promise, the faults that it holds under, and the test that shows it.
//
// # Limits
//
// An account has 1 to 128 bytes of printable UTF-8 without spaces; names of channels and attributes may have spaces. A message
// to an account has at most 8,196 bytes, one to a channel 8,192, an attribute's value 8,096. A user may send 60 messages a second, a
// channel takes 200. Events that no loop reads are kept up to [WithQueueLimit]; beyond it the client stops reading from its
// connection.
//
// # Callbacks
//
// An [API] is made by [New] or [GetInstance]. Its methods return at once, and one goroutine calls the handlers of an [ICallBack],
// one after the other; embed [NopCallBack] and write those that matter.
//
//	api := signal.New("my app", signal.WithServer("ws://127.0.0.1:8001/"))
//	defer api.Destroy()
//	api.CallbackSet(handlers)
//	api.Login("my app", "alice", signal.NoToken, 0, "") // leads to OnLoginSuccess or OnLoginFailed
//
// Every method may be called inside every handler, before Login and after Destroy, when it does nothing but log. Each says which
// handlers it leads to, and every call has one outcome. A request before Login, or while logging in, fails with 1003
// GENERAL_E_NOT_LOGIN. doc/migration.md has what each method of the Android, web and Python SDKs is here, in both faces.
//
// # Tests, logs and metrics
//
// Package signaltest runs the real server inside a unit test, with faults: cables that are pulled, a server that forgets.
// [WithLogger] takes a [log/slog.Logger]; tokens are never in the log. [WithMetrics] and [WithTracing] tell what a client does,
// in the terms of package observe.
package signal
