package wire

import (
	"bytes"
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

// A RawLine is a line as it lies in the bytes that it was read from. Dst is still encoded.
type RawLine struct {
	Src, Dst, Flag, Type []byte
	Time                 int64
	Content              []byte
}

// ReadLine reads a line. What it returns is good as long as text is.
func ReadLine(text []byte) (l RawLine, ok bool) {
	var f [6][]byte
	rest := text
	for i := range f {
		end := bytes.IndexByte(rest, ' ')
		if end <= 0 {
			return RawLine{}, false
		}
		f[i], rest = rest[:end], rest[end+1:]
	}
	time, err := strconv.ParseInt(string(f[5]), 10, 64)
	if string(f[0]) != lineVersion || err != nil {
		return RawLine{}, false
	}
	return RawLine{Src: f[1], Dst: f[2], Flag: f[3], Type: f[4], Time: time, Content: rest}, true
}

// IsLine says whether a text begins as what Append writes does.
func IsLine(text []byte) bool { return bytes.HasPrefix(text, []byte(lineVersion+" ")) }

// ParseLine reads a line.
func ParseLine(text string) (Line, bool) {
	l, ok := ReadLine([]byte(text))
	return Line{
		Src: string(l.Src), Dst: parseDst(string(l.Dst)), Flag: string(l.Flag), Type: string(l.Type),
		Time: l.Time, Content: string(l.Content),
	}, ok
}

// parseDst undoes appendDst. Any other percent sign stands for itself, as old servers wrote it.
func parseDst(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	return strings.NewReplacer("%20", " ", "%25", "%").Replace(s)
}
