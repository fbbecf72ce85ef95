//go:build !unix

package scale

import "time"

// processor returns 0 where the system does not say how much processor time a process has taken.
func processor() time.Duration { return 0 }
