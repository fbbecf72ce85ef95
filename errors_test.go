package signal_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agora-signal-go/signal"
)

func TestCodeSaysItsName(t *testing.T) {
	for code, want := range map[signal.Code][2]string{
		signal.Success:              {"SUCCESS", "signal: SUCCESS (0)"},
		signal.LogoutEAlreadyLogout: {"LOGOUT_E_ALREADY_LOGOUT", "signal: LOGOUT_E_ALREADY_LOGOUT (108)"},
		signal.LoginETokenWrong:     {"LOGIN_E_TOKENWRONG", "signal: LOGIN_E_TOKENWRONG (206)"},
		signal.GeneralELargeParam:   {"GENERAL_E_LARGE_PARAM", "signal: GENERAL_E_LARGE_PARAM (1005)"},
		1234:                        {"Code(1234)", "signal: Code(1234)"},
		-1:                          {"Code(-1)", "signal: Code(-1)"},
	} {
		assert.Equal(t, want[0], code.String())
		assert.Equal(t, want[1], code.Error())
	}
}

func TestCodeIsFoundInWrappedErrors(t *testing.T) {
	err := fmt.Errorf("log in: %w", signal.Code(204))
	assert.ErrorIs(t, err, signal.LoginETokenExpired)
	assert.NotErrorIs(t, err, signal.LoginETokenWrong)

	code, found := errors.AsType[signal.Code](err)
	assert.True(t, found)
	assert.Equal(t, signal.LoginETokenExpired, code)
}

func ExampleCode() {
	ecode := 204 // as OnLoginFailed gets it

	err := fmt.Errorf("log in as alice: %w", signal.Code(ecode))
	if errors.Is(err, signal.LoginETokenExpired) {
		fmt.Println("time for a new token:", err)
	}
	// Output: time for a new token: log in as alice: signal: LOGIN_E_TOKENEXPIRED (204)
}
