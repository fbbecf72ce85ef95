package signal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
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

// Every name in the tables that is ours exists.
func TestMigrationNamesWhatExists(t *testing.T) {
	t.Parallel()
	known := declared(t)
	ours := regexp.MustCompile("`((?:[A-Z][A-Za-z]*\\.)?[A-Z][A-Za-z0-9]*)[`(]")
	n := 0
	for _, row := range rows(t, "# Coming from the original SDKs") {
		for _, cell := range row[1:3] {
			for _, m := range ours.FindAllStringSubmatch(cell, -1) {
				n++
				assert.True(t, known[m[1]], "there is no %s, named in the row of %s", m[1], row[0])
			}
		}
	}
	assert.Greater(t, n, 150)
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
		switch cells := strings.Split(line, "|"); {
		case !strings.HasPrefix(line, "|"):
			in = false
		case strings.HasPrefix(line, "| original | callback face | context face |"):
			in = true
		case in && !strings.HasPrefix(line, "|--"):
			all = append(all, cells[1:])
		}
	}
	require.NotEmpty(t, all)
	return all
}

// declared returns what package signal exports: names, and methods and fields as Type.Name. Methods of interfaces are there
// without the type, too.
func declared(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	known := make(map[string]bool)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(f, func(n ast.Node) bool {
			switch d := n.(type) {
			case *ast.FuncDecl:
				known[receiver(d)+d.Name.Name] = true
				return false
			case *ast.ValueSpec:
				for _, name := range d.Names {
					known[name.Name] = true
				}
			case *ast.TypeSpec:
				known[d.Name.Name] = true
				if i, ok := d.Type.(*ast.InterfaceType); ok {
					for _, m := range i.Methods.List {
						for _, name := range m.Names {
							known[name.Name] = true
						}
					}
				}
			}
			return true
		})
	}
	return known
}

// receiver returns the type of a method with a dot, "" for a function.
func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return ""
	}
	typ := d.Recv.List[0].Type
	if p, ok := typ.(*ast.StarExpr); ok {
		typ = p.X
	}
	if id, ok := typ.(*ast.Ident); ok {
		return id.Name + "."
	}
	return ""
}
