package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Bad input is found before anybody is asked: exit code 2, one line that says what is wrong, nothing on stdout.
func TestBadInput(t *testing.T) {
	long := strings.Repeat("x", 129)
	for name, test := range map[string]struct {
		args []string
		why  string
	}{
		"no such command":       {[]string{"nonsense"}, `no command "nonsense"`},
		"a slip":                {[]string{"sned"}, "did you mean send?"},
		"group alone":           {[]string{"attr"}, "want one of get, list, set"},
		"no such below":         {[]string{"channel", "attr", "put"}, `no command "put"`},
		"no such flag":          {[]string{"send", "--foo"}, "unknown flag: --foo"},
		"flag without value":    {[]string{"who", "--account"}, "flag needs an argument"},
		"no duration":           {[]string{"who", "--timeout", "soon"}, "timeout"},
		"timeout of nothing":    {[]string{"who", "--timeout", "0"}, "above 0"},
		"timeout variable":      {[]string{"SIGNAL_TIMEOUT=soon", "who"}, "above 0"},
		"server":                {[]string{"who", "--server", "http://a"}, "begins with ws:// or wss://"},
		"server without host":   {[]string{"who", "--server", "ws:///a"}, "with a host"},
		"server with password":  {[]string{"who", "--server", "ws://u:p@a/"}, "without user"},
		"server variable":       {[]string{"SIGNAL_SERVER=a,b", "who"}, `server "a"`},
		"discovery":             {[]string{"who", "--discovery", "ws://a"}, "begins with http:// or https://"},
		"account":               {[]string{"who", "--account", "a b"}, "without spaces"},
		"long account":          {[]string{"who", "--account", long}, "1 to 128 bytes, got 129"},
		"two proofs":            {[]string{"who", "--token", "t", "--certificate-file", "f"}, "want one of"},
		"no token file":         {[]string{"who", "--token-file", "/nowhere"}, "no such file"},
		"no certificate file":   {[]string{"who", "--certificate-file", "/nowhere"}, "no such file"},
		"no CA file":            {[]string{"who", "--tls-ca", "/nowhere"}, "no such file"},
		"no context":            {[]string{"who", "--context", "nowhere"}, `no context "nowhere"`},
		"send to nobody":        {[]string{"send"}, "want an ACCOUNT"},
		"send to no channel":    {[]string{"send", "-c", "", "text"}, "a channel of 1 to 128 bytes, got 0"},
		"send to #":             {[]string{"send", "#", "text"}, "a channel of 1 to 128 bytes, got 0"},
		"send to a b":           {[]string{"send", "a b", "text"}, "without spaces"},
		"send lines and text":   {[]string{"send", "bob", "text", "--lines"}, "in the input"},
		"watch an account":      {[]string{"watch", "bob"}, "nothing but flags"},
		"watch nothing known":   {[]string{"watch", "--only", "foo"}, `got "foo"`},
		"watch below 0":         {[]string{"watch", "--count", "-1"}, "0 or more"},
		"watch for below 0":     {[]string{"watch", "--for", "-1s"}, "0 or more"},
		"watch no channel":      {[]string{"watch", "-c", ""}, "a channel of 1 to 128"},
		"chat with nobody":      {[]string{"chat"}, "want an ACCOUNT"},
		"chat with two":         {[]string{"chat", "a", "b"}, "got 2 arguments"},
		"chat both":             {[]string{"chat", "a", "-c", "b"}, "nothing beside --channel"},
		"chat, waiting below 0": {[]string{"chat", "a", "--wait", "-1s"}, "0 or more"},
		"call nobody":           {[]string{"call"}, "want an ACCOUNT"},
		"call extra":            {[]string{"call", "bob", "--extra", "[]"}, "a JSON object"},
		"call ring timeout":     {[]string{"call", "bob", "--ring-timeout", "1h"}, "1s to 10m"},
		"call keys":             {[]string{"call", "bob", "--dtmf", "12a"}, "keys of 0-9"},
		"answer how":            {[]string{"call", "--answer", "maybe"}, "accept or refuse"},
		"answer whom":           {[]string{"call", "--answer", "accept", "bob"}, "no ACCOUNT with --answer"},
		"answer with input":     {[]string{"call", "--answer", "accept", "--dtmf", "-"}, "keys themselves"},
		"attr without name":     {[]string{"attr", "get"}, "want a NAME"},
		"attr of a b":           {[]string{"attr", "get", "x", "--of", "a b"}, "without spaces"},
		"attr with a long name": {[]string{"attr", "get", long}, "an attribute of 1 to 128"},
		"channel without name":  {[]string{"channel", "count"}, "want a CHANNEL"},
		"channel, long":         {[]string{"channel", "members", long}, "got 129"},
		"channel attr":          {[]string{"channel", "attr", "set", "lobby"}, "a NAME and a VALUE"},
		"who":                   {[]string{"who", "#"}, "a channel of 1 to 128"},
		"invoke":                {[]string{"invoke"}, "want a FUNCTION"},
		"invoke with no object": {[]string{"invoke", "f", "[1]"}, "a JSON object"},
		"invoke with no JSON":   {[]string{"invoke", "f", "{"}, "a JSON object"},
		"bench what":            {[]string{"bench", "nothing"}, `"nothing"`},
		"bench alone":           {[]string{"bench", "messages", "--clients", "1"}, "2 to 10000 clients"},
		"bench nothing":         {[]string{"bench", "--messages", "0"}, "1 to 1000000 messages"},
		"bench small":           {[]string{"bench", "--size", "1"}, "40 to 8192 bytes"},
		"bench slow":            {[]string{"bench", "--rate", "0"}, "a rate above 0"},
		"bench with a token":    {[]string{"bench", "--token", "t"}, "one account alone"},
		"token for nobody":      {[]string{"token", "make"}, "want an ACCOUNT"},
		"token of nothing":      {[]string{"token", "make", "alice"}, "want the app's certificate"},
		"token for no time":     {[]string{"token", "make", "alice", "--for", "0s"}, "a second or more"},
		"inspect nothing":       {[]string{"token", "inspect"}, "want a TOKEN"},
		"inspect anything":      {[]string{"token", "inspect", "a:b"}, "1:APP:EXPIRY:SIGNATURE"},
		"inspect no expiry":     {[]string{"token", "inspect", "1:a:b:" + strings.Repeat("0", 32)}, "no number"},
		"inspect no signature":  {[]string{"token", "inspect", "1:a:1:xyz"}, "32 lower-case hexadecimal"},
		"context of nothing":    {[]string{"context", "show"}, "no context is selected"},
		"context named badly":   {[]string{"context", "add", "a b"}, "letters, digits"},
		"context with no URL":   {[]string{"context", "add", "a", "--server", "b"}, "begins with ws://"},
		"context of -":          {[]string{"context", "add", "a", "--certificate-file", "-"}, "is not saved"},
		"select nothing":        {[]string{"context", "select", "nowhere"}, `no context "nowhere"`},
		"remove nothing":        {[]string{"context", "remove", "nowhere"}, `no context "nowhere"`},
		"doctor of arguments":   {[]string{"doctor", "bob"}, "nothing but flags"},
		"version of arguments":  {[]string{"version", "1"}, "want nothing"},
		"completion":            {[]string{"completion", "csh"}, `no command "csh"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := nowhere(t).run(test.args...)
			o.fails(exitUsage, test.why)
			require.True(t, strings.HasPrefix(o.err, "signal: "), "%s", o.err)
			require.Empty(t, o.out)
		})
	}
}

func TestBadInputAsJSON(t *testing.T) {
	o := nowhere(t).run("who", "--account", "a b", "--json")
	o.fails(exitUsage, "without spaces")
	require.Contains(t, object(t, o.err)["error"], "without spaces")
}

// A piped input is read where it counts, and what is wrong with it is a matter of usage, too.
func TestBadInputPiped(t *testing.T) {
	pl := newPlace(t)
	pl.runWith("", "send", "bob").fails(exitUsage, "got nothing")
	pl.runWith("[1]", "invoke", "f", "-").fails(exitUsage, "a JSON object")
	pl.runWith("one\ntwo\n", "token", "inspect", "-").fails(exitUsage, "got several")
	pl.runWith("", "who", "--token-file", "-").fails(exitUsage, "got nothing")
	pl.runWith(strings.Repeat("x", 5000), "who", "--token-file", "-").fails(exitUsage, "at most 4096 bytes")
}

func TestBadConfiguration(t *testing.T) {
	pl := nowhere(t)
	config := filepath.Join(t.TempDir(), "config.json")
	for text, why := range map[string]string{`{`: "mend or remove", `{"contexts":[]}`: "mend or remove", `{"contexts":{},"x":1}`: `unknown field "x"`} {
		require.NoError(t, os.WriteFile(config, []byte(text), 0o600))
		pl.run("SIGNAL_CONFIG="+config, "who").fails(exitUsage, why)
	}
	pl.run("SIGNAL_CONFIG="+t.TempDir(), "context", "list").fails(exitUsage, "is a directory")
	ca := filepath.Join(t.TempDir(), "ca")
	require.NoError(t, os.WriteFile(ca, []byte("no certificate"), 0o600))
	pl.run("who", "--tls-ca", ca).fails(exitUsage, "no certificate in")
}
