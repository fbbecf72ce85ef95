// Package contexts keeps the file in which the command remembers servers, apps and accounts under names.
package contexts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// A Context is what is remembered under one name. What is "" or empty is not said by it.
type Context struct {
	Servers         []string `json:"servers,omitempty"`
	Discovery       []string `json:"discovery,omitempty"`
	App             string   `json:"app,omitempty"`
	Account         string   `json:"account,omitempty"`
	Token           string   `json:"token,omitempty"`
	TokenFile       string   `json:"token_file,omitempty"`
	CertificateFile string   `json:"certificate_file,omitempty"`
	Certificate     string   `json:"-"` // is never saved
	TLSCA           string   `json:"tls_ca,omitempty"`
	Timeout         string   `json:"timeout,omitempty"`
}

// A File is all that is remembered.
type File struct {
	Selected string             `json:"selected,omitempty"` // the context that counts when none is named
	Contexts map[string]Context `json:"contexts"`
}

// Bounds of a name, and of what is read.
const (
	maxName = 64
	maxFile = 1 << 20
)

// Path returns where the file is when nobody says otherwise.
func Path() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("no place for a configuration: %w", err)
	}
	return filepath.Join(dir, "signal", "config.json"), nil
}

// Load reads a file. One that does not exist is empty.
func Load(path string) (*File, error) {
	f := &File{Contexts: make(map[string]Context)}
	file, err := os.Open(path) //nolint:gosec // the user says which
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("%s: want at most %d bytes", path, maxFile)
	}
	// A field that is not known would be lost when the file is written again.
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(f); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if f.Contexts == nil {
		f.Contexts = make(map[string]Context)
	}
	return f, nil
}

// Save writes the file anew, for its owner's eyes only. Whoever reads it meanwhile finds the old one or the new one.
func (f *File) Save(path string) error {
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	if target, err := filepath.EvalSymlinks(path); err == nil { // a link stays one
		path = target
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, ".config-*.json") // it makes it 0600
	if err != nil {
		return err
	}
	_, err = file.Write(append(text, '\n'))
	if err == nil {
		err = file.Sync()
	}
	if e := file.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}

// Names returns all names in order.
func (f *File) Names() []string { return slices.Sorted(maps.Keys(f.Contexts)) }

// Get returns a context by its name, the selected one for "". Without a name and a selection it is empty.
func (f *File) Get(name string) (Context, error) {
	if name == "" {
		if name = f.Selected; name == "" {
			return Context{}, nil
		}
	}
	c, ok := f.Contexts[name]
	if !ok {
		return Context{}, fmt.Errorf("there is no context %q", name)
	}
	return c, nil
}

// CheckName says what is wrong with a name.
func CheckName(name string) error {
	if name == "" || len(name) > maxName {
		return fmt.Errorf("want a context's name of 1 to %d bytes, got %d", maxName, len(name))
	}
	for i, r := range name {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_'
		if !letter && (i == 0 || r != '-' && r != '.') {
			return fmt.Errorf("want a context's name of letters, digits, '_', '-' and '.', got %q", name)
		}
	}
	return nil
}
