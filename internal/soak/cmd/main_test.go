package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFlags(t *testing.T) {
	for _, bad := range [][]string{
		{"-nonsense"}, {"-users", "1"}, {"-load", "0"}, {"-load", "2"}, {"-for", "-1s"}, {"-every", "0"}, {"-cuts", "-1"},
		{"-server", "http://127.0.0.1"}, {"more"}, {"-calibrate", "-1s"},
	} {
		var stderr bytes.Buffer
		assert.Equal(t, 2, run(bad, &bytes.Buffer{}, &stderr), bad)
		assert.NotEmpty(t, stderr.String(), bad)
	}
	var help bytes.Buffer
	assert.Zero(t, run([]string{"-h"}, &bytes.Buffer{}, &help))
	assert.Contains(t, help.String(), "-calibrate")
}
