package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agora-signal-go/signal/cmd/signal/internal/contexts"
)

// contextRecord is what --json writes of a context. Of secrets it says only that there are some.
type contextRecord struct {
	Name            string   `json:"name"`
	Selected        bool     `json:"selected"`
	Servers         []string `json:"servers,omitempty"`
	Discovery       []string `json:"discovery,omitempty"`
	App             string   `json:"app,omitempty"`
	Account         string   `json:"account,omitempty"`
	Token           string   `json:"token,omitempty"`
	TokenFile       string   `json:"token_file,omitempty"`
	CertificateFile string   `json:"certificate_file,omitempty"`
	TLSCA           string   `json:"tls_ca,omitempty"`
	Timeout         string   `json:"timeout,omitempty"`
}

func (p *program) contextCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "context",
		Short: "Save settings under names",
		Long: `Settings that are saved under a name: where the servers are, the app, the account, what proves who one is.
--context NAME or SIGNAL_CONTEXT uses one of them, else the selected one counts.

They are in signal/config.json in the user's directory for configurations, or in the file that SIGNAL_CONFIG
names, which its owner alone can read. Files (of tokens, certificates, authorities) are remembered by their names.`,
	}
	cmd.AddCommand(p.contextAdd(), p.contextList(), p.contextSelect(), p.contextShow(), p.contextRemove())
	return cmd
}

func (p *program) contextAdd() *cobra.Command {
	var replace, choose bool
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Save the settings that the flags say",
		Long: `Saves what the flags --server, --discovery, --app, --account, --token, --token-file, --certificate-file,
--tls-ca and --timeout say. The first context is selected at once. --token-file - reads the token from the
input, without showing it when it is typed, and saves the token itself.

JSON: {"name","selected","servers","discovery","app","account","token","token_file","certificate_file","tls_ca","timeout"},
where token is masked.`,
		Example: `  signal context add local --server ws://127.0.0.1:8001/ --app demo
  signal context add prod --discovery https://sig.example.com --app my-app --certificate-file app.cert --select`,
		Args: arguments(1, 1, "a NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := contexts.CheckName(args[0]); err != nil {
				return usageError{err}
			}
			added, err := p.toRemember(cmd)
			if err != nil {
				return err
			}
			file, path, err := p.loadContexts()
			if err != nil {
				return err
			}
			if _, there := file.Contexts[args[0]]; there && !replace {
				return usagef("there is a context %q: --replace puts this in its place", args[0])
			}
			file.Contexts[args[0]] = added
			if choose || len(file.Contexts) == 1 {
				file.Selected = args[0]
			}
			if err := file.Save(path); err != nil {
				return err
			}
			return p.showContext(file, args[0])
		},
	}
	cmd.Flags().BoolVar(&replace, "replace", false, "also when there is one of that name")
	cmd.Flags().BoolVar(&choose, "select", false, "and select it")
	return cmd
}

// toRemember returns what the flags say, fit to be read from any directory.
func (p *program) toRemember(cmd *cobra.Command) (contexts.Context, error) {
	s := settings{Context: p.flags.given}
	if err := s.checkURLs(); err != nil {
		return s.Context, err
	}
	c := s.Context
	if err := s.complete(); err != nil {
		return c, err
	}
	if c.TokenFile == "-" {
		token, err := p.readSecret(cmd.Context(), "token", "-")
		if err != nil {
			return c, err
		}
		c.Token, c.TokenFile = token, ""
	}
	if c.CertificateFile == "-" {
		return c, usagef("certificate file: want a file's name: the certificate itself is not saved")
	}
	for _, file := range []*string{&c.TokenFile, &c.CertificateFile, &c.TLSCA} {
		if *file == "" {
			continue
		}
		path, err := filepath.Abs(*file)
		if err != nil {
			return c, err
		}
		*file = path
	}
	return c, nil
}

