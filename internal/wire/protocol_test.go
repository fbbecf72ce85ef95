package wire_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every event, function, type, kind and reason of the protocol is in doc/protocol.md.
func TestProtocolDocumentNamesAll(t *testing.T) {
	document, err := os.ReadFile("../../doc/protocol.md")
	require.NoError(t, err)
	named := regexp.MustCompile(`^(Arg|Event|Fn|Type|Notify|Reason|Close|Attr|Channel|Report|Device)[A-Z]`)
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	n := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for name, value := range stringConstants(f) {
			if named.MatchString(name) {
				n++
				assert.Contains(t, string(document), value, name)
			}
		}
	}
	assert.Greater(t, n, 60)
}

// stringConstants returns the constants of a file that are given as texts.
func stringConstants(f *ast.File) map[string]string {
	all := make(map[string]string)
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for i, value := range spec.Values {
			if lit, ok := value.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				all[spec.Names[i].Name], _ = strconv.Unquote(lit.Value)
			}
		}
		return true
	})
	return all
}
