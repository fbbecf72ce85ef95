package wire_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal/internal/wire"
)

func TestInvokeReachesTheElevenFunctionsAndWhatIsForeign(t *testing.T) {
	type split struct{ pkg, fn string }
	want := map[string]split{
		"pkg.fn":                        {"pkg", "fn"},
		"com.example.shop.order":        {"com.example.shop", "order"},
		"a..b":                          {"a.", "b"},
		"io.agora.signal":               {"io.agora", "signal"},
		"io.agora.signals.x":            {"io.agora.signals", "x"},
		"IO.agora.signal.x":             {"IO.agora.signal", "x"},
		"user_set_attr.x":               {"user_set_attr", "x"},
		"p." + strings.Repeat("f", 126): {"p", strings.Repeat("f", 126)},
	}
	for _, fn := range []string{
		"user_query_user_status", "user_set_attr", "user_get_attr", "user_get_attr_all",
		"channel_query_num", "channel_query_user_isin", "channel_query_userlist", "channel_query_userlist_all",
		"channel_set_attr", "channel_del_attr", "channel_clear_attr",
	} {
		want["io.agora.signal."+fn] = split{fn: fn}
	}
	for name, want := range want {
		pkg, fn, ok := wire.Invokable(name)
		assert.True(t, ok, name)
		assert.Equal(t, want, split{pkg, fn}, name)
	}
}

func TestInvokeReachesNothingElse(t *testing.T) {
	for _, name := range []string{
		"", ".", "..", "fn", "user_set_attr", ".fn", "pkg.", "a b\n.c", "pkg.\xff", "p." + strings.Repeat("f", 127),
		"io.agora.signal.", "io.agora.signal..", "io.agora.signal.x", "io.agora.signal.x.y", "io.agora.signal.user_set_attr ",
		"io.agora.signal.User_set_attr", "io.agora.signal.user_logout", "io.agora.signal.user_sendmsg", "io.agora.signal.user_getmsg",
		"io.agora.signal.user_ext_call", "io.agora.signal.channel_join", "io.agora.signal.channel_leave", "io.agora.signal.channel_sendmsg",
		"io.agora.signal.voip_invite", "io.agora.signal.voip_invite_ack", "io.agora.signal.voip_invite_accept",
		"io.agora.signal.voip_invite_refuse", "io.agora.signal.voip_invite_bye", "io.agora.signal.voip_invite_msg",
	} {
		pkg, fn, ok := wire.Invokable(name)
		assert.False(t, ok, "%q", name)
		assert.Empty(t, pkg+fn, "%q", name)
	}
}

func TestBuiltinAttributesBeginWithAnUnderscore(t *testing.T) {
	for name, want := range map[string]bool{"_conn_timeout": true, "_": true, "": false, "a_": false, "-": false} {
		assert.Equal(t, want, wire.IsBuiltin(name), name)
	}
}
