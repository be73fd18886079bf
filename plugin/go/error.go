package oktasync

// #include "bridge.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unsafe"
)

// Code is one of gRPC's canonical codes. It is an error itself, so that errors.Is(err, oktasync.NotFound)
// asks for it, and so that a callback of the [Host] can return it (better wrapped, with words).
type Code int32

// The codes, by the names that gRPC gives them.
const (
	OK                 Code = C.OKTASYNC_OK
	Cancelled          Code = C.OKTASYNC_CANCELLED
	Unknown            Code = C.OKTASYNC_UNKNOWN
	InvalidArgument    Code = C.OKTASYNC_INVALID_ARGUMENT
	DeadlineExceeded   Code = C.OKTASYNC_DEADLINE_EXCEEDED
	NotFound           Code = C.OKTASYNC_NOT_FOUND
	AlreadyExists      Code = C.OKTASYNC_ALREADY_EXISTS
	PermissionDenied   Code = C.OKTASYNC_PERMISSION_DENIED
	ResourceExhausted  Code = C.OKTASYNC_RESOURCE_EXHAUSTED
	FailedPrecondition Code = C.OKTASYNC_FAILED_PRECONDITION
	Aborted            Code = C.OKTASYNC_ABORTED
	OutOfRange         Code = C.OKTASYNC_OUT_OF_RANGE
	Unimplemented      Code = C.OKTASYNC_UNIMPLEMENTED
	Internal           Code = C.OKTASYNC_INTERNAL
	Unavailable        Code = C.OKTASYNC_UNAVAILABLE
	DataLoss           Code = C.OKTASYNC_DATA_LOSS
	Unauthenticated    Code = C.OKTASYNC_UNAUTHENTICATED
)

var codeNames = []string{
	"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
	"PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE",
	"UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
}

// String gives gRPC's name of the code, such as "NOT_FOUND".
func (c Code) String() string {
	if c >= 0 && int(c) < len(codeNames) {
		return codeNames[c]
	}
	return fmt.Sprintf("CODE(%d)", int32(c))
}

// Error makes a code usable as target of errors.Is.
func (c Code) Error() string { return c.String() }

// ErrClosed is found by errors.Is in what every method returns once the [Plugin] or [Instance] is closed.
var ErrClosed = errors.New("it is closed")

// Error is what a call of the plugin came to when it failed. A callback of the [Host] may return one too, to
// say more than its text.
type Error struct {
	// Op is the call: "create", "sync_now", …
	Op   string
	Code Code
	// Retryable: the same call may succeed later without anybody acting.
	Retryable bool
	// Config: the configuration, or a file that it names, must change first.
	Config bool
	// Auth: credentials were not accepted, or do not allow this.
	Auth bool
	// RetryAfter is how long to wait before another try; 0 when that is not known.
	RetryAfter time.Duration
	// Message is one sentence or more: what failed, why, and what to do. It never holds a secret.
	Message string
}

// Error gives the words.
func (e *Error) Error() string {
	text := e.Message
	if text == "" {
		text = e.Code.String()
	}
	if e.Op == "" {
		return "oktasync: " + text
	}
	return "oktasync: " + e.Op + ": " + text
}

// Is lets errors.Is find the [Code].
func (e *Error) Is(target error) bool {
	code, ok := target.(Code)
	return ok && code == e.Code
}

// fault is an error of this package's own.
func fault(op string, code Code, format string, args ...any) *Error {
	return &Error{Op: op, Code: code, Message: fmt.Sprintf(format, args...)}
}

func closedError(op string) error { return fmt.Errorf("oktasync: %s: %w", op, ErrClosed) }

func newCError() C.oktasync_error {
	var err C.oktasync_error
	err.struct_size = C.uint32_t(unsafe.Sizeof(err))
	return err
}

// fromC gives nil for OK.
func fromC(op string, code C.int32_t, err *C.oktasync_error) error {
	if code == C.OKTASYNC_OK {
		return nil
	}
	return &Error{
		Op:         op,
		Code:       Code(code),
		Retryable:  err.flags&C.OKTASYNC_ERROR_RETRYABLE != 0,
		Config:     err.flags&C.OKTASYNC_ERROR_CONFIG != 0,
		Auth:       err.flags&C.OKTASYNC_ERROR_AUTH != 0,
		RetryAfter: time.Duration(err.retry_after_ns),
		Message:    C.GoString(&err.message[0]),
	}
}

// toC is the way back: what a callback of the host answered. `fallback` is for an error that names no code.
func toC(err error, fallback Code, into *C.oktasync_error) C.int32_t {
	var told *Error
	code := fallback
	var flags C.uint32_t
	var retryAfter time.Duration
	var plain Code
	message := err.Error()
	switch {
	case errors.As(err, &told):
		code, retryAfter = told.Code, told.RetryAfter
		if told.Retryable {
			flags |= C.OKTASYNC_ERROR_RETRYABLE
		}
		if told.Config {
			flags |= C.OKTASYNC_ERROR_CONFIG
		}
		if told.Auth {
			flags |= C.OKTASYNC_ERROR_AUTH
		}
		if err == error(told) && told.Message != "" {
			message = told.Message // the plugin adds whose error it is
		}
	case errors.As(err, &plain):
		code = plain
	case errors.Is(err, context.Canceled):
		code = Cancelled
	case errors.Is(err, context.DeadlineExceeded):
		code = DeadlineExceeded
	}
	if code == OK { // an error is no success, whatever it calls itself
		code = Unknown
	}
	text := []byte(message)
	var at *C.char
	if len(text) > 0 {
		at = (*C.char)(unsafe.Pointer(&text[0]))
	}
	return C.okty_fail(into, C.int32_t(code), flags, C.uint64_t(max(retryAfter, 0)), at, C.uint64_t(len(text)))
}
