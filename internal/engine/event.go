package engine

import "time"

// Kind says which callback an Event leads to.
type Kind int

// The kinds of events, each with the fields of Event that it fills.
const (
	LoginSuccess      Kind = iota + 1 // Num: which connection it is
	LoginFailed                       // Code
	Logout                            // Code
	ReconnectTry                      // Num: which try
	Reconnected                       // Num: which connection it is
	Failure                           // Name: the method, Code, Text
	UserStatus                        // Account, Text: "1" or "0"
	UserAttr                          // Account, Name, Text
	UserAttrAll                       // Account, Text
	SendSuccess                       // ID
	SendError                         // ID, Code
	InvokeRet                         // ID, Name: the error, Text
	ChannelJoined                     // Channel
	ChannelJoinFailed                 // Channel, Code
	ChannelLeaved                     // Channel, Code
	ChannelUserJoined                 // Channel, Account
	ChannelUserLeaved                 // Channel, Account
	ChannelUserList                   // Channel, Accounts
	ChannelUserNum                    // Channel, Code, Num
	ChannelAttr                       // Channel, Name, Text, Change
	ChannelMessage                    // Channel, Account, Text
	InstantMessage                    // Account, Text
	InviteReceived                    // Channel, Account, Extra, ID: the call's own name, as the following
	InviteReceivedByPeer
	InviteAccepted
	InviteRefused
	InviteFailed // Code too
	InviteEndByPeer
	InviteEndByMyself
	InviteMsg // Name: the type, Text
	Log       // Text

	// What only an application hears of that asked for it, by Config.Detailed or by a Request's Tag.

	Done           // a request has succeeded that no other event tells of. ID: the call's name, after an invite
	ConnectionLost // Text: why. The login goes on
	TryFailed      // Num: which try, Text: why
)

// An Event is something that the application is to be told.
type Event struct {
	Kind     Kind
	Code     int
	Num      int
	ID       string
	Channel  string
	Account  string
	Name     string
	Text     string // of an outcome that is a failure: why, for people
	Extra    string
	Change   string // wire.AttrUpdate and its like
	Accounts []string
	Time     int64         // of a message: Unix milliseconds of the server
	Trace    string        // of what somebody sent: the traceparent that came with it, "" for none
	Came     time.Duration // when it was told, on a clock of the host's; only for the host

	Mark    uint64 // rises with each event from the personal list; 0 for all others, see Host.Handled
	Request uint64 // the Tag of the Request that this is the outcome of, or 0
}

// Owed reports whether the event is an outcome that somebody waits for: such an event is handed out
// even while the client is being destroyed.
func (k Kind) Owed() bool {
	switch k {
	case LoginSuccess, LoginFailed, Logout, Failure, UserStatus, UserAttr, UserAttrAll, SendSuccess, SendError,
		InvokeRet, Done, ChannelJoined, ChannelJoinFailed, ChannelLeaved, ChannelUserNum,
		InviteRefused, InviteFailed, InviteEndByPeer, InviteEndByMyself:
		return true
	}
	return false
}

// Size returns about how many bytes the event holds.
func (ev Event) Size() int {
	n := 200 + len(ev.ID) + len(ev.Channel) + len(ev.Account) + len(ev.Name) + len(ev.Text) + len(ev.Extra) + len(ev.Trace)
	for _, a := range ev.Accounts {
		n += 16 + len(a)
	}
	return n
}
