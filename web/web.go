// Package web is a browser demo of the server: a page with login, contacts, a chat room and one-to-one video calls, and the
// small client in JavaScript that it is made with. README.md tells how to use that client, and how calls find together.
//
// signald -demo serves it. A program that embeds the server mounts it beside it:
//
//	mux.Handle("/demo/", http.StripPrefix("/demo", web.Handler()))
//	mux.Handle("/", srv)
//
// The page connects to the path / of the host that it is from, and loads nothing from anywhere else.
package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed static
var static embed.FS

// configName is where the page finds what it is told by the server.
const configName = "config.json"

// A file is what is answered for one path.
type file struct {
	body []byte
	kind string // its content type
	tag  string // it changes with the body
}

// Handler returns a handler of the page, with index.html at its root. Calls between browsers use the ICE servers of those
// URLs, such as stun:stun.example.com:3478; without any they come about where the two reach each other directly.
//
// Every answer has a strict Content-Security-Policy, forbids to be framed, and may be kept as long as its ETag is asked for.
func Handler(iceURLs ...string) http.Handler {
	files := map[string]file{}
	root, _ := fs.Sub(static, "static")                                           // it is there: the compiler has seen to it
	_ = fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error { // in memory: nothing fails
		if err == nil && !d.IsDir() {
			body, _ := fs.ReadFile(root, name)
			files["/"+name] = newFile(name, body)
		}
		return err
	})
	files["/"] = files["/index.html"]
	files["/"+configName] = newFile(configName, config(iceURLs))
	return pages(files)
}

// config is what the page is told, in the form that RTCPeerConnection takes.
func config(iceURLs []string) []byte {
	type server struct {
		URLs []string `json:"urls"`
	}
	c := struct {
		ICEServers []server `json:"iceServers"`
	}{ICEServers: []server{}}
	if len(iceURLs) > 0 {
		c.ICEServers = append(c.ICEServers, server{iceURLs})
	}
	body, _ := json.Marshal(c) // of texts only
	return body
}

func newFile(name string, body []byte) file {
	sum := sha256.Sum256(body)
	return file{body: body, kind: contentType(name), tag: `"` + base64.RawURLEncoding.EncodeToString(sum[:15]) + `"`}
}

// contentType does not ask the system, whose tables differ.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json":
		return "application/json"
	}
	return "application/octet-stream"
}

// pages answers with the files of those paths.
type pages map[string]file

// ServeHTTP implements http.Handler.
func (p pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy(r.Host))
	h.Set("X-Frame-Options", "DENY") // for browsers that do not know frame-ancestors
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Permissions-Policy", "camera=(self), microphone=(self), geolocation=(), display-capture=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "ask with GET", http.StatusMethodNotAllowed)
		return
	}
	f, ok := p[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "no-cache") // that is: kept, and asked for by its tag
	h.Set("ETag", f.tag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.body))
}

// policy is the Content-Security-Policy of a page from that host: nothing but what comes from there. Older browsers do not
// take 'self' for websockets, so they are named.
func policy(host string) string {
	connect := "'self'"
	if isHost(host) {
		connect += " ws://" + host + " wss://" + host
	}
	return strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "media-src 'self'",
		"connect-src " + connect,
		"base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
	}, "; ")
}

// isHost says whether a Host header is one, and not something that would change the policy.
func isHost(host string) bool {
	return host != "" && strings.IndexFunc(host, func(r rune) bool {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', strings.ContainsRune(".-:[]", r):
			return false
		}
		return true
	}) < 0
}
