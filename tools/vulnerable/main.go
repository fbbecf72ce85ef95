// The vulnerable program calls a function with known vulnerabilities, GO-2021-0113 and GO-2022-1059. It is here to be
// found: the step vuln of .ci/run fails when its scanner says nothing of it. It is never built into anything.
package main

import (
	"fmt"
	"os"

	"golang.org/x/text/language"
)

func main() {
	tags, _, err := language.ParseAcceptLanguage(os.Getenv("LANG"))
	fmt.Println(tags, err)
}
