package oktasync

// The functions that the plugin calls, by way of bridge.c. They only translate: what they do is in methods of
// binding that know no C, in dial.go, sign.go and below.

/*
#include "bridge.h"
*/
import "C"

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"
	"unsafe"
)

// guard keeps a panic of this package's own from unwinding into C++, where it would end the process.
func guard(name string, err *C.oktasync_error, code *C.int32_t) {
	if value := recover(); value != nil {
		*code = toC(fault("", Internal, "an error inside the Go binding, in %s: a panic of type %T; please report it",
			name, value), Internal, err)
	}
}

//export oktasyncGoLog
func oktasyncGoLog(ctx C.uint64_t, level C.int32_t, target, message C.oktasync_str, fields *C.oktasync_field, count C.uint64_t) {
	defer func() { _ = recover() }() // bindingOf alone can get here: logLine keeps the handler's panics
	b := bindingOf(ctx)
	at := slogLevel(int32(level))
	if !b.logEnabled(at) {
		return
	}
	attrs := make([]slog.Attr, 0, int(count)+1)
	attrs = append(attrs, slog.String("target", goString(target)))
	if count > 0 {
		for _, field := range unsafe.Slice(fields, int(count)) {
			attrs = append(attrs, slog.String(goString(field.key), goString(field.value)))
		}
	}
	b.logLine(at, goString(message), attrs)
}

func slogLevel(level int32) slog.Level {
	switch level {
	case C.OKTASYNC_LOG_DEBUG:
		return slog.LevelDebug
	case C.OKTASYNC_LOG_INFO:
		return slog.LevelInfo
	case C.OKTASYNC_LOG_WARN:
		return slog.LevelWarn
	default:
		return slog.LevelError
	}
}

// logEnabled is false also for a handler that panics when it is asked.
func (b *binding) logEnabled(level slog.Level) (enabled bool) {
	defer func() { _ = recover() }()
	return b.log.Handler().Enabled(b.life, level)
}

// logLine writes one line. Where the program's own log panics there is nobody left to tell: the line is lost.
func (b *binding) logLine(level slog.Level, message string, attrs []slog.Attr) {
	defer func() { _ = recover() }()
	// Not Logger.LogAttrs: it would name this function as the source of every line.
	record := slog.NewRecord(time.Now(), level, message, 0)
	record.AddAttrs(attrs...)
	_ = b.log.Handler().Handle(b.life, record)
}

//export oktasyncGoIdentity
func oktasyncGoIdentity(ctx C.uint64_t, into *C.oktasync_identity, err *C.oktasync_error) (code C.int32_t) {
	defer guard("identity", err, &code)
	identity, failed := bindingOf(ctx).identity()
	if failed != nil {
		return toC(failed, Unavailable, err)
	}
	for _, part := range []struct {
		to   *C.oktasync_str
		from []byte
	}{{&into.key_pem, identity.KeyPEM}, {&into.cert_pem, identity.CertPEM}, {&into.ca_pem, identity.CAPEM}} {
		var from unsafe.Pointer
		if len(part.from) > 0 {
			from = unsafe.Pointer(&part.from[0])
		}
		if C.okty_keep(part.to, from, C.uint64_t(len(part.from))) == 0 {
			C.okty_wipe(&into.key_pem)
			C.okty_wipe(&into.cert_pem)
			C.okty_wipe(&into.ca_pem)
			return toC(fault("", ResourceExhausted, "no memory for the identity"), ResourceExhausted, err)
		}
	}
	into.generation = C.uint64_t(identity.Generation)
	return C.OKTASYNC_OK
}

func (b *binding) identity() (Identity, error) {
	return run(b, b.life, "Identity", b.host.Identity, nil)
}

//export oktasyncGoDial
func oktasyncGoDial(ctx C.uint64_t, request *C.oktasync_dial_request, into *C.oktasync_connection, err *C.oktasync_error) (code C.int32_t) {
	defer guard("dial", err, &code)
	fd, secured, failed := bindingOf(ctx).dial(goString(request.address), time.Duration(request.timeout_ns), int(request.cancel_fd))
	if failed != nil {
		return toC(failed, Unavailable, err)
	}
	into.fd = C.int32_t(fd)
	if secured {
		into.flags = C.OKTASYNC_CONNECTION_SECURED
	}
	return C.OKTASYNC_OK
}

//export oktasyncGoSign
func oktasyncGoSign(ctx C.uint64_t, keyID C.oktasync_str, algorithm C.int32_t, input C.oktasync_str,
	into *C.uint8_t, capacity C.uint64_t, length *C.uint64_t, err *C.oktasync_error) (code C.int32_t) {
	defer guard("sign", err, &code)
	signature, failed := bindingOf(ctx).sign(SignAlgorithm(algorithm), goBytes(input.data, input.len))
	if failed == nil && uint64(len(signature)) > uint64(capacity) {
		failed = fault("", OutOfRange, "a signature of %d bytes has no room in %d", len(signature), uint64(capacity))
	}
	if failed != nil {
		return toC(failed, Unavailable, err)
	}
	copy(unsafe.Slice((*byte)(unsafe.Pointer(into)), int(capacity)), signature)
	*length = C.uint64_t(len(signature))
	return C.OKTASYNC_OK
}

//export oktasyncGoAuditEvent
func oktasyncGoAuditEvent(ctx C.uint64_t, kind, event C.oktasync_str, err *C.oktasync_error) (code C.int32_t) {
	defer guard("audit_event", err, &code)
	if failed := bindingOf(ctx).auditEvent(goString(kind), goBytes(event.data, event.len)); failed != nil {
		return toC(failed, Unknown, err)
	}
	return C.OKTASYNC_OK
}

func (b *binding) auditEvent(kind string, event json.RawMessage) error {
	_, err := run(b, b.audit, "AuditEvent", func(ctx context.Context) (struct{}, error) {
		return struct{}{}, b.host.AuditEvent(ctx, kind, event)
	}, nil)
	return err
}

//export oktasyncGoClockWall
func oktasyncGoClockWall(ctx C.uint64_t) (now C.int64_t) {
	defer func() {
		if value := recover(); value != nil {
			now = C.int64_t(time.Now().UnixNano()) // a clock cannot fail; the system's serves
		}
	}()
	return C.int64_t(bindingOf(ctx).host.Clock.Now().UnixNano())
}

//export oktasyncGoClockBoot
func oktasyncGoClockBoot(ctx C.uint64_t) (now C.int64_t) {
	defer func() {
		if value := recover(); value != nil {
			now = C.okty_boot_ns()
		}
	}()
	return C.int64_t(bindingOf(ctx).host.Clock.SinceBoot())
}
