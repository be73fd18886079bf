package oktasync_test

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	oktasync "github.com/oktasync/oktasync/plugin/go"
	"github.com/oktasync/oktasync/plugin/go/internal/playground"
)

// signer does something else instead of signing, when it is told to.
type signer struct {
	crypto.Signer
	instead func() error
}

func (s *signer) Sign(random io.Reader, digest []byte, options crypto.SignerOpts) ([]byte, error) {
	if s.instead != nil {
		if err := s.instead(); err != nil {
			return nil, err
		}
	}
	return s.Signer.Sign(random, digest, options)
}

// hosted is a host that does everything itself, for the playground.
func hosted(t *testing.T, w *playground.World) oktasync.Host {
	var dialer net.Dialer
	identity := identityOf(w)
	return oktasync.Host{
		Identity: func(context.Context) (oktasync.Identity, error) { return identity, nil },
		Dial: func(ctx context.Context, address string) (net.Conn, error) {
			return dialer.DialContext(ctx, "tcp", address)
		},
		Signer:     &signer{Signer: oktaKey(t, w, "private_key_file")},
		AuditEvent: func(context.Context, string, json.RawMessage) error { return nil },
	}
}

// How each callback is put out of order: by returning an error, by panicking, by ending its goroutine.
var mishaps = map[string]struct {
	happen func() error
	words  []string
}{
	"fails": {
		func() error { return &oktasync.Error{Code: oktasync.Unavailable, Message: "the drawbridge is up"} },
		[]string{"the drawbridge is up"},
	},
	"panics": {
		func() error { panic(errors.New("the moat's password is swordfish")) },
		[]string{"panicked with a value of type *errors.errorString at callbacks_test.go:"},
	},
	"panics at runtime": {
		func() error { var none *signer; return none.instead() },
		[]string{"panicked with a value of type runtime.errorString", "callbacks_test.go:"},
	},
	"leaves its goroutine": {
		func() error { runtime.Goexit(); return nil },
		[]string{"ended its goroutine"},
	},
}

// A callback that fails or panics is one run's misfortune, in words; the process lives and the next run works.
func TestACallbackThatFailsOrPanicsFailsItsRunAlone(t *testing.T) {
	nothingLeft(t)
	w := playground.Start(t, 5)
	plugin := open(t)
	for name, mishap := range mishaps {
		t.Run(name, func(t *testing.T) {
			var broken atomic.Pointer[string] // the callback that is out of order
			none := ""
			broken.Store(&none)
			out := func(callback string) error {
				if *broken.Load() == callback {
					return mishap.happen()
				}
				return nil
			}
			log := new(lines)
			host := hosted(t, w)
			right := host
			host.Log = log.logger()
			host.Identity = func(ctx context.Context) (oktasync.Identity, error) {
				if err := out("identity"); err != nil {
					return oktasync.Identity{}, err
				}
				return right.Identity(ctx)
			}
			host.Dial = func(ctx context.Context, address string) (net.Conn, error) {
				if err := out("dial"); err != nil {
					return nil, err
				}
				return right.Dial(ctx, address)
			}
			host.Signer = &signer{Signer: oktaKey(t, w, "private_key_file"), instead: func() error { return out("sign") }}
			var audited atomic.Int32 // how often the host was told of a run's end
			host.AuditEvent = func(context.Context, string, json.RawMessage) error {
				audited.Add(1)
				return out("audit")
			}

			identity := "identity"
			broken.Store(&identity)
			options := oktasync.Options{Config: playground.JSON(t, w.HostedConfig()), Host: host}
			_, err := plugin.Create(contextOf(t, time.Minute), options)
			mustSay(t, err, mishap.words...)
			broken.Store(&none)

			instance := begin(t, plugin, options)
			callbacks := []string{"sign", "dial", "identity"} // in the order in which a first run needs them
			for _, callback := range callbacks {
				broken.Store(&callback)
				w.Post("/okta/revoke_tokens", nil, nil)
				if err := instance.IdentityChanged(); err != nil && callback != "identity" {
					t.Fatal(err)
				}
				failedRun(t, instance, append([]string{"the host's " + callback}, mishap.words...)...)
				broken.Store(&none)
				syncOnce(t, instance)
			}
			// A report can be read before its audit event has gone out.
			playground.Until(t, "each run so far has its audit event", func() bool {
				return audited.Load() == int32(2*len(callbacks))
			})
			audit := "audit"
			broken.Store(&audit)
			syncOnce(t, instance)
			var status *oktasync.Status
			playground.Until(t, "an audit event that fails is counted", func() bool {
				status, err = instance.Status()
				return err != nil || status.AuditEventsFailed == 1
			})
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(status.Raw), "swordfish") {
				t.Errorf("what a callback panicked with went to the plugin: %s", status.Raw)
			}
			if name == "panics" && (!strings.Contains(log.String(), "swordfish") || !strings.Contains(log.String(), "callbacks_test.go")) {
				t.Errorf("the host's own log has neither value nor stack: %s", log)
			}
		})
	}
	if len(w.Users()) != 5 {
		t.Errorf("Teleport has %d users", len(w.Users()))
	}
}

// badLog is a log that panics.
type badLog struct{ slog.Handler }

func (badLog) Enabled(context.Context, slog.Level) bool { return true }

func (badLog) Handle(context.Context, slog.Record) error { panic("no ink") }

func (b badLog) WithAttrs(attributes []slog.Attr) slog.Handler { return b }

func (b badLog) WithGroup(name string) slog.Handler { return b }

func TestALogThatPanicsStopsNothing(t *testing.T) {
	nothingLeft(t)
	w := playground.Start(t, 5)
	host := hosted(t, w)
	host.Log = slog.New(badLog{})
	host.AuditEvent = func(context.Context, string, json.RawMessage) error { panic("both at once") }
	instance := begin(t, open(t), oktasync.Options{Config: playground.JSON(t, w.HostedConfig()), Host: host})
	syncOnce(t, instance)
	if len(w.Users()) != 5 {
		t.Errorf("it made %d users", len(w.Users()))
	}
}
