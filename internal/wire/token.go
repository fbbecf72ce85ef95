package wire

import (
	"crypto/md5"
	"crypto/subtle"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// NoToken is what an application without a certificate sends in place of a token.
const NoToken = "_no_need_token"

// The reasons of a refused token besides ReasonTokenExpired.
const (
	ReasonTokenFormat    = ReasonTokenPrefix + "WrongFormat"
	ReasonTokenApp       = ReasonTokenPrefix + "WrongApp"
	ReasonTokenSignature = ReasonTokenPrefix + "WrongSignature"
)

// Token returns the SignalingToken that lets account log in to appID through the whole second expiry,
// which is in Unix seconds.
func Token(appID, certificate, account string, expiry int64) string {
	until := strconv.FormatInt(expiry, 10)
	return "1:" + appID + ":" + until + ":" + tokenSignature(appID, certificate, account, until)
}

// CheckToken returns "" when token lets account log in to appID at now, else the reason of the refusal.
// An app without a certificate has nothing to check: every token is good.
//
// The signature is checked before the expiry, so a forged token never counts as expired. MD5 lets a
// stranger who has one signature compute others for longer texts; that such a text would have to be an
// expiry of digits alone is what keeps them out.
func CheckToken(token, appID, certificate, account string, now time.Time) (reason string) {
	if certificate == "" {
		return ""
	}
	rest, versioned := strings.CutPrefix(token, "1:")
	// An app id may hold colons, the two fields behind it may not.
	last := strings.LastIndexByte(rest, ':')
	if !versioned || last < 0 {
		return ReasonTokenFormat
	}
	rest, signature := rest[:last], rest[last+1:]
	last = strings.LastIndexByte(rest, ':')
	if last < 0 {
		return ReasonTokenFormat
	}
	app, until := rest[:last], rest[last+1:]
	expiry, err := strconv.ParseUint(until, 10, 63)
	switch {
	case err != nil:
		return ReasonTokenFormat
	case app != appID:
		return ReasonTokenApp
	}
	want := tokenSignature(appID, certificate, account, until)
	switch {
	case subtle.ConstantTimeCompare([]byte(signature), []byte(want)) == 0:
		return ReasonTokenSignature
	case now.Unix() > int64(expiry):
		return ReasonTokenExpired
	}
	return ""
}

func tokenSignature(appID, certificate, account, expiry string) string {
	sum := md5.Sum([]byte(account + appID + certificate + expiry))
	return hex.EncodeToString(sum[:])
}
