package oktasync_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	oktasync "github.com/oktasync/oktasync/plugin/go"
	"github.com/oktasync/oktasync/plugin/go/internal/playground"
)

// The library stays mapped, and opening it again gives the same copy, which works.
func TestOpenCloseOpen(t *testing.T) {
	nothingLeft(t)
	w := playground.Start(t, 10)
	for round := 0; round < 3; round++ {
		plugin, err := oktasync.Open(playground.Plugin(t))
		if err != nil {
			t.Fatal(err)
		}
		instance, err := plugin.Create(contextOf(t, time.Minute), oktasync.Options{Config: playground.JSON(t, w.Config()), Host: oktasync.Host{Log: new(lines).logger()}, OnRequest: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := instance.Start(); err != nil {
			t.Fatal(err)
		}
		syncOnce(t, instance)
		if err := instance.Close(); err != nil {
			t.Fatal(err)
		}
		if err := plugin.Close(); err != nil {
			t.Fatal(err)
		}
		if err := plugin.Close(); err != nil {
			t.Errorf("closing twice: %v", err)
		}
	}
	if copies := mapped(t, filepath.Base(playground.Plugin(t))); copies != 1 {
		t.Errorf("%d copies of the library are mapped", copies)
	}
	if made := w.Written(0, "CreateUser"); len(made) != 10 {
		t.Errorf("%d users were created", len(made))
	}
}

// mapped counts the files whose name ends so and whose code is mapped.
func mapped(t testing.TB, suffix string) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]bool{}
	for _, line := range strings.Split(string(text), "\n") {
		if fields := strings.Fields(line); len(fields) == 6 && strings.HasSuffix(fields[5], suffix) {
			files[fields[5]] = true
		}
	}
	return len(files)
}

// An old and a new version can live in one process: here two copies, each with its own globals, which run side
// by side.
func TestTwoCopiesOfThePluginSideBySide(t *testing.T) {
	if !inChild(t) {
		return
	}
	first := playground.Plugin(t)
	second := filepath.Join(t.TempDir(), "another_plugin.so")
	library, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(second, library, 0o700); err != nil {
		t.Fatal(err)
	}
	var both sync.WaitGroup
	for i, path := range []string{first, second} {
		people := 100 + 100*i
		w := playground.Start(t, people) // one runner per app, so each has its own
		plugin, err := oktasync.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		instance := begin(t, plugin, oktasync.Options{Config: playground.JSON(t, w.HostedConfig()), Host: hosted(t, w)})
		both.Add(1)
		go func() {
			defer both.Done()
			for range 3 {
				report, err := instance.SyncAndWait(contextOf(t, time.Minute))
				if err == nil {
					err = report.Err()
				}
				if err != nil {
					t.Errorf("%s: %v", path, err)
				}
			}
			if made := w.Written(0, "CreateUser"); len(made) != people {
				t.Errorf("%s made %d users of %d", path, len(made), people)
			}
		}()
	}
	both.Wait()
	if copies := mapped(t, "_plugin.so"); copies != 2 {
		t.Errorf("%d copies are mapped", copies)
	}
}
