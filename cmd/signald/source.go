package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/toml/v2"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/rawbytes"
	"github.com/knadh/koanf/v2"
	decoder "github.com/pelletier/go-toml/v2"
)

// A source is where settings come from: flags before the environment before the configuration file.
type source struct {
	args    []string
	environ []string
}

// errVersion is what load returns when the version is asked for.
var errVersion = errors.New("version asked for")

// noDelimiter keeps koanf from making a tree of names.
const noDelimiter = "\x00"

// load reads all settings anew. It returns flag.ErrHelp or errVersion when these are asked for.
func (src source) load() (*settings, error) {
	s := &settings{raw: make(map[string]string)}
	all := settingsOf(s)
	flags, path, err := parseFlags(src.args, all)
	if err != nil {
		return nil, err
	}
	variables, err := src.environment(all)
	if err != nil {
		return nil, err
	}
	if path == "" {
		path = variables.String(configName)
	}
	variables.Delete(configName)
	file, data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	for _, key := range slices.Sorted(maps.Keys(file.Raw())) {
		if !slices.ContainsFunc(all, func(o setting) bool { return o.name == key }) {
			return nil, fmt.Errorf("%s: there is no setting %q", place(path, data, key), key)
		}
	}

	merged := koanf.New(noDelimiter)
	for _, layer := range []*koanf.Koanf{file, variables, flags} {
		if err := merged.Merge(layer); err != nil {
			return nil, err
		}
	}
	for _, o := range all {
		values, err := valuesOf(merged.Get(o.name), &o)
		for _, v := range values {
			if err == nil {
				err = o.set(v)
			}
		}
		if err != nil {
			from := place(path, data, o.name) + ": " + o.name
			switch {
			case flags.Exists(o.name):
				from = "-" + o.name
			case variables.Exists(o.name):
				from = o.env()
			}
			return nil, fmt.Errorf("%s: %w", from, err)
		}
		s.raw[o.name] = strings.Join(values, "\n")
	}
	if err := s.complete(); err != nil {
		return nil, err
	}
	return s, nil
}

// valuesOf returns what a setting is to be set to, nothing for a list without members.
func valuesOf(v any, o *setting) ([]string, error) {
	switch v := v.(type) {
	case nil:
		if o.list {
			return nil, nil
		}
		return []string{o.initial}, nil
	case []string:
		return v, nil
	case []any:
		if !o.list {
			return nil, errors.New("wants one value")
		}
		values := make([]string, len(v))
		for i, e := range v {
			text, ok := e.(string)
			if !ok {
				return nil, errors.New("wants texts in quotes")
			}
			values[i] = text
		}
		return values, nil
	case string:
		if o.list {
			return split(v), nil
		}
		return []string{v}, nil
	case int64:
		return []string{fmt.Sprint(v)}, nil
	case bool:
		if o.toggle {
			return []string{fmt.Sprint(v)}, nil
		}
	}
	return nil, errors.New("wants a text in quotes or a number")
}

