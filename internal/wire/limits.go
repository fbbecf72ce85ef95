package wire

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The sizes that both ends enforce, in bytes unless said otherwise.
const (
	MaxName        = 128       // account, channel, attribute name, message ID, app ID, DTMF
	MaxValue       = 8096      // an attribute's value
	MaxInstant     = 8196      // an instant message
	MaxChannelText = 8192      // a channel message
	MaxExtra       = 8192      // the extra of an invite
	MaxFrame       = 64 << 10  // a frame that a client sends
	MaxPoll        = 30        // messages in one answer to user_getmsg
	MaxPollBytes   = 256 << 10 // encoded bytes of messages in one answer to user_getmsg
	NewestMembers  = 200       // members in the list that a joiner gets
)

// Times that both ends know.
const (
	PingEvery       = 10 * time.Second // a client's heartbeat
	SocketSilence   = 30 * time.Second // a server drops a socket that said nothing for so long
	LoginWithin     = 10 * time.Second // a socket that has not logged in by then is closed
	MinConnTimeout  = 20               // seconds, of the attribute _conn_timeout
	MaxConnTimeout  = 120              // seconds, and the default
	KickedRemember  = 130 * time.Second
	RepeatedWithin  = 5 * time.Minute // an idempotency key holds for so long
	InviteDefault   = 20 * time.Second
	InviteMax       = 30 * time.Second
	RingMax         = 600 * time.Second
	CallEndsAfter   = 24 * time.Hour // a call that rings ends then at the latest
	OfflineDelivery = 24 * time.Hour // the ttl that the Go client asks for
)

// The rates that a server allows by default, with bursts of one second's worth.
const (
	MessagesPerSecond        = 60    // of a user, instant and channel messages together
	CallsPerSecond           = 200   // of a session
	ChannelMessagesPerSecond = 200   // to a channel, unless its attribute says otherwise
	AttrChangesPerSecond     = 10    // of one attribute of a channel, unless its attribute says otherwise
	AttrEventsPerSecond      = 1_000 // of a channel, all its attributes together
)

// AnswersKept bounds the answers that a server keeps per session for calls that are sent again,
// and so the calls that a client leaves unanswered at one time.
const AnswersKept = 256

// Invalid says which argument is wrong and why.
type Invalid struct {
	Code  int    // GeneralEWrongParam or GeneralELargeParam
	Param string // the argument's name as in the seed
	Why   string
}

func (e *Invalid) Error() string { return e.Param + ": " + e.Why }

func wrong(param, format string, args ...any) *Invalid {
	return &Invalid{GeneralEWrongParam, param, fmt.Sprintf(format, args...)}
}

// CheckAccount wants 1 to 128 bytes of printable UTF-8 without space.
func CheckAccount(param, account string) *Invalid {
	if isVisible(account) {
		return nil
	}
	if bad := CheckName(param, account); bad != nil {
		return bad
	}
	if strings.IndexFunc(account, unicode.IsSpace) >= 0 {
		return wrong(param, "want no space in an account")
	}
	return nil
}

// CheckName wants 1 to 128 bytes of printable UTF-8: the rule for channels, attribute names and message IDs.
func CheckName[T string | []byte](param string, text T) *Invalid {
	if isVisible(text) {
		return nil
	}
	name := string(text)
	switch {
	case name == "":
		return wrong(param, "want 1 to %d bytes, got none", MaxName)
	case len(name) > MaxName:
		return wrong(param, "want 1 to %d bytes, got %d", MaxName, len(name))
	case !utf8.ValidString(name):
		return wrong(param, "want valid UTF-8")
	}
	for _, r := range name {
		if !unicode.IsPrint(r) {
			return wrong(param, "want printable characters, got %U", r)
		}
	}
	return nil
}

// isVisible says whether a name is of ASCII alone and neither has a space nor breaks a rule: most are such.
func isVisible[T string | []byte](name T) bool {
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c > '~' {
			return false
		}
	}
	return 0 < len(name) && len(name) <= MaxName
}

// CheckText wants valid UTF-8 of at most limit bytes: the rule for messages and attribute values.
func CheckText(param, text string, limit int) *Invalid {
	if bad := CheckLength(param, len(text), limit); bad != nil {
		return bad
	}
	if !utf8.ValidString(text) {
		return wrong(param, "want valid UTF-8")
	}
	return nil
}

// CheckLength is CheckText of a text of n bytes that is valid UTF-8, as all that comes out of a frame is.
func CheckLength(param string, n, limit int) *Invalid {
	if n > limit {
		return &Invalid{GeneralELargeParam, param, fmt.Sprintf("want at most %d bytes, got %d", limit, n)}
	}
	return nil
}

// CheckExtra wants "" or a JSON object of at most 8,192 bytes.
func CheckExtra(param, extra string) *Invalid {
	if bad := CheckText(param, extra, MaxExtra); bad != nil {
		return bad
	}
	if extra == "" {
		return nil
	}
	if _, ok := ParseObject(extra); !ok {
		return wrong(param, `want "" or a JSON object`)
	}
	return nil
}

// CheckDTMF wants 1 to 128 of the keys 0-9 * #.
func CheckDTMF(param, keys string) *Invalid {
	if keys == "" || len(keys) > MaxName {
		return wrong(param, "want 1 to %d keys, got %d", MaxName, len(keys))
	}
	if strings.Trim(keys, "0123456789*#") != "" {
		return wrong(param, "want only 0-9, * and #")
	}
	return nil
}

// ParseObject parses text as a JSON object.
func ParseObject[T string | []byte](text T) (Value, bool) {
	v, err := ParseValue([]byte(text))
	return v, err == nil && v.IsObject()
}
