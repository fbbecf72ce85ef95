//go:build mutants

package sim_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A mutant is a bug that is planted in the client's engine, in the server's core or in what is between nodes.
type mutant struct {
	bug      string
	file     string // below internal
	old, new string // old stands there exactly once
}

// clusterMutants are to be found with nodes.
var clusterMutants = []mutant{
	{
		"a post that comes again happens again", "cluster/posts.go",
		"case number <= r.number:", "case number < r.number:",
	},
	{
		"a post that comes too early is taken", "cluster/posts.go",
		"case before > r.number:", "case false:",
	},
	{
		"what a journal does not have yet happens", "cluster/slot.go",
		"case len(s.parts) > 0:\n", "case len(s.parts) > 0:\n\t\t\ts.happen()\n",
	},
	{
		"who is fenced goes on", "cluster/append.go",
		"case errors.Is(err, backend.ErrFenced):\n\t\ts.setState(idle) // nothing more comes in\n\t\ts.abandon()\n\t\touts = s.refusals\n\t\ts.reset()\n\t\treturn outs, true\n\tcase err != nil:",
		"case err != nil && !errors.Is(err, backend.ErrFenced):",
	},
	{
		"sockets of the owner before are thought to be up", "core/takeover.go",
		"Down{p}.apply(c)", "_ = p.session",
	},
	{
		"a gap in a link is ignored", "cluster/deliver.go",
		"if e.misses(piece) {", "if false {",
	},
	{
		"behind a gap a socket goes on", "cluster/link.go",
		"_, ok := e.sockets[m.socket]\n\treturn ok", "return true",
	},
	{
		"records that were trimmed are not missed", "cluster/slot.go",
		"if rec.after != s.pos {", "if false {",
	},
	{
		"a snapshot is without the posts that are on their way", "cluster/replica.go",
		"len(s.unacked)))\n\t\tfor _, p := range s.unacked {", "0))\n\t\tfor _, p := range s.unacked[:0] {",
	},
	{
		"the sockets of a node that is gone stay", "cluster/slot.go",
		"s.nodeGone(it.node)", "_ = it.node",
	},
	{
		"the second part of a record is taken for the first come again", "cluster/append.go",
		"s.name()\n\t\treturn nil, false", "return nil, false",
	},
	{
		"clients stay that something for may be lost", "cluster/route.go",
		"n.cutClientsAt(id)\n\tfor p", "for p",
	},
	{
		"what is lost between partitions is not sent again", "cluster/replica.go",
		"case s.unacked[0].number == s.nudged:", "case s.unacked[0].number == 0:",
	},
}

