package web_test

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/web"
)

// ask asks a handler for a path; headers as names and values.
func ask(h http.Handler, method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, http.NoBody)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestEveryFileIsServedAsWhatItIs(t *testing.T) {
	h := web.Handler()
	kinds := map[string]string{
		".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
	}
	files := 0
	require.NoError(t, fs.WalkDir(os.DirFS("static"), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		resp := ask(h, http.MethodGet, "/"+name)
		require.Equal(t, http.StatusOK, resp.Code, name)
		require.Equal(t, kinds[name[strings.LastIndex(name, "."):]], resp.Header().Get("Content-Type"), name)
		want, err := os.ReadFile("static/" + name)
		require.NoError(t, err)
		require.Equal(t, string(want), resp.Body.String(), name)
		return nil
	}))
	require.Greater(t, files, 10)
	require.Equal(t, ask(h, http.MethodGet, "/index.html").Body.String(), ask(h, http.MethodGet, "/").Body.String())
	require.Equal(t, http.StatusNotFound, ask(h, http.MethodGet, "/../web.go").Code)
	require.Equal(t, http.StatusNotFound, ask(h, http.MethodGet, "/signal").Code)
	resp := ask(h, http.MethodPost, "/")
	require.Equal(t, http.StatusMethodNotAllowed, resp.Code)
	require.Equal(t, "GET, HEAD", resp.Header().Get("Allow"))
}

func TestWhatIsKeptIsAskedForByItsTag(t *testing.T) {
	h := web.Handler()
	first := ask(h, http.MethodGet, "/app.js")
	tag := first.Header().Get("ETag")
	require.NotEmpty(t, tag)
	require.Equal(t, "no-cache", first.Header().Get("Cache-Control"))
	again := ask(h, http.MethodGet, "/app.js", "If-None-Match", tag)
	require.Equal(t, http.StatusNotModified, again.Code)
	require.Empty(t, again.Body.String())
	require.Equal(t, http.StatusOK, ask(h, http.MethodGet, "/app.js", "If-None-Match", `"other"`).Code)
	require.NotEqual(t, tag, ask(h, http.MethodGet, "/style.css").Header().Get("ETag"))
	require.NotEqual(t, ask(h, http.MethodGet, "/config.json").Header().Get("ETag"), ask(web.Handler("stun:a"), http.MethodGet, "/config.json").Header().Get("ETag"))
}

func TestEveryAnswerForbidsWhatIsForeign(t *testing.T) {
	h := web.Handler()
	for _, path := range []string{"/", "/app.js", "/nowhere"} {
		resp := ask(h, http.MethodGet, path)
		require.Equal(t, "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "+
			"connect-src 'self' ws://example.com wss://example.com; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "+
			"require-trusted-types-for 'script'", resp.Header().Get("Content-Security-Policy"), path)
		require.Equal(t, "DENY", resp.Header().Get("X-Frame-Options"), path)
		require.Equal(t, "nosniff", resp.Header().Get("X-Content-Type-Options"), path)
	}
}

func TestAHostThatIsNoneIsNotInThePolicy(t *testing.T) {
	for _, host := range []string{"", "a; script-src *", "a *", "'unsafe-inline'", "a/b", "a,b"} {
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.Host = host
		w := httptest.NewRecorder()
		web.Handler().ServeHTTP(w, r)
		require.Contains(t, w.Header().Get("Content-Security-Policy"), "connect-src 'self'; ", host)
	}
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.Host = "[::1]:8001"
	w := httptest.NewRecorder()
	web.Handler().ServeHTTP(w, r)
	require.Contains(t, w.Header().Get("Content-Security-Policy"), "connect-src 'self' ws://[::1]:8001 wss://[::1]:8001; ")
}

func TestThePageIsToldTheICEServers(t *testing.T) {
	require.Equal(t, `{"iceServers":[]}`, ask(web.Handler(), http.MethodGet, "/config.json").Body.String())
	resp := ask(web.Handler("stun:a:3478", "stun:b"), http.MethodGet, "/config.json")
	require.Equal(t, "application/json", resp.Header().Get("Content-Type"))
	var c struct {
		ICEServers []struct{ URLs []string }
	}
	require.NoError(t, json.Unmarshal(resp.Body.Bytes(), &c))
	require.Len(t, c.ICEServers, 1)
	require.Equal(t, []string{"stun:a:3478", "stun:b"}, c.ICEServers[0].URLs)
}

// Nothing in the files leads anywhere else, and what the page refers to is there.
func TestTheFilesReferToEachOtherOnly(t *testing.T) {
	refers := regexp.MustCompile(`(?m)(?:from |import\(|<(?:script|link)[^>]* (?:src|href)=)["']([^"']+)["']`)
	ids := regexp.MustCompile(`\$\('([^']+)'\)`)
	page, err := os.ReadFile("static/index.html")
	require.NoError(t, err)
	require.NoError(t, fs.WalkDir(os.DirFS("static"), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile("static/" + name)
		require.NoError(t, err)
		foreign := strings.ReplaceAll(string(text), "http://www.w3.org/2000/svg", "")
		require.NotRegexp(t, `https?://|//[a-z]+\.[a-z]`, foreign, name)
		dir := "static/" + name[:strings.LastIndex("/"+name, "/")]
		for _, m := range refers.FindAllStringSubmatch(string(text), -1) {
			require.FileExists(t, dir+m[1], "of %s", name)
		}
		for _, m := range ids.FindAllStringSubmatch(string(text), -1) {
			require.Contains(t, string(page), `id="`+m[1]+`"`, "of %s", name)
		}
		return nil
	}))
}
