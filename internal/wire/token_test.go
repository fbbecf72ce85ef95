package wire_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal/internal/wire"
)

const (
	tokenApp         = "C5D15F8FD394285DA5227B533302A518"
	tokenCertificate = "fe1a0437bf217bdd34cd65053fb0fe1d"
	tokenAccount     = "test@agora.io"
	tokenExpiry      = int64(1546271999)
	tokenText        = "1:" + tokenApp + ":1546271999:2d572d6e3a75ebde5a06626f40fe9684"
)

func TestTokenMatchesPublishedVector(t *testing.T) {
	assert.Equal(t, tokenText, wire.Token(tokenApp, tokenCertificate, tokenAccount, tokenExpiry))
}

func TestTokenIsGoodThroughItsLastSecond(t *testing.T) {
	for name, tc := range map[string]struct {
		now  time.Time
		want string
	}{
		"long before":                 {time.Unix(0, 0), ""},
		"a second before":             {time.Unix(tokenExpiry-1, 0), ""},
		"at the expiry":               {time.Unix(tokenExpiry, 0), ""},
		"within the last second":      {time.Unix(tokenExpiry, 999_999_999), ""},
		"a second after":              {time.Unix(tokenExpiry+1, 0), wire.ReasonTokenExpired},
		"long after, in another zone": {time.Unix(tokenExpiry, 0).AddDate(10, 0, 0).In(time.FixedZone("", -8*3600)), wire.ReasonTokenExpired},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tc.want, wire.CheckToken(tokenText, tokenApp, tokenCertificate, tokenAccount, tc.now))
		})
	}
}

func TestTokenIsRefused(t *testing.T) {
	signed := func(expiry string) string { // as one who knows the certificate could have made it
		return "1:" + tokenApp + ":" + expiry + ":" + tokenText[len(tokenText)-32:]
	}
	for name, tc := range map[string]struct{ token, want string }{
		"nothing":                    {"", wire.ReasonTokenFormat},
		"no token needed":            {wire.NoToken, wire.ReasonTokenFormat},
		"version alone":              {"1:", wire.ReasonTokenFormat},
		"one field short":            {"1:" + tokenApp + ":1546271999", wire.ReasonTokenFormat},
		"colons alone":               {"1:::", wire.ReasonTokenFormat},
		"other version":              {"2" + tokenText[1:], wire.ReasonTokenFormat},
		"space before":               {" " + tokenText, wire.ReasonTokenFormat},
		"line end after":             {tokenText + "\n", wire.ReasonTokenSignature},
		"field too many":             {tokenText + ":", wire.ReasonTokenFormat},
		"NUL inside":                 {strings.Replace(tokenText, ":", "\x00", 1), wire.ReasonTokenFormat},
		"expiry empty":               {signed(""), wire.ReasonTokenFormat},
		"expiry with sign":           {signed("+1546271999"), wire.ReasonTokenFormat},
		"expiry negative":            {signed("-1"), wire.ReasonTokenFormat},
		"expiry hexadecimal":         {signed("0x5C2AABFF"), wire.ReasonTokenFormat},
		"expiry with underscore":     {signed("1_546_271_999"), wire.ReasonTokenFormat},
		"expiry with MD5 padding":    {signed("1546271999\x80\x00\x00999"), wire.ReasonTokenFormat},
		"expiry in other digits":     {signed("１５４６２７１９９９"), wire.ReasonTokenFormat},
		"expiry beyond 64 bits":      {signed("9223372036854775808"), wire.ReasonTokenFormat},
		"expiry the largest":         {signed("9223372036854775807"), wire.ReasonTokenSignature},
		"expiry later than signed":   {signed("1546272000"), wire.ReasonTokenSignature},
		"expiry with leading zero":   {signed("01546271999"), wire.ReasonTokenSignature},
		"other app":                  {strings.Replace(tokenText, "C5D1", "D5D1", 1), wire.ReasonTokenApp},
		"app in small letters":       {strings.Replace(tokenText, tokenApp, strings.ToLower(tokenApp), 1), wire.ReasonTokenApp},
		"signature in capitals":      {tokenText[:len(tokenText)-32] + strings.ToUpper(tokenText[len(tokenText)-32:]), wire.ReasonTokenSignature},
		"signature empty":            {tokenText[:len(tokenText)-32], wire.ReasonTokenSignature},
		"signature cut":              {tokenText[:len(tokenText)-1], wire.ReasonTokenSignature},
		"signature changed":          {tokenText[:len(tokenText)-1] + "5", wire.ReasonTokenSignature},
		"signature too long":         {tokenText + "0", wire.ReasonTokenSignature},
		"of another account":         {wire.Token(tokenApp, tokenCertificate, "test@agora.com", tokenExpiry), wire.ReasonTokenSignature},
		"of another certificate":     {wire.Token(tokenApp, tokenApp, tokenAccount, tokenExpiry), wire.ReasonTokenSignature},
		"of another app, its fields": {wire.Token("other", tokenCertificate, tokenAccount, tokenExpiry), wire.ReasonTokenApp},
	} {
		t.Run(name, func(t *testing.T) {
			got := wire.CheckToken(tc.token, tokenApp, tokenCertificate, tokenAccount, time.Unix(tokenExpiry, 0))
			assert.Equal(t, tc.want, got)
			assert.True(t, strings.HasPrefix(got, wire.ReasonTokenPrefix))
		})
	}
}

