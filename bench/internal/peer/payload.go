package peer

import (
	"bytes"
	"fmt"
)

// Size is the length of every payload in bytes.
const Size = 128

const (
	laneDigits = 4
	seqDigits  = 12
	header     = laneDigits + seqDigits
	offsets    = 61 // where the body may begin in noise
)

// noise is what bodies are cut from: letters and digits, which no encoding has to escape.
const noise = "Jx0qV7nDyR2kWcT9sLbHf4uGzEo6PmAi1XtYvQ3rNdKj8wUeSgBhZ5lFpMaOCI" +
	"5hGq1TzWk8yXb4NvPd0sJu7RmEf2LcAo9VtKi3QwHxUeSr6YgDnBjZlFpMaOCIb2" +
	"v9QxTkGd4LzPy7WnHs1RbJc8UmEf0YtAo5VqKi3NwXuSe6ZgDrBhFjMlCpOaI2b7"

// Fill writes payload number seq of a lane into p, which has Size bytes. No two are alike.
func Fill(p []byte, lane, seq int) {
	digits(p[:laneDigits], lane)
	digits(p[laneDigits:header], seq)
	at := (seq + lane) % offsets
	copy(p[header:], noise[at:])
}

func digits(p []byte, n int) {
	for i := len(p) - 1; i >= 0; i-- {
		p[i] = byte('0' + n%10)
		n /= 10
	}
}

// Lane returns the lane of a payload, or an error when p is no payload.
func Lane(p []byte) (int, error) {
	if len(p) != Size {
		return 0, fmt.Errorf("want a payload of %d bytes, got %d", Size, len(p))
	}
	lane := 0
	for _, c := range p[:laneDigits] {
		if c < '0' || c > '9' {
			return 0, fmt.Errorf("want a payload that begins with its lane, got %q", p)
		}
		lane = lane*10 + int(c-'0')
	}
	return lane, nil
}

// Check returns an error unless p is payload number seq of the lane, byte for byte.
func Check(p []byte, lane, seq int) error {
	var want [Size]byte
	Fill(want[:], lane, seq)
	if !bytes.Equal(p, want[:]) {
		return fmt.Errorf("want payload %d of lane %d, got %q", seq, lane, p)
	}
	return nil
}
