package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/agora-signal-go/signal/server/backend"
)

// Codes of JetStream's errors.
const (
	codeAccountResources    = 10002
	codeInsufficient        = 10023
	codeNoMessage           = 10037
	codeNoPeers             = 10005
	codeNoStream            = 10059
	codeStorageResources    = 10047
	codeMessageTooLarge     = 10054
	codeNameInUse           = 10058
	codeWrongLast           = 10071
	codeStoreFailed         = 10077
	codeWrongLastInProgress = 10164
)

// apiError is an error that JetStream answered with.
type apiError struct {
	Code        int    `json:"code"`
	ErrCode     int    `json:"err_code"`
	Description string `json:"description"`
}

func (e *apiError) Error() string {
	return fmt.Sprintf("jetstream: %s (%d)", e.Description, e.ErrCode)
}

// is reports whether err is JetStream's error of this code.
func is(err error, code int) bool {
	var api *apiError
	return errors.As(err, &api) && api.ErrCode == code
}

// translate makes an error one that the contract knows, as far as it is sure what it means.
func translate(err error) error {
	for _, known := range []error{
		backend.ErrFenced, backend.ErrFull, backend.ErrUnavailable, backend.ErrTooLarge, backend.ErrTrimmed, backend.ErrClosed,
	} {
		if errors.Is(err, known) {
			return err
		}
	}
	var api *apiError
	if errors.As(err, &api) {
		switch api.ErrCode {
		case codeAccountResources, codeInsufficient, codeStorageResources:
			return fmt.Errorf("%w: %w", backend.ErrFull, err)
		case codeStoreFailed:
			// "maximum bytes exceeded" is a stream's limit.
			if strings.Contains(api.Description, "maximum") {
				return fmt.Errorf("%w: %w", backend.ErrFull, err)
			}
		case codeMessageTooLarge:
			return fmt.Errorf("%w: %w", backend.ErrTooLarge, err)
		}
		if api.Code == 503 || api.Code == 500 || api.ErrCode == codeNoMessage {
			return fmt.Errorf("%w: %w", backend.ErrUnavailable, err)
		}
		return err
	}
	switch {
	case errors.Is(err, nats.ErrMaxPayload):
		return fmt.Errorf("%w: %w", backend.ErrTooLarge, err)
	case errors.Is(err, nats.ErrTimeout), errors.Is(err, nats.ErrNoResponders), errors.Is(err, nats.ErrConnectionClosed),
		errors.Is(err, nats.ErrConnectionReconnecting), errors.Is(err, nats.ErrReconnectBufExceeded),
		errors.Is(err, nats.ErrDisconnected), errors.Is(err, nats.ErrStaleConnection), errors.Is(err, nats.ErrNoServers),
		errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return fmt.Errorf("%w: %w", backend.ErrUnavailable, err)
	}
	return err
}
