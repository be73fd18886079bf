package oktasync_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	oktasync "github.com/oktasync/oktasync/plugin/go"
	"github.com/oktasync/oktasync/plugin/go/internal/playground"
)

// As in production: the first run begins by itself, and the next one is planned.
func TestRunsByItself(t *testing.T) {
	nothingLeft(t)
	w := playground.Start(t, 20)
	instance, err := open(t).Create(contextOf(t, time.Minute), oktasync.Options{
		Config: playground.JSON(t, w.Config()), Host: oktasync.Host{Log: new(lines).logger()},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer instance.Close()
	if err := instance.Start(); err != nil {
		t.Fatal(err)
	}
	playground.Until(t, "the first run ends and the next is planned", func() bool {
		status, err := instance.Status()
		return err == nil && status.Runs == 1 && !status.NextRun.IsZero()
	})
	if len(w.Users()) != 20 {
		t.Errorf("it made %d users", len(w.Users()))
	}
}

// A wait ends with its context, and the run goes on.
func TestWaitHonoursItsContext(t *testing.T) {
	nothingLeft(t)
	w := playground.Start(t, 20)
	instance := begin(t, open(t), oktasync.Options{Config: playground.JSON(t, w.Config())})
	w.Post("/auth/fault", map[string]any{"call": "CreateUser", "kind": "hang", "times": 1}, nil)
	id, err := instance.SyncNow(contextOf(t, time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	w.AwaitStruck("CreateUser")
	if _, err := instance.Wait(contextOf(t, 20*time.Millisecond), id); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("the wait says %v", err)
	}
	w.Post("/auth/clear_faults", nil, nil)
	report, err := instance.Wait(contextOf(t, time.Minute), id)
	if err != nil || report.Err() != nil {
		t.Fatal(err, report.Err())
	}
	if len(w.Users()) != 20 {
		t.Errorf("it made %d users", len(w.Users()))
	}
}

// A run whose key is RSA is signed as well.
func TestSignsWithRSA(t *testing.T) {
	nothingLeft(t)
	w := playground.Start(t, 5)
	config := w.HostedConfig()
	config["okta"].(map[string]any)["key_id"] = w.Info("rsa_key_id")
	instance := begin(t, open(t), oktasync.Options{
		Config: playground.JSON(t, config),
		Host: oktasync.Host{
			Signer:   oktaKey(t, w, "rsa_private_key_file"),
			Identity: func(context.Context) (oktasync.Identity, error) { return identityOf(w), nil },
		},
	})
	syncOnce(t, instance)
	if len(w.Users()) != 5 {
		t.Errorf("it made %d users", len(w.Users()))
	}
}

// Everybody calls everything while the instance is closed: each call is answered or told that it is closed.
func TestCloseWhileOthersCall(t *testing.T) {
	nothingLeft(t)
	w := playground.Start(t, 20)
	plugin := open(t)
	config := playground.JSON(t, w.HostedConfig())
	for range 5 {
		instance := begin(t, plugin, oktasync.Options{Config: config, Host: hosted(t, w)})
		ctx := contextOf(t, time.Minute)
		calls := []func() error{
			func() error { _, err := instance.Status(); return err },
			func() error { _, err := instance.SyncNow(ctx); return err },
			func() error { _, err := instance.SyncAndWait(ctx); return err },
			func() error { _, err := instance.Report(ctx, 1); return err },
			func() error { return instance.IdentityChanged() },
			func() error { return instance.Stop(ctx) },
			func() error { return instance.Close() },
			func() error { return instance.Start() },
		}
		var callers sync.WaitGroup
		for i, call := range calls {
			callers.Add(1)
			go func() {
				defer callers.Done()
				if i >= 5 {
					time.Sleep(10 * time.Millisecond) // let the others begin; not that anything depends on it
				}
				for {
					err := call()
					if errors.Is(err, oktasync.ErrClosed) {
						return
					}
					if i == 6 && err == nil {
						return
					}
					var failure *oktasync.Error
					if err != nil && !errors.As(err, &failure) {
						t.Errorf("call %d: %v", i, err)
						return
					}
				}
			}()
		}
		callers.Wait()
	}
}
