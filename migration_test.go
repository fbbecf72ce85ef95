package signal_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	signal "github.com/agora-signal-go/signal"
)

const migration = "doc/migration.md"

// Every method and every callback of the original has its place in the tables of Android.
func TestMigrationNamesAll(t *testing.T) {
	t.Parallel()
	var original, callback strings.Builder
	for _, row := range rows(t, "## Android (Java)") {
		original.WriteString(row[0])
		callback.WriteString(row[1])
	}
	for _, face := range []struct {
		of       reflect.Type
		prefix   string
		original func(method string) string
	}{
		{reflect.TypeFor[*signal.API](), "API.", func(m string) string { return strings.ToLower(m[:1]) + m[1:] }},
		{reflect.TypeFor[signal.ICallBack](), "", func(m string) string { return "o" + m[1:] }},
	} {
		for i := range face.of.NumMethod() {
			name := face.of.Method(i).Name
			assert.Contains(t, callback.String(), "`"+face.prefix+name+"`")
			assert.Contains(t, original.String(), "`"+face.original(name)+"(")
		}
	}
}

// rows returns the rows of the tables about the original's names under a heading, up to the next one of its rank.
func rows(t *testing.T, heading string) (all [][]string) {
	t.Helper()
	text, err := os.ReadFile(migration)
	require.NoError(t, err)
	_, section, ok := strings.Cut(string(text), heading+"\n")
	require.True(t, ok)
	rank := heading[:strings.Index(heading, " ")+1]
	section, _, _ = strings.Cut(section, "\n"+rank)
	in := false
	for line := range strings.Lines(section) {
		switch cells := strings.Split(strings.Trim(line, "|\n "), "|"); {
		case !strings.HasPrefix(line, "|"):
			in = false
		case strings.HasPrefix(line, "| original | callback face | context face |"):
			in = true
		case in && !strings.HasPrefix(line, "|--"):
			all = append(all, cells)
		}
	}
	require.NotEmpty(t, all)
	return all
}
