package suite

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	signal "github.com/agora-signal-go/signal"
)

var attrParts = []part{
	{"SetAttr", func(t *testing.T, s *stage) {
		alice := s.user(t, "alice")
		full := strings.Repeat("v", 8096)
		alice.SetAttr("mood", full)
		alice.GetAttr("mood")
		alice.Expect(t, "OnUserAttrResult", alice.account, "mood", full) // setting says nothing when it succeeds
		alice.SetAttr("mood", full+"v")
		alice.Expect(t, "OnError", "setAttr", int(signal.GeneralELargeParam))
		alice.SetAttr(strings.Repeat("n", 129), "x")
		alice.Expect(t, "OnError", "setAttr", int(signal.GeneralEWrongParam))
		for _, c := range []struct{ set, read string }{{"5", "20"}, {"60", "60"}, {"999", "120"}, {"-3", "20"}} {
			alice.SetAttr("_conn_timeout", c.set)
			alice.GetAttr("_conn_timeout")
			alice.Expect(t, "OnUserAttrResult", alice.account, "_conn_timeout", c.read)
		}
		alice.SetAttr("_conn_timeout", "soon")
		alice.Expect(t, "OnError", "setAttr", int(signal.GeneralEWrongParam))
	}},
	{"GetAttr", func(t *testing.T, s *stage) {
		alice := s.user(t, "alice")
		alice.GetAttr("unset")
		alice.Expect(t, "OnUserAttrResult", alice.account, "unset", "")
		alice.GetAttr("")
		alice.Expect(t, "OnError", "getAttr", int(signal.GeneralEWrongParam))
	}},
	{"GetAttrAll", func(t *testing.T, s *stage) {
		alice := s.user(t, "alice")
		alice.GetAttrAll()
		alice.Expect(t, "OnUserAttrAllResult", alice.account, "{}")
		alice.SetAttr("a", "1\"")
		alice.GetAttrAll()
		c := alice.Expect(t, "OnUserAttrAllResult", alice.account)
		assert.JSONEq(t, `{"a":"1\""}`, c.Args[1].(string))
	}},
	{"GetUserAttr", func(t *testing.T, s *stage) {
		alice, bob := s.user(t, "alice"), s.user(t, "bob")
		bob.SetAttr("mood", "fine")
		bob.GetAttr("mood")
		bob.Expect(t, "OnUserAttrResult", bob.account, "mood", "fine")
		alice.GetUserAttr(bob.account, "mood")
		alice.Expect(t, "OnUserAttrResult", bob.account, "mood", "fine")
		alice.GetUserAttr("", "mood")
		alice.Expect(t, "OnError", "getUserAttr", int(signal.GeneralEWrongParam))
	}},
	{"GetUserAttrAll", func(t *testing.T, s *stage) {
		alice, bob := s.user(t, "alice"), s.user(t, "bob")
		bob.SetAttr("mood", "fine")
		bob.GetAttrAll()
		bob.Expect(t, "OnUserAttrAllResult", bob.account, `{"mood":"fine"}`)
		alice.GetUserAttrAll(bob.account)
		alice.Expect(t, "OnUserAttrAllResult", bob.account, `{"mood":"fine"}`)
		alice.GetUserAttrAll("a b")
		alice.Expect(t, "OnError", "getUserAttrAll", int(signal.GeneralEWrongParam))
	}},
	{"QueryUserStatus", func(t *testing.T, s *stage) {
		alice, bob := s.user(t, "alice"), s.user(t, "bob")
		alice.QueryUserStatus(bob.account)
		alice.Expect(t, "OnQueryUserStatusResult", bob.account, "1")
		bob.Logout()
		bob.Expect(t, "OnLogout", int(signal.LogoutEUser))
		alice.QueryUserStatus(bob.account)
		alice.Expect(t, "OnQueryUserStatusResult", bob.account, "0")
		alice.QueryUserStatus("")
		alice.Expect(t, "OnError", "queryUserStatus", int(signal.GeneralEWrongParam))
	}},
}
