package signalprom_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
	"github.com/agora-signal-go/signal/observe/signalprom"
)

func get(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode, "%s", text)
	return string(text)
}

func hasLine(text, line string) bool { return strings.Contains("\n"+text, "\n"+line+"\n") }

// daemon builds and starts a signald that ends with the test. It returns where clients connect and where it shows its metrics.
func daemon(t *testing.T, args ...string) (ws, metrics string) {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "signald")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".")
	build.Dir = "../../cmd/signald"
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, binary, append([]string{"-addr", "127.0.0.1:0", "-admin-addr", "127.0.0.1:0"}, args...)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	logs, err := cmd.StderrPipe()
	require.NoError(t, err)
	lines, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	admin, drained := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(drained)
		for scan := bufio.NewScanner(logs); scan.Scan(); {
			if m := regexp.MustCompile(`msg=ready.* admin-addr=(\S+)`).FindStringSubmatch(scan.Text()); m != nil {
				admin <- m[1]
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-drained
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(lines).ReadString('\n')
	require.NoError(t, err)
	m := regexp.MustCompile(`^listening ws=(\S+) `).FindStringSubmatch(line)
	require.NotNil(t, m, line)
	select {
	case addr := <-admin:
		return m[1], "http://" + addr + "/metrics"
	case <-time.After(patience):
		require.Fail(t, "the daemon is not ready")
	}
	return "", ""
}

// dashboard is what is looked at of doc/grafana/signal.json.
type dashboard struct {
	Inputs []struct {
		Name, Type, PluginID string
	} `json:"__inputs"`
	Title      string
	Templating struct {
		List []struct{ Definition string }
	}
	Panels []struct {
		ID      int
		Title   string
		Type    string
		GridPos struct{ H, W, X, Y int }
		Targets []struct {
			Expr       string
			Datasource struct{ UID string }
		}
	}
}

var (
	metricName  = regexp.MustCompile(`\b(?:signald|signal_client|go|process)_[a-z_]+\b`)
	ofHistogram = regexp.MustCompile(`_(?:bucket|sum|count)$`)
)

// Every figure of the dashboard is there in a scrape of a signald, of clients, or of both: one program that scrapes both at once
// sees all of them.
func TestTheDashboardShowsWhatThereIs(t *testing.T) {
	ws, server := daemon(t, "-data", t.TempDir(), "-partitions", "2", "-app", "app", "-app", "secured:certificate", "-max-connections", "2")
	all := signalprom.New(signalprom.Options{})
	clients := shown(t, all)
	_, err := signal.Dial(t.Context(), "secured", "eve", signal.WithServer(ws), signal.WithMetrics(all.Metrics()))
	require.ErrorIs(t, err, signal.ErrUnauthorized)
	alice := dial(t, ws, "alice", signal.WithMetrics(all.Metrics()))
	_ = dial(t, ws, "bob", signal.WithMetrics(all.Metrics()))
	short, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err = signal.Dial(short, "app", "carol", signal.WithServer(ws), signal.WithMetrics(all.Metrics()))
	require.Error(t, err)
	require.NoError(t, alice.Send(t.Context(), "alice", "hello"))
	for range alice.Messages(t.Context()) {
		break
	}

	known := make(map[string]bool)
	for _, url := range []string{server, clients} {
		for _, m := range regexp.MustCompile(`(?m)^# TYPE (\w+) (\w+)`).FindAllStringSubmatch(get(t, url), -1) {
			known[m[1]] = true
		}
	}
	text, err := os.ReadFile("../../doc/grafana/signal.json")
	require.NoError(t, err)
	var d dashboard
	require.NoError(t, json.Unmarshal(text, &d))
	require.Len(t, d.Inputs, 1)
	assert.Equal(t, "DS_PROMETHEUS", d.Inputs[0].Name)
	assert.Equal(t, "prometheus", d.Inputs[0].PluginID)
	shows, ids := make(map[string]bool), make(map[int]bool)
	exprs := make([]string, 0, 100)
	for _, p := range d.Panels {
		assert.False(t, ids[p.ID], "two panels are number %d", p.ID)
		ids[p.ID] = true
		assert.LessOrEqual(t, p.GridPos.X+p.GridPos.W, 24, p.Title)
		assert.Equal(t, p.Type == "row", len(p.Targets) == 0, p.Title)
		for _, target := range p.Targets {
			assert.Equal(t, "${DS_PROMETHEUS}", target.Datasource.UID, p.Title)
			exprs = append(exprs, target.Expr)
		}
	}
	for _, v := range d.Templating.List {
		exprs = append(exprs, v.Definition)
	}
	for _, expr := range exprs {
		assert.Equal(t, strings.Count(expr, "("), strings.Count(expr, ")"), expr)
		names := metricName.FindAllString(expr, -1)
		assert.NotEmpty(t, names, expr)
		for _, name := range names {
			base := ofHistogram.ReplaceAllString(name, "")
			assert.True(t, known[name] || known[base], "nobody shows %s, which the dashboard wants: %s", name, expr)
			shows[base], shows[name] = true, true
		}
	}
	runbook, err := os.ReadFile("../../doc/operations.md")
	require.NoError(t, err)
	for name := range known {
		if strings.HasPrefix(name, "signal_client_") {
			assert.Contains(t, string(runbook), "`"+name, "doc/operations.md")
			assert.True(t, shows[name], "the dashboard does not show %s", name)
		}
	}
}