// split takes a list apart at its commas.
func split(list string) []string {
	parts := strings.Split(list, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return slices.DeleteFunc(parts, func(p string) bool { return p == "" })
}

// given collects what a flag is given.
type given struct {
	values []string
	toggle bool
}

func (g *given) String() string { return strings.Join(g.values, ",") }

func (g *given) Set(v string) error {
	g.values = append(g.values, v)
	return nil
}

// IsBoolFlag says to package flag that no value has to follow: it is "true" then.
func (g *given) IsBoolFlag() bool { return g.toggle }

const configName = "config"

// parseFlags returns the settings that are given as flags, and the path of the configuration file.
func parseFlags(args []string, all []setting) (flags *koanf.Koanf, path string, err error) {
	set := flag.NewFlagSet("signald", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.StringVar(&path, configName, "", "")
	wantsVersion := set.Bool("version", false, "")
	collected := make(map[string]*given)
	for _, o := range all {
		collected[o.name] = &given{toggle: o.toggle}
		set.Var(collected[o.name], o.name, "")
	}
	switch err := set.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return nil, "", err
	case err != nil:
		return nil, "", fmt.Errorf("%w; signald -h lists the flags", err)
	case *wantsVersion:
		return nil, "", errVersion
	case set.NArg() > 0:
		return nil, "", fmt.Errorf("there is something that is no flag: %q", set.Arg(0))
	}
	values := make(map[string]any)
	for _, o := range all {
		switch g := collected[o.name].values; {
		case len(g) == 0:
		case o.secret:
			return nil, "", fmt.Errorf("-%s: flags can be read by everybody on this machine: use %s, the configuration file or -%s-file", o.name, o.env(), o.name)
		case o.list:
			var parts []string
			for _, v := range g {
				parts = append(parts, split(v)...)
			}
			values[o.name] = parts
		default:
			values[o.name] = g[len(g)-1]
		}
	}
	flags = koanf.New(noDelimiter)
	err = flags.Load(confmap.Provider(values, ""), nil)
	return flags, path, err
}

// environment returns the settings, and the path of the configuration file, that the environment has.
// Variables with other names are not ours: orchestrators make some from the names of services.
func (src source) environment(all []setting) (*koanf.Koanf, error) {
	names := map[string]string{"SIGNALD_CONFIG": configName}
	for _, o := range all {
		names[o.env()] = o.name
	}
	k := koanf.New(noDelimiter)
	err := k.Load(env.Provider("", env.Opt{
		Prefix:        "SIGNALD_",
		EnvironFunc:   func() []string { return src.environ },
		TransformFunc: func(key, value string) (string, any) { return names[key], value },
	}), nil)
	return k, err
}

// readFile reads a configuration file, if there is to be one.
func readFile(path string) (*koanf.Koanf, []byte, error) {
	k := koanf.New(noDelimiter)
	if path == "" {
		return k, nil, nil
	}
	data, err := os.ReadFile(path) //nolint:gosec // whoever starts the daemon says which file
	if err != nil {
		return nil, nil, fmt.Errorf("-%s: %w", configName, err)
	}
	err = k.Load(rawbytes.Provider(data), toml.Parser())
	var bad *decoder.DecodeError
	if errors.As(err, &bad) {
		line, _ := bad.Position()
		return nil, nil, fmt.Errorf("%s:%d: %w", path, line, err)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return k, data, nil
}

// place says where in a file a setting is.
func place(path string, data []byte, name string) string {
	n := 0
	for line := range bytes.Lines(data) {
		n++
		key, _, _ := bytes.Cut(line, []byte("="))
		if strings.Trim(string(key), " \t\r\n\"'[]") == name {
			return fmt.Sprintf("%s:%d", path, n)
		}
	}
	return path
}

// needRestart returns the names of the settings that differ and that only a restart changes.
func needRestart(old, s *settings) []string {
	var names []string
	for _, o := range settingsOf(new(settings)) {
		if !o.live && old.raw[o.name] != s.raw[o.name] {
			names = append(names, o.name)
		}
	}
	return names
}

// usage is the text of -h.
func usage() string {
	var b strings.Builder
	b.WriteString(`signald is a signaling server: clients log in, message, join channels, share attributes, call each other.

Usage: signald [flags]

Each flag is also a variable of the environment, and a key of the file that -config names, in TOML:
addr = "0.0.0.0:8001". Flags win over the environment, the environment wins over the file. What may be given
many times is a list in the file, and has commas between in the environment.

  -config FILE
        the configuration file
        SIGNALD_CONFIG
`)
	for _, o := range settingsOf(new(settings)) {
		fmt.Fprintf(&b, "  %s\n", strings.TrimSpace("-"+o.name+" "+o.arg))
		for line := range wrap(o.usage, 100) {
			fmt.Fprintf(&b, "        %s\n", line)
		}
		b.WriteString("        " + o.env())
		for _, note := range notes(&o) {
			b.WriteString("; " + note)
		}
		b.WriteString("\n")
	}
	b.WriteString(`  -version
        print the version and exit
  -h    print this and exit

When it is ready it prints one line: listening ws=ws://HOST:PORT/ http=http://HOST:PORT, and wss=wss://HOST:PORT/ with TLS.
SIGHUP reads the settings again and takes up those marked "live". SIGTERM and SIGINT end it: no new
connections, calls in flight are answered, clients are told to come back, exit code 0; a second signal ends
it at once, exit code 1. What keeps it from beginning is one line on stderr, exit code 2.
`)
	return b.String()
}

func notes(o *setting) []string {
	var n []string
	if o.initial != "" && o.initial != adminDefault {
		n = append(n, "default "+o.initial)
	}
	if o.list {
		n = append(n, "repeatable")
	}
	if o.live {
		n = append(n, "live")
	}
	return n
}

// wrap breaks a text into lines.
func wrap(text string, width int) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		line := ""
		for word := range strings.FieldsSeq(text) {
			if line != "" && len(line)+1+len(word) > width {
				if !yield(line) {
					return
				}
				line = ""
			}
			if line != "" {
				line += " "
			}
			line += word
		}
		yield(line)
	}
}

// sorted returns the keys of a map in order, for the log.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
