package wire

import (
	"strconv"
	"strings"
)

// AppendChannelEvent appends what AppendChannel makes of the line of an event, without the line in between.
// The text of a TypeChannelMsg is msg, and e.Msg counts for nothing.
func AppendChannelEvent(dst []byte, msgID uint64, time int64, e *ChannelEvent, msg []byte) []byte {
	dst = AppendString(append(dst, `["notify",["channel2",`...), e.Channel)
	dst = append(strconv.AppendUint(append(dst, ','), msgID, 10), `,"`+lineVersion+` `...)

	src := e.Account
	if src == "" {
		src = NoSender
	}
	dst = append(appendEscaped(dst, src, 1), ' ')
	to := e.Channel
	if strings.ContainsAny(to, " %") {
		to = string(appendDst(nil, to))
	}
	dst = append(appendEscaped(dst, to, 1), ` `+NoSender+` `...)
	dst = append(append(dst, e.Type...), ' ')
	dst = append(strconv.AppendInt(dst, time, 10), ' ')

	dst = appendEscaped(append(dst, `{\"channel\":\"`...), e.Channel, 2)
	dst = appendEscaped(append(dst, `\",\"account\":\"`...), e.Account, 2)
	dst = append(dst, `\",\"uid\":0`...)
	switch e.Type {
	case TypeChannelMsg:
		dst = append(appendEscaped(append(dst, `,\"msg\":\"`...), msg, 2), `\"`...)
		if e.Trace != "" {
			dst = append(append(append(dst, `,\"`+ArgTrace+`\":\"`...), e.Trace...), `\"`...)
		}
	case TypeChannelAttr:
		dst = appendEscaped(append(dst, `,\"name\":\"`...), e.Name, 2)
		dst = appendEscaped(append(dst, `\",\"value\":\"`...), e.Value, 2)
		dst = append(append(append(dst, `\",\"type\":\"`...), e.Change...), `\"`...)
	}
	return append(dst, `}"]]`...)
}
