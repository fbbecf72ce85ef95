package core

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal/internal/wire"
)

// What clients read ends at 4 MiB, however many members there are and however long their names get in a frame.
func TestListFitsAFrame(t *testing.T) {
	var ms members
	for i := range 7000 {
		ms.add(&member{account: strings.Repeat(`"`, 122) + strconv.Itoa(i)})
	}
	list := ms.newest(wire.DefaultListAllNum)
	assert.Greater(t, len(list), 5000)
	assert.Less(t, len(list), 7000)
	ret := wire.OK().Raw("list", wire.AppendMembers(nil, list)).Bytes()
	frame := wire.AppendCallRet(nil, wire.Value("1"), ret)
	assert.Less(t, len(frame), 4<<20)
	assert.Greater(t, len(frame), 5<<19)
}

func TestFrameSize(t *testing.T) {
	for _, s := range []string{"", "plain", `"\`, "\x00\x1f", "\n\r\t", "ü\u2028"} {
		once := wire.AppendString(nil, s)
		twice := wire.AppendString(nil, once[1:len(once)-1])
		assert.LessOrEqual(t, len(twice)-2, frameSize(s), "%q", s)
	}
}
