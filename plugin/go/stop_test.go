package oktasync_test

import (
	"testing"
	"time"

	oktasync "github.com/oktasync/oktasync/plugin/go"
	"github.com/oktasync/oktasync/plugin/go/internal/playground"
)

func TestStopWhileOktaHangs(t *testing.T) {
	nothingLeft(t)
	w := playground.Start(t, 10)
	plugin := open(t)
	for _, kind := range []string{"hang", "drip"} {
		w.Post("/okta/fault", map[string]any{"path": "/users\\?", "kind": kind, "seconds": 600}, nil)
		after := w.RecordEnd()
		instance := begin(t, plugin, oktasync.Options{Config: playground.JSON(t, w.HostedConfig()), Host: hosted(t, w)})
		if _, err := instance.SyncNow(contextOf(t, time.Minute)); err != nil {
			t.Fatal(err)
		}
		// The listing of Teleport's users is what comes before the walk that hangs.
		playground.Until(t, "the walk is about to begin", func() bool { return w.Requests(after, "ListUsers") > 0 })
		stopsInTime(t, kind, instance)
		w.Post("/okta/clear_faults", nil, nil)
	}
	if len(w.Users()) != 0 || w.Leases() != 0 {
		t.Errorf("%d users, %d leases are there", len(w.Users()), w.Leases())
	}
}

func TestStopWhileTeleportHangs(t *testing.T) {
	nothingLeft(t)
	w := playground.Start(t, 40)
	plugin := open(t)
	for _, call := range []string{"Ping", "AcquireSemaphore", "ListUsers", "CreateUser"} {
		w.Post("/auth/fault", map[string]any{"call": call, "kind": "hang", "times": -1}, nil)
		instance := begin(t, plugin, oktasync.Options{Config: playground.JSON(t, w.HostedConfig()), Host: hosted(t, w)})
		if _, err := instance.SyncNow(contextOf(t, time.Minute)); err != nil {
			t.Fatal(err)
		}
		w.AwaitStruck(call)
		stopsInTime(t, call, instance)
		w.Post("/auth/clear_faults", nil, nil)
		w.Post("/auth/drop_lease", nil, nil)
	}
}

func stopsInTime(t *testing.T, what string, instance *oktasync.Instance) {
	t.Helper()
	begun := time.Now()
	if err := instance.Stop(contextOf(t, stopLimit)); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	t.Logf("%s: stopped after %v", what, time.Since(begun).Round(time.Millisecond))
	if err := instance.Close(); err != nil {
		t.Fatal(err)
	}
}
