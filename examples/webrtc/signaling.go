package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// How two programs agree on a peer connection: what one has to tell the other, a session description or an ICE
// candidate, goes as personal messages. Each is a JSON object, which is a part. An SDP may be larger than a message; so
// the data of all parts that have one id, one after the other, are the JSON text of what is told.
//
//	{"rtc":1,"call":"6ba7b810-…","kind":"offer","id":1,"part":0,"parts":2,"data":"{\"type\":\"offer\",\"sdp\":\"v=0…"}
//
// The browser demo does the same; web/README.md has the whole convention.

// What is taken, and sent, at most.
const (
	maxText  = 8_196     // bytes of a message: what the service takes
	maxQuote = 7_000     // bytes of a part's data in it: the rest has room beside it, whatever the call's name
	maxParts = 64        // of one id
	maxData  = 128 << 10 // bytes of all parts together
	maxOpen  = 8         // ids of a call whose parts have not all come
)

// A kind says what data is.
type kind string

const (
	kindOffer  kind = "offer"  // an RTCSessionDescriptionInit, of the caller
	kindAnswer kind = "answer" // the same, of the callee
	kindICE    kind = "ice"    // an RTCIceCandidateInit; null when there are no more
)

// A part is one message of the convention.
type part struct {
	RTC   int    `json:"rtc"`  // 1: that it is one
	Call  string `json:"call"` // the channel of the invite
	Kind  kind   `json:"kind"`
	ID    uint64 `json:"id"` // which data it is a part of; new for each, on either side of a call
	Part  int    `json:"part"`
	Parts int    `json:"parts"`
	Data  string `json:"data"`
}

// split returns the messages that tell data.
func split(call string, k kind, id uint64, data string) ([]string, error) {
	var pieces []string
	for rest := data; rest != "" || len(pieces) == 0; {
		n := fitting(rest)
		pieces, rest = append(pieces, rest[:n]), rest[n:]
	}
	if len(pieces) > maxParts || len(data) > maxData {
		return nil, fmt.Errorf("split: want at most %d parts and %d bytes, got %d and %d", maxParts, maxData, len(pieces), len(data))
	}
	texts := make([]string, 0, len(pieces))
	for i, piece := range pieces {
		text, err := json.Marshal(part{RTC: 1, Call: call, Kind: k, ID: id, Part: i, Parts: len(pieces), Data: piece})
		if err != nil {
			return nil, fmt.Errorf("split: %w", err)
		}
		if len(text) >= maxText {
			return nil, fmt.Errorf("split: want messages below %d bytes, got %d", maxText, len(text))
		}
		texts = append(texts, string(text))
	}
	return texts, nil
}

// fitting returns how many bytes at the beginning of data fit into one message.
func fitting(data string) int {
	n := min(len(data), maxQuote)
	for {
		for n > 0 && n < len(data) && !utf8.RuneStart(data[n]) {
			n--
		}
		quoted, err := json.Marshal(data[:n])
		if err != nil || len(quoted) <= maxQuote { // a string is no error
			return n
		}
		n -= (len(quoted) - maxQuote + 5) / 6 // JSON writes a byte as six at most
	}
}

// parse returns the part that a message is. ok is false for whatever else somebody may have sent.
func parse(text string) (p part, ok bool) {
	if len(text) > maxText || json.Unmarshal([]byte(text), &p) != nil {
		return part{}, false
	}
	ok = p.RTC == 1 && p.Call != "" && 0 <= p.Part && p.Part < p.Parts && p.Parts <= maxParts &&
		(p.Kind == kindOffer || p.Kind == kindAnswer || p.Kind == kindICE)
	return p, ok
}

// A joiner puts together again what the other side of one call has split. Parts may come in any order; of more than
// maxOpen ids that are not complete the oldest are given up.
type joiner struct {
	open []*joining // the oldest first
}

type joining struct {
	id      uint64
	kind    kind
	pieces  []*string // nil: has not come
	missing int
	size    int
}

// add takes a part. When it is the last one that was missing, it returns the data with all is true.
func (j *joiner) add(p part) (data string, all bool) {
	i := slices.IndexFunc(j.open, func(o *joining) bool { return o.id == p.ID })
	if i < 0 {
		if len(j.open) == maxOpen {
			j.open = slices.Delete(j.open, 0, 1)
		}
		i = len(j.open)
		j.open = append(j.open, &joining{id: p.ID, kind: p.Kind, pieces: make([]*string, p.Parts), missing: p.Parts})
	}
	o := j.open[i]
	if p.Kind != o.kind || p.Parts != len(o.pieces) || o.pieces[p.Part] != nil {
		return "", false
	}
	o.pieces[p.Part] = &p.Data
	o.missing--
	o.size += len(p.Data)
	if o.missing > 0 && o.size <= maxData {
		return "", false
	}
	j.open = slices.Delete(j.open, i, i+1)
	if o.size > maxData {
		return "", false
	}
	var b strings.Builder
	for _, piece := range o.pieces {
		b.WriteString(*piece)
	}
	return b.String(), true
}
