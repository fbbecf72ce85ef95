package main

import (
	"crypto/rand"
	"encoding/base32"
	"os/user"
	"strings"
	"unicode"
)

const maxUserName = 64 // bytes of it that are used

// randomAccount returns an account that nobody else uses: who the user is here, and a suffix.
func randomAccount() string {
	name := "user"
	if u, err := user.Current(); err == nil {
		name = accountOf(u.Username)
	}
	var random [5]byte
	_, _ = rand.Read(random[:]) // it never fails
	return name + "-" + strings.ToLower(base32.StdEncoding.EncodeToString(random[:]))
}

// accountOf makes an account of a user's name. On Windows a domain stands before it.
func accountOf(name string) string {
	name = name[strings.LastIndexByte(name, '\\')+1:]
	name = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	for len(name) > maxUserName {
		runes := []rune(name)
		name = string(runes[:len(runes)-1])
	}
	if name == "" {
		return "user"
	}
	return name
}
