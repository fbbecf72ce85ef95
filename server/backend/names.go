package backend

import "fmt"

const maxName = 128 // bytes of an id or a subject

// CheckID returns an error if id is none that Append takes.
func CheckID(id string) error { return check("id", id, true) }

// CheckSubject returns an error if subject is none of a Bus.
func CheckSubject(subject string) error { return check("subject", subject, false) }

func check(what, name string, dots bool) error {
	if name == "" || len(name) > maxName {
		return fmt.Errorf("backend: %s of %d bytes, want 1 to %d", what, len(name), maxName)
	}
	for i := range len(name) {
		c := name[i]
		switch {
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_', c == '.' && dots:
		default:
			return fmt.Errorf("backend: %s %q has byte %q, want A-Z a-z 0-9 - _", what, name, c)
		}
	}
	return nil
}

// CheckPartition returns an error if there is no such partition among so many.
func CheckPartition(partition, partitions int) error {
	if partition < 0 || partition >= partitions {
		return fmt.Errorf("backend: partition %d, want 0 to %d", partition, partitions-1)
	}
	return nil
}
