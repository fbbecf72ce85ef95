package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// output is the file for what is measured, one value per line in JSON; nil: none is wanted.
type output struct{ file *os.File }

// open makes the directories and the file that the flags name.
func (s *settings) open() (output, error) {
	for _, dir := range []string{s.plots, s.profiles} {
		if dir == "" {
			continue
		}
		if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // for everybody to read
			return output{}, err
		}
	}
	if s.json == "" {
		return output{}, nil
	}
	f, err := os.Create(s.json) //nolint:gosec // whoever starts the benchmark says where samples go
	return output{f}, err
}

func (o output) line(v any) error {
	if o.file == nil {
		return nil
	}
	return json.NewEncoder(o.file).Encode(v)
}

func (o output) close() error {
	if o.file == nil {
		return nil
	}
	if err := o.file.Close(); err != nil {
		return fmt.Errorf("close %s: %w", o.file.Name(), err)
	}
	return nil
}
