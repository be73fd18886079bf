package oktasync_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	oktasync "github.com/oktasync/oktasync/plugin/go"
	"github.com/oktasync/oktasync/plugin/go/internal/playground"
)

// lines collects what is logged, one text line each.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *lines) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func contextOf(t testing.TB, limit time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	return ctx
}

func open(t testing.TB) *oktasync.Plugin {
	t.Helper()
	plugin, err := oktasync.Open(playground.Plugin(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := plugin.Close(); err != nil {
			t.Error(err)
		}
	})
	return plugin
}

// begin makes and starts an instance that runs on request, and closes it at the test's end.
func begin(t testing.TB, plugin *oktasync.Plugin, options oktasync.Options) *oktasync.Instance {
	t.Helper()
	options.OnRequest = true
	if options.Host.Log == nil {
		options.Host.Log = new(lines).logger()
	}
	instance, err := plugin.Create(contextOf(t, time.Minute), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := instance.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := instance.Start(); err != nil {
		t.Fatal(err)
	}
	return instance
}

// sync runs one and demands that it goes well.
func syncOnce(t testing.TB, instance *oktasync.Instance) *oktasync.Report {
	t.Helper()
	report, err := instance.SyncAndWait(contextOf(t, time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if err := report.Err(); err != nil {
		t.Fatal(err)
	}
	return report
}

// failedRun runs one and demands that it fails in these words.
func failedRun(t testing.TB, instance *oktasync.Instance, words ...string) {
	t.Helper()
	report, err := instance.SyncAndWait(contextOf(t, time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	mustSay(t, report.Err(), words...)
}

func mustSay(t testing.TB, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("it did not fail; expected words: %q", words)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Fatalf("the error does not say %q: %v", word, err)
		}
	}
}

// identityOf gives the playground's identity for oktasync, as a host would.
func identityOf(w *playground.World) oktasync.Identity {
	return oktasync.Identity{
		KeyPEM: w.Read("identity_key_file"), CertPEM: w.Read("identity_cert_file"), CAPEM: w.Read("identity_ca_file"),
		Generation: 1,
	}
}

// oktaKey is the key that the playground knows under the key id of its configuration.
func oktaKey(t testing.TB, w *playground.World, file string) crypto.Signer {
	t.Helper()
	block, _ := pem.Decode(w.Read(file))
	if block == nil {
		t.Fatalf("%s is no PEM", file)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key.(crypto.Signer)
}

// descriptors are this process's open files, by the kernel: what each is.
func descriptors(t testing.TB) []string {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	var open []string
	for _, entry := range entries {
		// The directory itself is among them, and gone by now.
		if target, err := os.Readlink(filepath.Join("/proc/self/fd", entry.Name())); err == nil {
			open = append(open, entry.Name()+" "+target)
		}
	}
	return open
}

// threads are this process's, by the kernel: id to name.
func threads(t testing.TB) map[string]string {
	t.Helper()
	names := map[string]string{}
	entries, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		name, err := os.ReadFile(filepath.Join("/proc/self/task", entry.Name(), "comm"))
		if err == nil { // it may have ended meanwhile
			names[entry.Name()] = strings.TrimSpace(string(name))
		}
	}
	return names
}

func statusKiB(t testing.TB, key string) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		var value int
		if n, _ := fmt.Sscanf(line, key+": %d kB", &value); n == 1 {
			return value
		}
	}
	t.Fatalf("/proc/self/status has no %s", key)
	return 0
}

var warmOnce sync.Once

// warm runs a first sync in this process, for what libraries make once and keep: gRPC's threads and the
// descriptors that they wait on.
func warm(t *testing.T) {
	warmOnce.Do(func() {
		t.Run("warm", func(t *testing.T) {
			w := playground.Start(t, 1)
			syncOnce(t, begin(t, open(t), oktasync.Options{Config: playground.JSON(t, w.Config())}))
		})
	})
}

// nothingLeft demands at the test's end that goroutines, descriptors and handles are back to what they are
// now. Call it before anything is opened: what is registered first is looked at last.
func nothingLeft(t *testing.T) {
	t.Helper()
	warm(t)
	goroutines, fds, handles := runtime.NumGoroutine(), descriptors(t), oktasync.Handles()
	t.Cleanup(func() {
		if t.Failed() {
			return
		}
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			runtime.GC() // the net package's pool of pipes for splice(2) lives until a collection or two
			g, f, h := runtime.NumGoroutine(), descriptors(t), oktasync.Handles()
			if g <= goroutines && len(f) <= len(fds) && h == handles && oktasync.KeptTexts() == 0 {
				return
			}
			if time.Now().After(end) {
				stacks := make([]byte, 1<<20)
				stacks = stacks[:runtime.Stack(stacks, true)]
				t.Errorf("left behind: %d handles (%d before), %d texts of an identity, descriptors %q (before %q), %d goroutines (%d before)\n%s",
					h, handles, oktasync.KeptTexts(), f, fds, g, goroutines, stacks)
				return
			}
		}
	})
}

const childVariable = "OKTASYNC_TEST_CHILD"

// inChild runs the rest of a test in a process of its own, for what would end or bloat this one. It returns
// true in the child.
func inChild(t *testing.T) bool {
	t.Helper()
	return runChild(t, func() string { return os.Args[0] })
}

// inPlainChild is inChild without the race detector, whose memory grows with every goroutine that ever was.
func inPlainChild(t *testing.T) bool {
	t.Helper()
	return runChild(t, func() string {
		program := filepath.Join(t.TempDir(), "plain.test")
		if out, err := exec.Command("go", "test", "-c", "-o", program, ".").CombinedOutput(); err != nil {
			t.Fatalf("the tests cannot be built without -race: %v\n%s", err, out)
		}
		return program
	})
}

func runChild(t *testing.T, program func() string) bool {
	t.Helper()
	if os.Getenv(childVariable) == t.Name() {
		return true
	}
	playground.Plugin(t) // says how to run the tests
	child := exec.Command(program(), "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=5m")
	child.Env = append(os.Environ(), childVariable+"="+t.Name(), "MALLOC_ARENA_MAX=1")
	out, err := child.CombinedOutput()
	if err != nil {
		t.Fatalf("a Go host with the plugin: %v\n%s", err, out)
	}
	if !bytes.Contains(out, []byte("--- PASS: "+t.Name())) {
		t.Fatalf("the child ran no test:\n%s", out)
	}
	for _, line := range strings.Split(string(out), "\n") {
		if strings.HasPrefix(line, "    ") { // what the child measured
			t.Log(strings.TrimSpace(line))
		}
	}
	return false
}
