package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// versionRecord is what --json writes.
type versionRecord struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func (v versionRecord) String() string {
	revision := v.Revision
	if revision != "" {
		revision = " " + revision
	}
	return fmt.Sprintf("signal %s%s %s %s", v.Version, revision, v.Go, v.Platform)
}

// version says what was built, and from what.
func version() versionRecord {
	v := versionRecord{Version: "unknown", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		v.Version = info.Main.Version
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				v.Revision = s.Value
			}
		}
	}
	return v
}

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Say what was built",
		Long: `Says what was built, and from what.

JSON: {"version","revision","go","platform"}`,
		Args: arguments(0, 0, "nothing"),
		RunE: func(*cobra.Command, []string) error {
			v := version()
			return p.out.result(v, "%s", v)
		},
	}
}
