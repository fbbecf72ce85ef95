package link

import (
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/engine"
)

func TestAddresses(t *testing.T) {
	for _, tt := range []struct {
		body   string
		secure bool
		want   []string
	}{
		{`{"web":[["203.0.113.7",8001],["203.0.113.8",8003]]}`, false, []string{"ws://203.0.113.7:8001/", "ws://203.0.113.8:8003/"}},
		{`{"web":[["203.0.113.7",8001]]}`, true, []string{"wss://203.0.113.7:8002/"}},
		{`{"web":[["::1",8001]]}`, false, []string{"ws://[::1]:8001/"}},
		{`{"web":[["a",1],["a",1],["b",2],["c",3]]}`, false, []string{"ws://a:1/", "ws://b:2/"}},
		{`{"web":[["a",1]],"urls":["wss://sig/"]}`, false, []string{"wss://sig/"}},
		{`{"web":[["a",1]],"urls":[]}`, false, []string{"ws://a:1/"}},
		{`{"urls":["http://x/","ws://a/","ws://a/","ws://b/","ws://c/"]}`, false, []string{"ws://a/", "ws://b/"}},
		{`{"web":[["a","1"],["b"],[1,2],["",1],["c/d",1],["e",0],["f",70000],["g",9]]}`, false, []string{"ws://g:9/"}},
	} {
		got, err := addresses([]byte(tt.body), tt.secure)
		require.NoError(t, err, tt.body)
		assert.Equal(t, tt.want, got, tt.body)
	}
	for _, body := range []string{``, `{}`, `[]`, `{"web":[]}`, `{"web":[["a"]]}`, `{"web":{}}`, `{"urls":["http://a"]}`, `<html>`} {
		_, err := addresses([]byte(body), false)
		assert.Error(t, err, body)
	}
}

// lbs is a discovery service: what it answers, and how often it was asked.
type lbs struct {
	status int
	body   string
	delay  time.Duration
	asked  atomic.Int32
}

func (d *lbs) serve(c net.Conn) {
	web(func(w http.ResponseWriter, r *http.Request) {
		d.asked.Add(1)
		select {
		case <-time.After(d.delay):
		case <-r.Context().Done():
			return
		}
		if r.URL.Path != "/getaddr" || r.URL.Query().Get("vid") != "app" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.WriteHeader(d.status)
		_, _ = fmt.Fprint(w, d.body)
	})(c)
}

func TestDiscovery(t *testing.T) {
	const good = `{"web":[["nobody",1],["sig",1],["sig",1]]}`
	for _, tt := range []struct {
		name  string
		lbs   []*lbs
		asked []int32
		took  time.Duration
		fails bool
	}{
		{"one", []*lbs{{status: 200, body: good}}, []int32{1}, 0, false},
		{"one, twice", []*lbs{{status: 500, body: good}}, []int32{2}, 0, true},
		{"both groups are asked", []*lbs{{status: 200, body: good, delay: time.Second}, {status: 200, body: good, delay: 2 * time.Second}}, []int32{1, 1}, time.Second, false},
		{"one retry inside a group", []*lbs{{status: 404}, {status: 200, body: good, delay: time.Second}, {status: 200, body: "{}"}, {status: 500}}, []int32{1, 1, 1, 1}, time.Second, false},
		{"one group is slow", []*lbs{{status: 200, body: good, delay: time.Minute}, {status: 200, body: good, delay: 4 * time.Second}}, []int32{1, 1}, 4 * time.Second, false},
		{"each has 5 s", []*lbs{{status: 200, body: good, delay: time.Minute}}, []int32{2}, 2 * discoveryTimeout, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := network{"sig:1": web(socket(signaling))}
				cfg := Config{}
				for i, d := range tt.lbs {
					n[fmt.Sprintf("lbs%d:80", i)] = d.serve
					cfg.Discovery = append(cfg.Discovery, fmt.Sprintf("http://lbs%d/", i))
				}
				l, s := start(t, n, cfg)
				began := time.Now()
				login(l, 1)
				if tt.fails {
					s.await(t, engine.LoginFailed)
				} else {
					s.await(t, engine.LoginSuccess)
				}
				within(t, began, tt.took, tt.took)
				for i, d := range tt.lbs {
					assert.Equal(t, tt.asked[i], d.asked.Load(), i)
				}
				end(l)
			})
		})
	}
}

// Servers that were named are what is left when no discovery answers.
func TestDiscoveryFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := network{"sig:1": web(socket(signaling))}
		l, s := start(t, n, Config{Servers: []string{"ws://sig:1/"}, Discovery: []string{"http://nobody"}})
		login(l, 1)
		s.await(t, engine.LoginSuccess)
		end(l)
	})
}