func TestForgedTokenIsWrongEvenWhenExpired(t *testing.T) {
	forged := tokenText[:len(tokenText)-1] + "5"
	got := wire.CheckToken(forged, tokenApp, tokenCertificate, tokenAccount, time.Unix(tokenExpiry+1, 0))
	assert.Equal(t, wire.ReasonTokenSignature, got)
}

func TestTokenOfAppIDWithColons(t *testing.T) {
	const app = "a:1:b:"
	token := wire.Token(app, tokenCertificate, tokenAccount, tokenExpiry)
	now := time.Unix(tokenExpiry, 0)
	assert.Empty(t, wire.CheckToken(token, app, tokenCertificate, tokenAccount, now))
	assert.Equal(t, wire.ReasonTokenApp, wire.CheckToken(token, "a", tokenCertificate, tokenAccount, now))
}

func TestAppWithoutCertificateTakesAnyToken(t *testing.T) {
	for _, token := range []string{"", wire.NoToken, "anything", tokenText} {
		assert.Empty(t, wire.CheckToken(token, tokenApp, "", tokenAccount, time.Unix(tokenExpiry+1, 0)), token)
	}
}

func FuzzToken(f *testing.F) {
	f.Add(tokenText, tokenApp, tokenCertificate, tokenAccount, tokenExpiry, tokenExpiry)
	f.Add("1:::", "", "c", "", int64(0), int64(1))
	f.Add(wire.NoToken, "a:b", "c", "d", int64(-1), int64(0))
	f.Add("1:a:9223372036854775808:", "a", "c", "d", int64(1)<<62, int64(1)<<62)
	f.Fuzz(func(t *testing.T, token, app, certificate, account string, expiry, now int64) {
		at := time.Unix(now, 0)
		reason := wire.CheckToken(token, app, certificate, account, at)
		switch {
		case certificate == "":
			assert.Empty(t, reason)
			return
		case reason == "": // only what Token makes is good, leading zeros of the expiry apart
			assert.Regexp(t, `\A1:(?s:.*):[0-9]+:[0-9a-f]{32}\z`, token)
		default:
			assert.True(t, strings.HasPrefix(reason, wire.ReasonTokenPrefix), reason)
		}

		own := wire.Token(app, certificate, account, expiry)
		switch reason = wire.CheckToken(own, app, certificate, account, at); {
		case expiry < 0:
			assert.Equal(t, wire.ReasonTokenFormat, reason)
		case now > expiry:
			assert.Equal(t, wire.ReasonTokenExpired, reason)
		default:
			assert.Empty(t, reason)
		}
		assert.NotEmpty(t, wire.CheckToken(own, app, certificate, account+"x", at))
		assert.NotEmpty(t, wire.CheckToken(own, app+"x", certificate, account, at))
	})
}
