package wire

import (
	"strconv"
	"strings"
)

// NoSender stands for the server where a line wants a sending account or a flag.
const NoSender = "-"

// A Line is one delivery: seven fields split by single spaces, the last one runs to the end.
//
//	msg-v2 SRC DST FLAG TYPE TIME CONTENT
type Line struct {
	Src, Dst, Flag, Type string
	Time                 int64 // Unix milliseconds
	Content              string
}

const (
	lineVersion = "msg-v2"
	lineByID    = "msg-v3" // the same with the message's id in front of SRC
)

// AppendLineByID appends the form that a line has in the dialect that knows messages by id.
func AppendLineByID(dst []byte, id string, line []byte) []byte {
	dst = append(append(append(dst, lineByID...), ' '), id...)
	return append(dst, line[len(lineVersion):]...)
}

// Append appends the line's text. Spaces and percent signs in Dst are percent-encoded.
func (l *Line) Append(dst []byte) []byte {
	dst = append(append(dst, lineVersion...), ' ')
	dst = append(append(dst, l.Src...), ' ')
	dst = append(appendDst(dst, l.Dst), ' ')
	dst = append(append(dst, l.Flag...), ' ')
	dst = append(append(dst, l.Type...), ' ')
	dst = append(strconv.AppendInt(dst, l.Time, 10), ' ')
	return append(dst, l.Content...)
}

func appendDst(dst []byte, name string) []byte {
	for i := range len(name) {
		switch c := name[i]; c {
		case ' ', '%':
			dst = append(dst, '%', hexUpper[c>>4], hexUpper[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

const hexUpper = "0123456789ABCDEF"

// ParseLine reads a line.
func ParseLine(text string) (l Line, ok bool) {
	var f [6]string
	rest := text
	for i := range f {
		if f[i], rest, ok = strings.Cut(rest, " "); !ok || f[i] == "" {
			return Line{}, false
		}
	}
	time, err := strconv.ParseInt(f[5], 10, 64)
	if f[0] != lineVersion || err != nil {
		return Line{}, false
	}
	return Line{Src: f[1], Dst: parseDst(f[2]), Flag: f[3], Type: f[4], Time: time, Content: rest}, true
}

// parseDst undoes appendDst. Any other percent sign stands for itself, as old servers wrote it.
func parseDst(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	return strings.NewReplacer("%20", " ", "%25", "%").Replace(s)
}
