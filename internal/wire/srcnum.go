package wire

import "unicode/utf8"

// MergeSrcNum returns the extra of an invite with srcNum in it, unless that is "", in place of one that is there
// already. The other members stay byte by byte as they are. An extra that is none is returned as it is, for the
// check to find.
func MergeSrcNum(extra, srcNum string) string {
	if srcNum == "" || len(extra) > MaxExtra {
		return extra
	}
	if extra == "" {
		extra = "{}"
	}
	v, ok := ParseObject(extra)
	if !ok {
		return extra
	}
	out := make([]byte, 0, len(extra)+len(srcNum)+16)
	out = append(out, '{')
	for key, val := range v.members() {
		if !keyIs(key, "srcNum") {
			out = append(append(append(append(out, key...), ':'), val...), ',')
		}
	}
	out = append(out, `"srcNum":`...)
	if utf8.ValidString(srcNum) {
		out = AppendString(out, srcNum)
	} else { // nor shall this become something valid
		out = append(append(append(out, '"'), srcNum...), '"')
	}
	return string(append(out, '}'))
}
