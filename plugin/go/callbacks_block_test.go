package oktasync_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"sync/atomic"
	"testing"
	"time"

	oktasync "github.com/oktasync/oktasync/plugin/go"
	"github.com/oktasync/oktasync/plugin/go/internal/playground"
)

// A second for the plugin and one for the callback's grace are promised; the rest is for a busy machine. What
// is waited for in these tests would otherwise never come.
const stopLimit = 15 * time.Second

// How a callback blocks: until its context ends, as it should, or whatever happens.
func TestStopWhileACallbackBlocks(t *testing.T) {
	nothingLeft(t)
	w := playground.Start(t, 5)
	plugin := open(t)
	for _, stubborn := range []bool{false, true} {
		for _, callback := range []string{"identity", "dial", "sign", "audit"} {
			name := callback + " heeds its context"
			if callback == "sign" && !stubborn {
				continue // a crypto.Signer has no context to heed
			}
			if stubborn {
				name = callback + " is stubborn"
			}
			t.Run(name, func(t *testing.T) {
				blocking, letGo, left := make(chan struct{}), make(chan struct{}), make(chan struct{})
				var blocks atomic.Bool
				block := func(ctx context.Context) error {
					if !blocks.CompareAndSwap(true, false) {
						return nil
					}
					defer close(left)
					close(blocking)
					if stubborn {
						ctx = context.Background()
					}
					select {
					case <-ctx.Done():
						return ctx.Err()
					case <-letGo:
						return nil
					}
				}
				right := hosted(t, w)
				host := right
				var late atomic.Pointer[net.TCPConn]
				host.Identity = func(ctx context.Context) (oktasync.Identity, error) {
					if callback == "identity" {
						if err := block(ctx); err != nil {
							return oktasync.Identity{}, err
						}
					}
					return right.Identity(ctx)
				}
				host.Dial = func(ctx context.Context, address string) (net.Conn, error) {
					if callback == "dial" {
						if err := block(ctx); err != nil {
							return nil, err
						}
						ctx = context.Background() // a stubborn one even connects, in the end
					}
					conn, err := right.Dial(ctx, address)
					if err == nil {
						late.Store(conn.(*net.TCPConn))
					}
					return conn, err
				}
				host.Signer = &signer{Signer: right.Signer, instead: func() error {
					if callback == "sign" {
						return block(context.Background())
					}
					return nil
				}}
				host.AuditEvent = func(ctx context.Context, _ string, _ json.RawMessage) error {
					if callback == "audit" {
						return block(ctx)
					}
					return nil
				}
				instance := begin(t, plugin, oktasync.Options{Config: playground.JSON(t, w.HostedConfig()), Host: host})
				blocks.Store(true)
				if callback == "identity" {
					go func() { _ = instance.IdentityChanged() }() // may ask on this goroutine
				}
				if _, err := instance.SyncNow(contextOf(t, time.Minute)); err != nil {
					t.Fatal(err)
				}
				<-blocking
				if err := instance.Stop(contextOf(t, stopLimit)); err != nil {
					t.Fatalf("it does not stop: %v", err)
				}
				if err := instance.Close(); err != nil {
					t.Fatalf("it does not close: %v", err)
				}
				close(letGo)
				<-left
				if callback == "dial" && stubborn {
					playground.Until(t, "a connection that came too late is closed", func() bool {
						conn := late.Load()
						if conn == nil {
							return false
						}
						_, err := conn.Write(nil)
						return errors.Is(err, net.ErrClosed)
					})
				}
			})
		}
	}
}

func TestCreateDoesNotWaitForAnIdentityLongerThanItsContext(t *testing.T) {
	nothingLeft(t)
	w := playground.Start(t, 0)
	plugin := open(t)
	host := hosted(t, w)
	host.Log = new(lines).logger()
	host.Identity = func(ctx context.Context) (oktasync.Identity, error) {
		<-ctx.Done()
		return oktasync.Identity{}, ctx.Err()
	}
	_, err := plugin.Create(contextOf(t, 20*time.Millisecond), oktasync.Options{Config: playground.JSON(t, w.HostedConfig()), Host: host})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it says %v", err)
	}
}

// slowLog blocks in its first line after `armed`, until it is let go.
type slowLog struct {
	slog.Handler
	armed    *atomic.Bool
	blocking chan struct{}
	letGo    chan struct{}
}

func (s slowLog) Handle(ctx context.Context, record slog.Record) error {
	if s.armed.CompareAndSwap(true, false) {
		close(s.blocking)
		<-s.letGo
	}
	return s.Handler.Handle(ctx, record)
}

// The log is the one callback that stop waits for: then the context says for how long.
func TestStopWaitsForTheLogAsLongAsItsContextSays(t *testing.T) {
	nothingLeft(t)
	w := playground.Start(t, 5)
	log := slowLog{slog.NewTextHandler(new(bytes.Buffer), &slog.HandlerOptions{Level: slog.LevelDebug}), new(atomic.Bool), make(chan struct{}), make(chan struct{})}
	host := hosted(t, w)
	host.Log = slog.New(log)
	instance := begin(t, open(t), oktasync.Options{Config: playground.JSON(t, w.HostedConfig()), Host: host})
	log.armed.Store(true)
	syncOnce(t, instance) // a log that blocks slows no run
	<-log.blocking
	err := instance.Stop(contextOf(t, 50*time.Millisecond))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("stop says %v", err)
	}
	status, err := instance.Status()
	if err != nil || status.State != oktasync.StateStopping {
		t.Errorf("the state: %v %s", err, status.Raw)
	}
	close(log.letGo)
	if err := instance.Stop(contextOf(t, stopLimit)); err != nil {
		t.Error(err)
	}
}
