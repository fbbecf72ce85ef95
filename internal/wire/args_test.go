package wire_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agora-signal-go/signal/internal/wire"
)

// findsAlike checks that Args finds in v what Value.Get does.
func findsAlike(t *testing.T, v wire.Value, more ...string) {
	t.Helper()
	var a wire.Args
	a.Read(wire.Value(`{"left":"over"}`))
	a.Read(v)
	for _, name := range append(more, "left", "", "a", "line", "\ufffd") {
		require.Equal(t, v.Get(name), a.Get(name), "%q in %s", name, v)
	}
	for name := range v.Members() {
		require.Equal(t, v.Get(name), a.Get(name), "%q in %s", name, v)
		require.NotNil(t, a.Get(name))
	}
}

func TestArgsFindWhatGetFinds(t *testing.T) {
	for _, text := range goodJSON {
		findsAlike(t, parse(t, text))
	}
	findsAlike(t, nil)
	for n := 10; n < 20; n++ {
		members := make([]string, n)
		for i := range members {
			members[i] = fmt.Sprintf(`"k%d" : %d`, i%15, i)
		}
		findsAlike(t, parse(t, "{"+strings.Join(members, " , ")+"}"), "k0", "k14", "k99")
	}
}

func TestArgsKnowNamesHoweverTheyAreWritten(t *testing.T) {
	var a wire.Args
	a.Read(parse(t, `{"\u006cine":1,"l\u0069n":2,"\\n":3,"\ud83d\ude00":4,"n":5}`))
	assert.Equal(t, "1", string(a.Get("line")))
	assert.Equal(t, "2", string(a.Get("lin")))
	assert.Equal(t, "3", string(a.Get(`\n`)))
	assert.Equal(t, "4", string(a.Get("😀")))
	assert.Equal(t, "5", string(a.Get("n")))
	assert.Nil(t, a.Get("\n"))
	assert.Nil(t, a.Get(`l\u0069n`))
}
