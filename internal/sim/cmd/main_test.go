package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCommand(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		args          []string
		status        int
		out, messages string // parts
	}{
		"help":          {[]string{"-h"}, kept, "", "how many seeds to play"},
		"seeds":         {[]string{"-seeds", "2", "-stats"}, kept, "2 seeds, ", ""},
		"one in full":   {[]string{"-seeds", "1", "-from", "3", "-v"}, kept, "onLoginSuccess", ""},
		"nodes":         {[]string{"-nodes", "-seeds", "1"}, kept, "1 seeds, ", ""},
		"no seeds":      {[]string{"-seeds", "0"}, usage, "", "want -seeds"},
		"no number":     {[]string{"-from", "x"}, usage, "", "invalid value"},
		"unknown flag":  {[]string{"-x"}, usage, "", "not defined"},
		"one too many":  {[]string{"1"}, usage, "", "no further arguments"},
		"negative jobs": {[]string{"-jobs", "-1"}, usage, "", "above 0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, messages bytes.Buffer
			assert.Equal(t, tc.status, run(tc.args, &out, &messages))
			assert.Contains(t, out.String(), tc.out)
			assert.Contains(t, messages.String(), tc.messages)
		})
	}
}
