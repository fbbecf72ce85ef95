package main

import (
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

// tree returns the commands as a program has them.
func tree(t *testing.T) *cobra.Command {
	t.Helper()
	return newProgram(func(string) string { return "" }, os.Stdin, os.Stdout, os.Stderr).root()
}

// all returns a command and those below it.
func all(cmd *cobra.Command) []*cobra.Command {
	found := []*cobra.Command{cmd}
	for _, sub := range cmd.Commands() {
		found = append(found, all(sub)...)
	}
	return found
}

// Every command explains itself with -h: on stdout, with how it is used, its flags and, where it has one, its JSON.
func TestHelp(t *testing.T) {
	pl := nowhere(t)
	commands := all(tree(t))
	require.Greater(t, len(commands), 30)
	for _, cmd := range commands {
		path := strings.Fields(cmd.CommandPath())[1:]
		t.Run(cmd.CommandPath(), func(t *testing.T) {
			t.Parallel()
			pl := &place{t: t, env: pl.env}
			o := pl.run(append(path, "-h")...)
			text := o.ok()
			require.Empty(t, o.err)
			require.Contains(t, text, "Usage:\n  "+cmd.CommandPath())
			require.Contains(t, text, "--help")
			require.NotEmpty(t, cmd.Short)
			if !cmd.HasSubCommands() && cmd.Name() != "help" && cmd.Parent().Name() != "completion" {
				require.Contains(t, text, "JSON:")
			}
		})
	}
}

// What stands in examples can be typed: the commands and flags are there, and nothing is missing.
func TestExamples(t *testing.T) {
	n := 0
	for _, cmd := range all(tree(t)) {
		if cmd.Parent() != nil && cmd.Parent().Name() == "completion" {
			continue
		}
		for _, line := range strings.Split(cmd.Example, "\n") {
			_, typed, ok := strings.Cut(line, "signal ")
			if !ok {
				continue
			}
			n++
			words := shellWords(typed)
			found, rest, err := tree(t).Find(words)
			require.NoError(t, err, "%s", line)
			require.NoError(t, found.ParseFlags(rest), "%s", line)
			require.NoError(t, found.ValidateArgs(found.Flags().Args()), "%s", line)
		}
	}
	require.Greater(t, n, 25)
}

// shellWords splits a line as a shell does, up to what is about other commands and files.
func shellWords(line string) (words []string) {
	var word strings.Builder
	quote, inside := rune(0), false
	for _, r := range line + " " {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, inside = r, true
		case r == '|' || r == '<' || r == ')':
			if word.Len() > 0 {
				words = append(words, word.String())
			}
			return words
		case r == ' ' && (inside || word.Len() > 0):
			words = append(words, word.String())
			word.Reset()
			inside = false
		case r != ' ':
			word.WriteRune(r)
		}
	}
	return words
}

func TestHelpCommand(t *testing.T) {
	pl := nowhere(t)
	require.Equal(t, pl.run("attr", "get", "-h").ok(), pl.run("help", "attr", "get").ok())
	require.Equal(t, pl.run("-h").ok(), pl.run().ok())
	pl.run("help", "nonsense").fails(exitUsage, `no command "nonsense"`)
}

func TestVersion(t *testing.T) {
	pl := nowhere(t)
	require.Contains(t, pl.run("version").ok(), "signal ")
	require.Equal(t, pl.run("version").ok(), pl.run("--version").ok())
	r := pl.run("version", "--json").record()
	require.Contains(t, r["go"], "go1.")
	require.Contains(t, r["platform"], "/")
}

func TestCompletion(t *testing.T) {
	pl := nowhere(t)
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		require.Contains(t, pl.run("completion", shell).ok(), "signal")
	}
	pl.run("context", "add", "prod", "--server", "wss://a/").ok()
	pl.run("context", "add", "dev", "--server", "ws://b/").ok()
	offered := func(words ...string) []string {
		lines := strings.Split(pl.run(append([]string{"__complete"}, words...)...).ok(), "\n")
		return lines[:len(lines)-2] // the last one says how to go on
	}
	require.Equal(t, []string{"dev", "prod"}, offered("context", "show", ""))
	require.Equal(t, []string{"dev", "prod"}, offered("who", "--context", ""))
	require.Equal(t, []string{"requests", "messages", "fanout"}, offered("bench", ""))
	require.Equal(t, []string{"accept", "refuse"}, offered("call", "--answer", ""))
	require.Contains(t, offered("invoke", ""), "channel_query_num")
	require.Contains(t, offered("watch", "--only", ""), "message")
}
