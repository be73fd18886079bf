package oktasync_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	oktasync "github.com/oktasync/oktasync/plugin/go"
	"github.com/oktasync/oktasync/plugin/go/internal/playground"
)

func TestDescribeSaysWhatThePluginIs(t *testing.T) {
	described, err := oktasync.Describe(playground.Plugin(t))
	if err != nil {
		t.Fatal(err)
	}
	if described.Name != "oktasync" || described.Version == "" || described.ABIMajor != oktasync.ABIMajor {
		t.Errorf("described as %+v", described)
	}
	if plugin := open(t); plugin.Descriptor() != described {
		t.Errorf("opened it says %+v, described %+v", plugin.Descriptor(), described)
	}
}

func TestWhatIsNoPluginIsRefusedInWords(t *testing.T) {
	path := playground.Plugin(t)
	text := filepath.Join(t.TempDir(), "text.so")
	if err := os.WriteFile(text, bytes.Repeat([]byte("not a library "), 100), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, words := range map[string]string{
		filepath.Join(t.TempDir(), "absent.so"): "No such file",
		text:                                    "invalid ELF header",
		"libc.so.6":                             "cannot be used", // a bare name is a file here, not one of the system's libraries
	} {
		_, err := oktasync.Open(file)
		mustSay(t, err, words, file)
		if !errors.Is(err, oktasync.FailedPrecondition) {
			t.Errorf("%s: %v", file, err)
		}
	}
	_, err := oktasync.Open(path, oktasync.RequireVersion("999.0.0"))
	mustSay(t, err, "this program needs 999.0.0 or newer")
	_, err = oktasync.Open(path, oktasync.RequireCapabilities(1<<40))
	mustSay(t, err, "cannot do what this program needs", "bit40")
	plugin, err := oktasync.Open(path, oktasync.RequireVersion("0.0.1"), oktasync.RequireCapabilities(0))
	if err != nil {
		t.Fatal(err)
	}
	if err := plugin.Close(); err != nil {
		t.Error(err)
	}
	if _, err := plugin.ValidateConfig(nil); !errors.Is(err, oktasync.ErrClosed) {
		t.Errorf("closed, it says %v", err)
	}
}

func TestCreateNamesTheEntryToBlame(t *testing.T) {
	nothingLeft(t)
	w := playground.Start(t, 0)
	plugin := open(t)
	_, err := plugin.Create(context.Background(), oktasync.Options{Config: []byte(`{"okta": 1}`)})
	mustSay(t, err, "/okta")
	var failure *oktasync.Error
	if !errors.As(err, &failure) || !failure.Config || failure.Retryable || failure.Code != oktasync.InvalidArgument {
		t.Errorf("it is %+v", failure)
	}
	_, err = plugin.Create(context.Background(), oktasync.Options{Config: playground.JSON(t, w.HostedConfig())})
	mustSay(t, err, "private_key_file")
	if !errors.Is(err, oktasync.FailedPrecondition) {
		t.Errorf("it is %v", err)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err = plugin.Create(ended, oktasync.Options{Config: playground.JSON(t, w.Config())}); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
}

// Every call, on one instance whose host does everything itself.
func TestEveryCallAgainstThePlayground(t *testing.T) {
	nothingLeft(t)
	const people = 120
	w := playground.Start(t, people)
	plugin := open(t)
	var identities, dials atomic.Int64
	var mu sync.Mutex
	var audited []string
	events := func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(audited)
	}
	var dialer net.Dialer
	log := new(lines)
	instance, err := plugin.Create(contextOf(t, time.Minute), oktasync.Options{
		Config:    playground.JSON(t, w.HostedConfig()),
		OnRequest: true,
		Host: oktasync.Host{
			Log: log.logger(),
			Identity: func(context.Context) (oktasync.Identity, error) {
				identity := identityOf(w)
				identity.Generation = uint64(identities.Add(1))
				return identity, nil
			},
			Dial: func(ctx context.Context, address string) (net.Conn, error) {
				dials.Add(1)
				return dialer.DialContext(ctx, "tcp", address)
			},
			Signer: oktaKey(t, w, "private_key_file"),
			AuditEvent: func(_ context.Context, kind string, event json.RawMessage) error {
				var document struct {
					Code string `json:"code"`
				}
				if err := json.Unmarshal(event, &document); err != nil {
					return err
				}
				mu.Lock()
				defer mu.Unlock()
				audited = append(audited, kind+" "+document.Code)
				return nil
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer instance.Close()

	stateIs := func(wanted oktasync.State) *oktasync.Status {
		t.Helper()
		status, err := instance.Status()
		if err != nil {
			t.Fatal(err)
		}
		if status.State != wanted || !json.Valid(status.Raw) {
			t.Errorf("the state is %s and not %s: %s", status.State, wanted, status.Raw)
		}
		return status
	}
	ctx := contextOf(t, time.Minute)
	stateIs(oktasync.StateCreated)
	if _, err := instance.SyncNow(ctx); !errors.Is(err, oktasync.FailedPrecondition) {
		t.Errorf("before start, sync says %v", err)
	}
	if dials.Load() != 0 {
		t.Error("create connects to nothing")
	}
	if err := plugin.Close(); !errors.Is(err, oktasync.FailedPrecondition) {
		t.Errorf("the plugin closes under an instance: %v", err)
	}
	if err := instance.Start(); err != nil {
		t.Fatal(err)
	}
	if err := instance.Start(); !errors.Is(err, oktasync.FailedPrecondition) {
		t.Errorf("it starts twice: %v", err)
	}
	stateIs(oktasync.StateRunning)

	plan, err := instance.PlanAndWait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	writes, err := plan.Writes()
	if err != nil || plan.Err() != nil || plan.Kind != oktasync.KindPlan || len(writes) != people || writes[0].Call != "create user" {
		t.Errorf("the plan: %v %v %s", err, plan.Err(), plan.Raw)
	}
	if len(w.Users()) != 0 || len(events()) != 0 {
		t.Error("a plan writes nothing")
	}

	report := syncOnce(t, instance)
	if report.Kind != oktasync.KindSync || report.RunID == plan.RunID || report.Counts["created"] != people || report.Ended.Before(report.Started) {
		t.Errorf("the report: %s", report.Raw)
	}
	if !slices.Equal(w.Users(), w.Assigned()) || len(w.Users()) != people {
		t.Errorf("the people in Teleport are %q, and Okta assigns %q", w.Users(), w.Assigned())
	}
	again := syncOnce(t, instance)
	if again.Counts["unchanged"] != people || again.Counts["created"] != 0 {
		t.Errorf("the second run: %s", again.Raw)
	}

	piecemeal, err := io.ReadAll(io.LimitReader(instance.ReportReader(ctx, report.RunID), 1<<30))
	if err != nil || string(piecemeal) != string(report.Raw) {
		t.Errorf("read again it is another document: %v", err)
	}
	if _, err := instance.Report(ctx, 999_999); !errors.Is(err, oktasync.NotFound) {
		t.Errorf("a run that never was: %v", err)
	}

	before, dialled := identities.Load(), dials.Load()
	if err := instance.IdentityChanged(); err != nil {
		t.Fatal(err)
	}
	syncOnce(t, instance)
	if identities.Load() == before || dials.Load() == dialled {
		t.Error("the new identity is not asked for")
	}

	status := stateIs(oktasync.StateRunning)
	if status.Runs != 3 || status.LastRun == nil || !status.LastRun.OK || status.LastWholeWalk.IsZero() || !status.NextRun.IsZero() {
		t.Errorf("the status: %s", status.Raw)
	}
	// An event is told once the report can be read, so the last one may be on its way.
	playground.Until(t, "each sync is an event", func() bool { return len(events()) == 3 })
	if told := events(); !slices.Equal(told, slices.Repeat([]string{"okta.user.sync TOK007I"}, 3)) {
		t.Errorf("audited: %q", told)
	}
	if text := log.String(); !strings.Contains(text, "target=") || strings.Contains(text, "PRIVATE KEY") {
		t.Errorf("the log: %s", text)
	}

	if err := instance.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	if err := instance.Stop(ctx); err != nil {
		t.Errorf("stop is idempotent, and says %v", err)
	}
	stateIs(oktasync.StateStopped)
	if _, err := instance.Plan(ctx); !errors.Is(err, oktasync.FailedPrecondition) {
		t.Errorf("stopped, plan says %v", err)
	}
	if err := instance.IdentityChanged(); !errors.Is(err, oktasync.FailedPrecondition) {
		t.Errorf("stopped, identity changed says %v", err)
	}
	if kept, err := instance.Report(ctx, report.RunID); err != nil || kept.Counts["created"] != people {
		t.Errorf("reports outlive stop: %v", err)
	}
	if err := instance.Close(); err != nil {
		t.Fatal(err)
	}
	if err := instance.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	if _, err := instance.Status(); !errors.Is(err, oktasync.ErrClosed) {
		t.Errorf("closed, it says %v", err)
	}
	if err := instance.Start(); !errors.Is(err, oktasync.ErrClosed) {
		t.Errorf("closed, it starts: %v", err)
	}
}
