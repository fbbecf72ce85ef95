package signal

import (
	"context"
	"encoding/json"

	"github.com/agora-signal-go/signal/internal/engine"
)

// Online reports whether an account is logged in. One whose connection is lost counts while its session lives.
//
// Seed: queryUserStatus
func (c *Client) Online(ctx context.Context, account string) (bool, error) {
	ev, err := c.ask(ctx, "online", &engine.Request{Op: engine.OpQueryStatus, Account: account}, nil)
	return ev.Text == "1", err
}

// SetAttr sets an attribute of this account, for all in the app to read: name has 1 to 128 bytes of printable UTF-8, value
// at most 8,096 bytes. The attribute _conn_timeout says for how many seconds, 20 to 120, the account stays online while
// its connection is lost.
//
// Seed: setAttr
func (c *Client) SetAttr(ctx context.Context, name, value string) error {
	_, err := c.ask(ctx, "set attribute", &engine.Request{Op: engine.OpSetAttr, Self: true, Name: name, Text: value}, nil)
	return err
}

// Attr returns an attribute of an account, "" when it is not set.
//
// Seed: getAttr, getUserAttr
func (c *Client) Attr(ctx context.Context, account, name string) (string, error) {
	ev, err := c.ask(ctx, "get attribute", &engine.Request{Op: engine.OpGetAttr, Account: account, Name: name}, nil)
	if err != nil {
		return "", err
	}
	return ev.Text, nil
}

// Attrs returns all attributes of an account.
//
// Seed: getAttrAll, getUserAttrAll
func (c *Client) Attrs(ctx context.Context, account string) (map[string]string, error) {
	const op = "get attributes"
	ev, err := c.ask(ctx, op, &engine.Request{Op: engine.OpGetAttrAll, Account: account}, nil)
	if err != nil {
		return nil, err
	}
	attrs := make(map[string]string)
	if ev.Text == "" {
		return attrs, nil
	}
	if err := json.Unmarshal([]byte(ev.Text), &attrs); err != nil {
		return nil, &Error{Op: op, Code: GeneralEFailed, Reason: "the answer is no object of strings", cause: err}
	}
	return attrs, nil
}
