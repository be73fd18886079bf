package oktasync_test

import (
	"context"
	"io"
	"log/slog"
	"runtime/debug"
	"testing"
	"time"

	oktasync "github.com/oktasync/oktasync/plugin/go"
	"github.com/oktasync/oktasync/plugin/go/internal/cmemory"
	"github.com/oktasync/oktasync/plugin/go/internal/playground"
)

// Nine hundred instances that are only made, and a hundred that also run, leave nothing behind.
func TestAThousandInstancesLeaveNothingBehind(t *testing.T) {
	if !inPlainChild(t) {
		return
	}
	w := playground.Start(t, 20)
	plugin := open(t)
	config := playground.JSON(t, w.HostedConfig())
	identity := identityOf(w)
	host := hosted(t, w)
	host.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	host.Identity = func(context.Context) (oktasync.Identity, error) { return identity, nil }
	cycle := func(runs bool) {
		instance, err := plugin.Create(context.Background(), oktasync.Options{Config: config, Host: host, OnRequest: true})
		if err != nil {
			t.Fatal(err)
		}
		if runs {
			if err := instance.Start(); err != nil {
				t.Fatal(err)
			}
			syncOnce(t, instance)
			if err := instance.Stop(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		if err := instance.Close(); err != nil {
			t.Fatal(err)
		}
	}
	hundred := func() {
		for i := range 100 {
			cycle(i%10 == 0)
		}
	}
	type size struct{ resident, allocated, threads, fds int }
	measure := func() size {
		debug.FreeOSMemory()
		return size{statusKiB(t, "RssAnon"), int(cmemory.InUse() >> 10), len(threads(t)), len(descriptors(t))}
	}
	for range 4 { // until the allocators have what they keep
		hundred()
	}
	before := measure()
	for range 10 {
		hundred()
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		after := measure()
		// A quarter of a KiB an instance would be too much of what C++ allocates. The resident size breathes, and Go
		// makes threads of its own when the machine is busy; a hundred runs that left one each would show.
		if after.allocated <= before.allocated+256 && after.resident <= before.resident+4096 &&
			after.threads <= before.threads+16 && after.fds <= before.fds && oktasync.Handles() == 0 && oktasync.KeptTexts() == 0 {
			t.Logf("KiB, KiB, threads, descriptors: %v before, %v after", before, after)
			return
		}
		if time.Now().After(end) {
			t.Fatalf("KiB resident, KiB allocated in C, threads, descriptors: %v before, %v after; %d handles, %d texts",
				before, after, oktasync.Handles(), oktasync.KeptTexts())
		}
	}
}
