package batch

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFrames(t *testing.T) {
	for _, masked := range []bool{false, true} {
		var all []byte
		var want []string
		for _, n := range []int{0, 1, 7, 8, 125, 126, 127, 4096, maxFrame} {
			text := strings.Repeat("x", n)
			want = append(want, text)
			all = appendFrame(all, masked, func(dst []byte) []byte { return append(dst, text...) })
		}
		// One byte more at a time than a frame's header has, so that all parts of it are cut apart.
		for _, step := range []int{3, 1000, len(all)} {
			here, there := net.Pipe()
			go func() {
				defer there.Close()
				for rest := all; len(rest) > 0; rest = rest[min(step, len(rest)):] {
					if _, err := there.Write(rest[:min(step, len(rest))]); err != nil {
						return
					}
				}
			}()
			var got []string
			err := readFrames(here, func(text []byte) error {
				got = append(got, string(text))
				return nil
			}, func() {})
			require.ErrorIs(t, err, io.EOF)
			assert.Equal(t, want, got)
			require.NoError(t, here.Close())
		}
	}
}

func TestFramesThatAreNotOurs(t *testing.T) {
	_, _, err := parseFrame([]byte{0x82, 0})
	assert.ErrorContains(t, err, "text")
	_, _, err = parseFrame([]byte{finText, 127})
	assert.ErrorContains(t, err, "65535")
	_, _, err = parseFrame([]byte{finClose, 0})
	assert.ErrorIs(t, err, io.EOF)
}

func TestMaskOfEveryLength(t *testing.T) {
	const key = 0x04030201
	for n := range 40 {
		p := make([]byte, n)
		mask(p, key)
		for i, c := range p {
			assert.Equal(t, byte(i%4+1), c)
		}
	}
}

func TestScanner(t *testing.T) {
	s := scanner{rest: []byte(`["a",12,"b\"]`)}
	s.lit(`["`)
	assert.Equal(t, "a", s.str(false))
	assert.True(t, s.begins(","))
	assert.False(t, s.begins(","))
	assert.Equal(t, uint64(12), s.num())
	s.lit(`,"`)
	assert.Equal(t, "b", s.str(true))
	assert.False(t, s.bad)
	s.lit("}")
	assert.True(t, s.bad)
	assert.Error(t, s.err(nil))
}

func TestScannerUnderstandsNoEscapes(t *testing.T) {
	for _, text := range []string{`a\n"`, `a`, `a\\"`} {
		s := scanner{rest: []byte(text)}
		s.str(false)
		assert.True(t, s.bad, text)
	}
	s := scanner{rest: []byte(`a\n\"`)}
	s.str(true)
	assert.True(t, s.bad)
}

func TestAppendText(t *testing.T) {
	assert.Equal(t, "plain", string(appendText(nil, "plain", 1)))
	assert.Equal(t, `a\"b`, string(appendText(nil, `a"b`, 0)))
	assert.Equal(t, `a\\\"b`, string(appendText(nil, []byte(`a"b`), 1)))
	assert.True(t, bytes.HasPrefix(appendText([]byte("x"), "y", 0), []byte("xy")))
}
