package checkup

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// ask asks a discovery service for the servers of the app.
func (w *Way) ask(ctx context.Context, service string, u *url.URL) []string {
	at := u.JoinPath("getaddr")
	at.RawQuery = url.Values{"vid": {w.AppID}}.Encode()
	a, err := w.get(ctx, at)
	if !w.secured(service, u, a, err) {
		return nil
	}
	f := Finding{Check: "discovery", Target: service, Took: a.took, Status: Fail}
	defer func() { w.Report(f) }()
	switch {
	case err != nil:
		f.Detail, f.Advice = "no answer: "+reason(err), "see that a signaling server or its discovery service listens there"
		return nil
	case a.code != http.StatusOK:
		f.Detail, f.Advice = fmt.Sprintf("%s is answered %s", at.Path, a.status), "see that the address is that of a signaling server or its discovery service, without a path"
		return nil
	}
	w.clock(service, a)
	servers, err := addresses(a.body, u.Scheme == "https")
	if err != nil {
		f.Detail, f.Advice = fmt.Sprintf("the answer cannot be used: %v", err), "see that the address is that of a signaling server or its discovery service"
		return nil
	}
	f.Status, f.Detail = OK, "names "+strings.Join(servers, ", ")
	if u.Scheme == "https" {
		for _, s := range servers {
			if strings.HasPrefix(s, "ws:") {
				f.Status, f.Detail = Warn, f.Detail+": nothing is encrypted there"
				f.Advice = "make the server advertise a wss:// address (signald -advertise)"
			}
		}
	}
	return servers
}

// addresses reads an answer as clients do.
func addresses(body []byte, secure bool) ([]string, error) {
	var answer struct {
		URLs []string `json:"urls"`
		Web  [][2]any `json:"web"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, fmt.Errorf("want a JSON object: %w", err)
	}
	servers := answer.URLs
	for _, addr := range answer.Web {
		if len(answer.URLs) > 0 {
			break
		}
		host, okHost := addr[0].(string)
		port, okPort := addr[1].(float64)
		if !okHost || !okPort || port < 1 || port > 65534 {
			continue
		}
		if secure { // TLS is served one port above
			servers = append(servers, "wss://"+net.JoinHostPort(host, strconv.Itoa(int(port)+1))+"/")
		} else {
			servers = append(servers, "ws://"+net.JoinHostPort(host, strconv.Itoa(int(port)))+"/")
		}
	}
	var usable []string
	for _, s := range servers {
		if _, why := parse(s, []string{"ws", "wss"}); why == "" {
			usable = append(usable, s)
		}
	}
	if len(usable) == 0 {
		return nil, fmt.Errorf("it names no server")
	}
	return usable, nil
}
