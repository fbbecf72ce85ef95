package link

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	discoveryTimeout = 5 * time.Second // of one question
	discoveryAnswer  = 64 << 10        // bytes of an answer
	discoveryUsed    = 2               // addresses of an answer that are raced
)

// discover asks where the servers of an app are: two groups at once, each one after the other and at most
// twice. The first good answer wins.
func (d *dialer) discover(ctx context.Context, running *sync.WaitGroup, appID string) ([]string, error) {
	half := (len(d.discovery) + 1) / 2
	groups := [][]string{d.discovery[:half], d.discovery[half:]}
	if len(groups[1]) == 0 {
		groups = groups[:1]
	}
	turn := int(d.turn.Add(1) - 1) // so that in time everyone of a large group is asked
	return race(ctx, running, groups, func(ctx context.Context, group []string) ([]string, error) {
		found, err := d.ask(ctx, group[turn%len(group)], appID)
		if err != nil && ctx.Err() == nil {
			found, err = d.ask(ctx, group[(turn+1)%len(group)], appID)
		}
		return found, err
	}, func([]string) {})
}

// ask asks one discovery service.
func (d *dialer) ask(ctx context.Context, base, appID string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, discoveryTimeout)
	defer cancel()
	u, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	u = u.JoinPath("getaddr")
	u.RawQuery = url.Values{"vid": {appID}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return nil, err
	}
	resp, err := d.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", base, resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, discoveryAnswer))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", base, err)
	}
	found, err := addresses(body, u.Scheme == "https")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", base, err)
	}
	return found, nil
}

// addresses reads an answer: the first few different servers in it, as URLs.
func addresses(body []byte, secure bool) ([]string, error) {
	var answer struct {
		URLs []string `json:"urls"`
		Web  [][2]any `json:"web"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, fmt.Errorf("answer not understood: %w", err)
	}
	servers := answer.URLs
	if len(servers) == 0 {
		for _, addr := range answer.Web {
			servers = append(servers, webURL(addr, secure))
		}
	}
	var found []string
	for _, s := range servers {
		if len(found) < discoveryUsed && checkURL(s, "ws", "wss") == nil && !slices.Contains(found, s) {
			found = append(found, s)
		}
	}
	if len(found) == 0 {
		return nil, errors.New("the answer names no server")
	}
	return found, nil
}

// webURL makes a URL of an [ip, port] of an answer, "" of anything else. TLS is served one port above.
func webURL(addr [2]any, secure bool) string {
	host, okHost := addr[0].(string)
	port, okPort := addr[1].(float64)
	if !okHost || !okPort || host == "" || strings.ContainsAny(host, "/?#@") || port < 1 || port > 65534 {
		return ""
	}
	scheme, n := "ws", int(port)
	if secure {
		scheme, n = "wss", n+1
	}
	return scheme + "://" + net.JoinHostPort(host, strconv.Itoa(n)) + "/"
}
