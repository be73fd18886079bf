package oktasync

// #include "bridge.h"
import "C"

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/cgo"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// How long a callback may go on after its context has ended before it is left behind.
	callbackGrace = time.Second
	// How long after Stop the context of an audit event ends: it tells of the very run that was stopped.
	auditGrace = time.Second
)

// handles counts the cgo.Handles that are in use, for the tests' sake.
var handles atomic.Int64

// keptTexts counts the parts of identities that are in C memory, for the tests' sake.
func keptTexts() int64 { return int64(C.okty_kept()) }

// binding is the Go side of one instance's callbacks; host_ctx is its cgo.Handle.
type binding struct {
	host      Host
	log       *slog.Logger
	algorithm SignAlgorithm
	handle    cgo.Handle

	// life ends when the instance is to stop; audit a grace later.
	life       context.Context
	endLife    context.CancelFunc
	audit      context.Context
	endAudit   context.CancelFunc
	stopOnce   sync.Once
	auditTimer *time.Timer

	splices spliceSet
}

func newBinding(ctx context.Context, host Host, algorithm SignAlgorithm) *binding {
	b := &binding{host: host, log: host.Log, algorithm: algorithm}
	if b.log == nil {
		b.log = slog.Default()
	}
	values := context.WithoutCancel(ctx)
	b.life, b.endLife = context.WithCancel(values)
	b.audit, b.endAudit = context.WithCancel(values)
	b.splices.tell = b.tell
	b.handle = cgo.NewHandle(b)
	handles.Add(1)
	return b
}

// callbacks are the slots of the C table that this host fills.
func (b *binding) callbacks() C.uint32_t {
	var slots C.uint32_t
	if b.host.Identity != nil {
		slots |= C.OKTY_IDENTITY
	}
	if b.host.Dial != nil || b.host.DialSecured != nil {
		slots |= C.OKTY_DIAL
	}
	if b.host.Signer != nil {
		slots |= C.OKTY_SIGN
	}
	if b.host.AuditEvent != nil {
		slots |= C.OKTY_AUDIT_EVENT
	}
	if b.host.Clock != nil {
		slots |= C.OKTY_CLOCK
	}
	return slots
}

// stopping ends the contexts of the callbacks.
func (b *binding) stopping() {
	b.stopOnce.Do(func() {
		b.endLife()
		b.auditTimer = time.AfterFunc(auditGrace, b.endAudit)
	})
}

// release is for when the plugin calls no more.
func (b *binding) release() {
	b.stopping()
	b.auditTimer.Stop()
	b.endAudit()
	b.splices.close()
	b.handle.Delete()
	handles.Add(-1)
}

// bindingOf panics for a handle that is no longer in use, which would be a call after destroy.
func bindingOf(ctx C.uint64_t) *binding { return cgo.Handle(ctx).Value().(*binding) }

// run calls `callback` on a goroutine of its own and waits for it.
//
// Of its own, because a callback comes on a thread that C++ made: runtime.Goexit (which testing.T.FailNow is)
// would end the process there, and one that does not return could not be left. The plugin is never kept for
// longer than the context and a grace; `discard` gets what comes later.
func run[T any](b *binding, ctx context.Context, name string, callback func(context.Context) (T, error),
	discard func(T)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		var out outcome
		returned := false
		defer func() {
			if !returned {
				out.err = b.panicked(name, recover())
			}
			done <- out
		}()
		out.value, out.err = callback(ctx)
		returned = true
	}()

	select {
	case out := <-done:
		return out.value, out.err
	case <-ctx.Done():
	}
	grace := time.NewTimer(callbackGrace)
	defer grace.Stop()
	select {
	case out := <-done:
		return out.value, out.err
	case <-grace.C:
	}
	b.tell("a callback of the host went on after its context had ended, and was left behind", slog.String("callback", name))
	if discard != nil {
		go func() {
			if out := <-done; out.err == nil {
				discard(out.value)
			}
		}()
	}
	var none T
	return none, fmt.Errorf("it did not return within %v after it was told to stop: %w", callbackGrace, context.Cause(ctx))
}

// panicked turns what recover gave into an error. The plugin gets the type and the place, for its reports go
// to many; the value and the stack go to the program's own log.
func (b *binding) panicked(name string, value any) error {
	if value == nil {
		b.tell("a callback of the host left its goroutine with runtime.Goexit", slog.String("callback", name))
		return fault("", Internal, "it ended its goroutine (runtime.Goexit; in a test, FailNow) and gave no answer")
	}
	b.tell("a callback of the host panicked", slog.String("callback", name),
		slog.String("panic", fmt.Sprint(value)), slog.String("stack", string(debug.Stack())))
	return fault("", Internal, "it panicked with a value of type %T at %s; the host's log has the stack", value, panicPlace())
}

// tell logs a line of this package's own.
func (b *binding) tell(message string, attrs ...slog.Attr) {
	b.logLine(slog.LevelError, message, append([]slog.Attr{slog.String("target", "go")}, attrs...))
}

// panicPlace is the file and line that panicked: the first frame below the runtime's own.
func panicPlace() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	below := false
	for {
		frame, more := frames.Next()
		inRuntime := strings.HasPrefix(frame.Function, "runtime.")
		if below && !inRuntime {
			file := frame.File[strings.LastIndexByte(frame.File, '/')+1:]
			return fmt.Sprintf("%s:%d", file, frame.Line)
		}
		below = below || frame.Function == "runtime.gopanic"
		if !more {
			return "a place that is not known"
		}
	}
}