var mutants = []mutant{
	{
		"a call that is sent again is a new one", "engine/calls.go",
		"q.bytes += len(c.args)\n\t}\n\tq.queue = append(open, q.queue...)",
		"q.bytes += len(c.args)\n\t\tq.lastID++\n\t\tc.id = q.lastID\n\t}\n\tq.queue = append(open, q.queue...)",
	},
	{
		"a request whose time was up has a second outcome when its answer comes", "engine/answer.go",
		"told := c.over", "told := false",
	},
	{
		"the server may forget what no handler has seen", "engine/personal.go",
		"case handled >= p.mark:", "case true:",
	},
	{
		"a message that is pushed again is told again", "engine/personal.go",
		"case ver <= p.ver:\n\tcase ver == p.ver+1:", "case ver <= p.ver+1:",
	},
	{
		"another life of the list goes on with the old version", "engine/personal.go",
		"owner != p.owner || text != p.epoch", "owner != p.owner",
	},
	{
		"a connection that died without a word is waited for", "engine/session.go",
		"if e.phase != phaseOnline || e.paused {", "if e.beat.answerBy.IsZero() || e.paused {",
	},
	{
		"nobody goes back to his channel after his session was lost", "engine/session.go",
		`e.channel.rejoining, e.at = e.channel.name != "", ""`, `e.channel.rejoining, e.at = false, ""`,
	},
	{
		"a join that came true too late is left at that", "engine/answer.go",
		"e.quietLeave(r.Channel)\n", "",
	},
	{
		"a lost answer to an End is not asked for again", "engine/calls.go",
		"return c.over && (!c.sent || (c.req.Op != OpEnd && c.req.Op != OpRefuse))", "return c.over",
	},
	{
		"an event of an earlier call is taken for one of the next", "engine/invites.go",
		`c.req.ID == name || (name == "" && c.again)`, "c.req.ID == name || c.again",
	},
	{
		"an acknowledgement forgets one message too many", "core/inbox.go",
		"c.clean(acc, func(e *entry) bool { return e.ver <= ver })", "c.clean(acc, func(e *entry) bool { return e.ver <= ver+1 })",
	},
	{
		"what was missed in the channel is not sent", "core/resume.go",
		"range missed.Frames {", "range missed.Frames[:0] {",
	},
	{
		"the newest event that was missed is not sent", "core/history.go",
		"case seen == newest:", "case seen == newest || seen+1 == newest:",
	},
	{
		"a gap is not told", "core/history.go",
		"c.replyWith(m, Message{Op: OpReplayed, Room: ch.snapshot()})", "c.replyWith(m, Message{Op: OpReplayed})",
	},
	{
		"a poll skips a message", "core/instant.go",
		"rest := b.after(min(max(v, have), b.newest))", "rest := b.after(min(max(v, have)+1, b.newest))",
	},
	{
		"a message that comes again in another session is delivered again", "core/channel.go",
		"o, again := keys.get(m.Key)", "o, again := keys.get(m.Key)\n\tagain = again && m.Probe",
	},
	{
		"nobody leaves when his session expires", "core/peer.go",
		"c.set(&s.expiry, s.expires())", "",
	},
	{
		"the timer of an invite is forgotten", "core/call.go",
		"c.set(&cl.timer, c.in(options.Timeout))\n", "",
	},
	{
		"an invite that may be known is withdrawn without a word", "core/call.go",
		"e == nil || e.pushed", "e == nil",
	},
	{
		"joins and leaves are answered again as it comes", "core/calls.go",
		"return s.moving != nil || s.peeks > 0", "return s.moving != nil",
	},
	{
		"a leave is no event", "core/join.go",
		"c.publish(ch, &wire.ChannelEvent{Type: wire.TypeChannelLeave, Account: mb.account}, nil)", "_ = wire.TypeChannelLeave",
	},
	{
		"idempotency keys are kept for ever", "core/recent.go",
		"c.setBy(&r.timer, r.order.first().expires)", "",
	},
	{
		"a caller who is gone leaves the callee ringing", "core/call.go",
		"for _, o := range acc.outgoing {", "for _, o := range acc.outgoing[:0] {",
	},
}

// TestMutants plants one bug after the other and plays the simulation until it finds it: that it finds nothing in the
// real engine and core means something.
func TestMutants(t *testing.T) {
	for _, m := range mutants {
		m.find(t, "-seeds", "4000")
	}
	for _, m := range clusterMutants {
		m.find(t, "-nodes", "-seeds", "600")
	}
}

// find plays a simulation with the bug in it.
func (m mutant) find(t *testing.T, args ...string) {
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	t.Run(strings.ReplaceAll(m.bug, " ", "_"), func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		original := filepath.Join(root, "internal", filepath.FromSlash(m.file))
		text, err := os.ReadFile(original)
		require.NoError(t, err)
		require.Equal(t, 1, strings.Count(string(text), m.old), "%s does not have once: %s", m.file, m.old)
		mutated := filepath.Join(dir, "mutated.go")
		require.NoError(t, os.WriteFile(mutated, []byte(strings.Replace(string(text), m.old, m.new, 1)), 0o600))
		overlay, err := json.Marshal(map[string]map[string]string{"Replace": {original: mutated}})
		require.NoError(t, err)
		replace := filepath.Join(dir, "overlay.json")
		require.NoError(t, os.WriteFile(replace, overlay, 0o600))
		simulation := filepath.Join(dir, "sim")
		build := exec.CommandContext(t.Context(), "go", "build", "-overlay", replace, "-o", simulation, "./internal/sim/cmd")
		build.Dir = root
		out, err := build.CombinedOutput()
		require.NoError(t, err, "%s", out)

		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		out, err = exec.CommandContext(ctx, simulation, append(args, "-jobs", "1", "-most", "1")...).Output()
		var failed *exec.ExitError
		require.ErrorAs(t, err, &failed, "not found: %s", m.bug)
		require.Equal(t, 1, failed.ExitCode(), "%s", out)
		t.Logf("%s: %s", m.bug, regexp.MustCompile(`seed \d+: .*`).Find(out))
	})
}