func (p *program) contextList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Say which contexts there are",
		Long: `Says which contexts there are, the selected one with a star.

JSON: as "signal context add", a line for each.`,
		Args: arguments(0, 0, "nothing"),
		RunE: func(*cobra.Command, []string) error {
			file, _, err := p.loadContexts()
			if err != nil {
				return err
			}
			if len(file.Contexts) == 0 {
				p.out.notef("There are none: signal context add makes one.")
			}
			for _, name := range file.Names() {
				r := recordOf(file, name)
				star := " "
				if r.Selected {
					star = "*"
				}
				where := strings.Join(append(r.Discovery, r.Servers...), " ")
				if err := p.out.result(r, "%s %s  %s  %s  %s", star, p.out.in(bold, fmt.Sprintf("%-12s", name)), or(r.App, "-"), or(r.Account, "-"), or(where, "-")); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func (p *program) contextSelect() *cobra.Command {
	return &cobra.Command{
		Use:   "select NAME",
		Short: "Make a context the one that counts when none is named",
		Long: `Makes a context the one that counts when none is named.

JSON: as "signal context add".`,
		Args:              arguments(1, 1, "a NAME"),
		ValidArgsFunction: p.completeContexts,
		RunE: func(_ *cobra.Command, args []string) error {
			return p.changeContexts(args[0], func(f *contexts.File) { f.Selected = args[0] })
		},
	}
}

func (p *program) contextShow() *cobra.Command {
	return &cobra.Command{
		Use:   "show [NAME]",
		Short: "Show a context, without its secrets",
		Long: `Shows a context, the selected one when none is named. Of a token only the end is shown.

JSON: as "signal context add".`,
		Args:              arguments(0, 1, "at most a NAME"),
		ValidArgsFunction: p.completeContexts,
		RunE: func(_ *cobra.Command, args []string) error {
			file, _, err := p.loadContexts()
			if err != nil {
				return err
			}
			name := file.Selected
			if len(args) > 0 {
				name = args[0]
			}
			if name == "" {
				return usagef("no context is selected: name one")
			}
			if _, err := file.Get(name); err != nil {
				return usageError{err}
			}
			return p.showContext(file, name)
		},
	}
}

func (p *program) contextRemove() *cobra.Command {
	return &cobra.Command{
		Use:   "remove NAME",
		Short: "Forget a context",
		Long: `Forgets a context. When it was the selected one, none is afterwards.

JSON: {"name","removed":true}`,
		Args:              arguments(1, 1, "a NAME"),
		ValidArgsFunction: p.completeContexts,
		RunE: func(_ *cobra.Command, args []string) error {
			return p.changeContexts(args[0], func(f *contexts.File) {
				delete(f.Contexts, args[0])
				if f.Selected == args[0] {
					f.Selected = ""
				}
			})
		},
	}
}

// changeContexts changes what is said of a context that there is.
func (p *program) changeContexts(name string, change func(*contexts.File)) error {
	file, path, err := p.loadContexts()
	if err != nil {
		return err
	}
	if _, there := file.Contexts[name]; !there {
		return usagef("there is no context %q", name)
	}
	change(file)
	if err := file.Save(path); err != nil {
		return err
	}
	if _, there := file.Contexts[name]; !there {
		return p.out.result(map[string]any{"name": name, "removed": true}, "%s is forgotten", name)
	}
	return p.showContext(file, name)
}

// loadContexts reads the file, and says where it is.
func (p *program) loadContexts() (file *contexts.File, path string, err error) {
	if path = p.getenv("SIGNAL_CONFIG"); path == "" {
		if path, err = contexts.Path(); err != nil {
			return &contexts.File{Contexts: map[string]contexts.Context{}}, "", nil //nolint:nilerr // without a home there is none
		}
	}
	file, err = contexts.Load(path)
	switch {
	case errors.As(err, new(*json.SyntaxError)), errors.As(err, new(*json.UnmarshalTypeError)), errors.Is(err, io.ErrUnexpectedEOF):
		err = usagef("%w: mend or remove that file", err)
	case err != nil:
		err = usagef("configuration: %w", err)
	}
	return file, path, err
}

func recordOf(f *contexts.File, name string) contextRecord {
	c := f.Contexts[name]
	return contextRecord{
		Name: name, Selected: f.Selected == name, Servers: c.Servers, Discovery: c.Discovery, App: c.App, Account: c.Account,
		Token: masked(c.Token), TokenFile: c.TokenFile, CertificateFile: c.CertificateFile, TLSCA: c.TLSCA, Timeout: c.Timeout,
	}
}

func (p *program) showContext(f *contexts.File, name string) error {
	r := recordOf(f, name)
	if p.out.json {
		return p.out.result(r, "")
	}
	title := p.out.in(bold, name)
	if r.Selected {
		title += " (selected)"
	}
	if err := p.out.print("%s", title); err != nil {
		return err
	}
	for _, row := range [][2]string{
		{"servers", strings.Join(r.Servers, " ")}, {"discovery", strings.Join(r.Discovery, " ")}, {"app", r.App}, {"account", r.Account}, {"token", r.Token},
		{"token file", r.TokenFile}, {"certificate file", r.CertificateFile}, {"TLS authorities", r.TLSCA}, {"timeout", r.Timeout},
	} {
		if row[1] == "" {
			continue
		}
		if err := p.out.print("  %-17s %s", row[0], clean(row[1])); err != nil {
			return err
		}
	}
	return nil
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// completeContexts is what a shell offers for a context's name.
func (p *program) completeContexts(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	file, _, err := p.loadContexts()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return file.Names(), cobra.ShellCompDirectiveNoFileComp
}
