// Package browser has no code but tests: a real browser drives the page of package web, served by signald.
//
// They need Chromium on the PATH. Where there is none they are skipped, unless SIGNAL_BROWSER=required; the script
// install gets it where apt-get is. SIGNAL_BROWSER=off skips them in any case. SIGNAL_SHOTS=DIR leaves pictures of the
// page there.
package browser
