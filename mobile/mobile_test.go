package mobile_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/mobile"
	"github.com/agora-signal-go/signal/signaltest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// What gomobile does not know it leaves out, with a comment in the generated code that nobody reads.
func TestGomobileBindsAll(t *testing.T) {
	n := 0
	check := func(name string, of *ast.FuncType) {
		n++
		assert.Nil(t, of.TypeParams, "%s has type parameters", name)
		for _, p := range of.Params.List {
			assert.True(t, known(p.Type), "gomobile does not know a parameter of %s", name)
		}
		if of.Results != nil {
			assert.Len(t, of.Results.List, 1, "%s has more results than gomobile knows", name)
			assert.True(t, known(of.Results.List[0].Type), "gomobile does not know the result of %s", name)
		}
	}
	inspect := func(node ast.Node) bool {
		switch d := node.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && isExported(d.Recv) {
				check(d.Name.Name, d.Type)
			}
			return false
		case *ast.InterfaceType:
			for _, m := range d.Methods.List {
				f, ok := m.Type.(*ast.FuncType)
				require.True(t, ok, "gomobile does not know embedded interfaces")
				check(m.Names[0].Name, f)
			}
		}
		return true
	}
	for _, file := range []string{"mobile.go", "calls.go", "listener.go"} {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(f, inspect)
	}
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	assert.Len(t, files, 4, "there is a file that was not looked at")
	assert.Greater(t, n, 65)
}

// known says whether gomobile knows a type: some of the basic ones, bytes, interfaces and pointers to structs of the package.
func known(typ ast.Expr) bool {
	switch x := typ.(type) {
	case *ast.Ident:
		switch x.Name {
		case "string", "bool", "int", "int32", "int64", "float64", "error":
			return true
		}
		return x.Name == "Listener"
	case *ast.StarExpr:
		id, ok := x.X.(*ast.Ident)
		return ok && ast.IsExported(id.Name)
	}
	return false
}

// isExported says whether a receiver is of an exported type, or there is none.
func isExported(recv *ast.FieldList) bool {
	if recv == nil {
		return true
	}
	typ := recv.List[0].Type
	if p, ok := typ.(*ast.StarExpr); ok {
		typ = p.X
	}
	id, ok := typ.(*ast.Ident)
	return ok && id.IsExported()
}

// It has the whole callback API, with the same parameters.
func TestWholeCallbackAPI(t *testing.T) {
	same(t, reflect.TypeFor[*signal.API](), reflect.TypeFor[*mobile.API](), "CallbackSet", "CallbackGet")
	same(t, reflect.TypeFor[signal.ICallBack](), reflect.TypeFor[mobile.Listener](), "OnChannelUserList")
}

// same compares the methods of two types but some.
func same(t *testing.T, want, got reflect.Type, but ...string) {
	t.Helper()
	for i := range want.NumMethod() {
		w := want.Method(i)
		g, ok := got.MethodByName(w.Name)
		if len(but) > 0 && strings.Contains(" "+strings.Join(but, " ")+" ", " "+w.Name+" ") {
			continue
		}
		require.True(t, ok, "%v has no method %s", got, w.Name)
		skip := 0
		if want.Kind() != reflect.Interface {
			skip = 1 // the receiver
		}
		require.Equal(t, w.Type.NumIn(), g.Type.NumIn(), w.Name)
		for j := skip; j < w.Type.NumIn(); j++ {
			assert.Equal(t, w.Type.In(j), g.Type.In(j), w.Name)
		}
		require.Equal(t, w.Type.NumOut(), g.Type.NumOut(), w.Name)
	}
}

// ear is a Listener that passes on what the test waits for.
type ear struct {
	mobile.Listener // nil: nothing else is called
	heard           chan string
}

func (e ear) OnLog(string)                     {}
func (e ear) OnLoginSuccess(int, int)          { e.heard <- "in" }
func (e ear) OnChannelJoined(channelID string) { e.heard <- "joined " + channelID }
func (e ear) OnChannelUserList(names *mobile.Names) {
	e.heard <- names.Get(0) + names.Get(1) + names.Get(-1)
}
func (e ear) OnMessageSendSuccess(messageID string) { e.heard <- "sent " + messageID }
func (e ear) OnChannelLeaved(channelID string, code int) {
	e.heard <- channelID + " " + mobile.CodeName(code)
}
func (e ear) OnLogout(code int) { e.heard <- mobile.CodeName(code) }

func TestAgainstAServer(t *testing.T) {
	srv := signaltest.NewServer(t)
	for name, servers := range map[string]string{"server": srv.URL, "discovery": srv.HTTPURL, "both": srv.HTTPURL + " " + srv.URL} {
		t.Run(name, func(t *testing.T) {
			api := mobile.NewAPI("app", servers)
			defer api.Destroy()
			e := ear{heard: make(chan string, 16)}
			expect := func(want string) {
				t.Helper()
				select {
				case got := <-e.heard:
					require.Equal(t, want, got)
				case <-time.After(10 * time.Second):
					require.Fail(t, "heard nothing", "want %s", want)
				}
			}
			api.CallbackSet(e)
			api.Login("app", "alice", mobile.NoToken, 0, "")
			expect("in")
			api.ChannelJoin("lobby")
			expect("joined lobby")
			expect("alice")
			api.MessageInstantSend("bob", 0, "hello", "m1")
			expect("sent m1")
			api.Logout()
			expect("lobby LEAVECHANNEL_E_LOGOUT")
			expect("LOGOUT_E_USER")
			api.CallbackSet(nil)
		})
	}
}
