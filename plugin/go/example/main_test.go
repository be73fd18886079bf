package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/oktasync/oktasync/plugin/go/internal/playground"
)

const childVariable = "OKTASYNC_EXAMPLE_ARGUMENTS"

// The program under test is this test binary, which then is the example.
func TestMain(m *testing.M) {
	if arguments := os.Getenv(childVariable); arguments != "" {
		os.Args = append(os.Args[:1], strings.Split(arguments, "\n")...)
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func command(arguments ...string) *exec.Cmd {
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), childVariable+"="+strings.Join(arguments, "\n"))
	return command
}

func write(t *testing.T, config map[string]any) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "oktasync.json")
	if err := os.WriteFile(file, playground.JSON(t, config), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// The example, as a process of its own, makes the thousand people of Okta users of Teleport: asked of the
// playground's record, not of the example.
func TestTheExampleSyncsAThousandPeople(t *testing.T) {
	const people = 1000
	w := playground.Start(t, people)
	host := command("-plugin", playground.Plugin(t), "-config", write(t, w.Config()), "-listen", "127.0.0.1:0")
	errors, err := host.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := host.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = host.Process.Kill() })
	var log bytes.Buffer
	address := metricsAddress(t, io.TeeReader(errors, &log))
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		_, _ = io.Copy(&log, errors)
	}()

	// A run ends with its audit event.
	playground.Until(t, "the run ends", func() bool { return w.Requests(0, "EmitAuditEvent") > 0 })
	made := w.Written(0, "CreateUser")
	slices.Sort(made)
	if len(made) != people || !slices.Equal(made, w.Assigned()) || !slices.Equal(w.Users(), made) {
		t.Errorf("%d users were created, %d people are assigned, %d users are there", len(made), len(w.Assigned()), len(w.Users()))
	}
	var metrics string
	playground.Until(t, "the metrics say so too", func() bool {
		metrics = get(t, address)
		return strings.Contains(metrics, "oktasync_runs_total 1\n")
	})
	for _, line := range []string{"oktasync_users_created_total 1000\n", "oktasync_runs_failed_total 0\n", "oktasync_last_whole_walk_seconds "} {
		if !strings.Contains(metrics, line) {
			t.Errorf("the metrics have no %q:\n%s", line, metrics)
		}
	}

	if err := host.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-drained
	if err := host.Wait(); err != nil {
		t.Errorf("told to stop, it ends with %v:\n%s", err, &log)
	}
	if w.Leases() != 0 {
		t.Error("it has left a lease behind")
	}
	for _, line := range strings.Split(strings.TrimSpace(log.String()), "\n") {
		if !json.Valid([]byte(line)) {
			t.Errorf("a line of the log is no JSON: %s", line)
		}
	}
}

// metricsAddress reads the log until it says where the metrics are.
func metricsAddress(t *testing.T, log io.Reader) string {
	t.Helper()
	for lines := bufio.NewReader(log); ; {
		text, err := lines.ReadBytes('\n')
		var line struct {
			Metrics string `json:"metrics"`
		}
		if json.Unmarshal(text, &line) == nil && line.Metrics != "" {
			return line.Metrics
		}
		if err != nil {
			t.Fatalf("the example ended: %s", text)
		}
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	client := http.Client{Timeout: 10 * time.Second}
	answer, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("the metrics: %d %s %v", answer.StatusCode, body, err)
	}
	return string(body)
}

func TestTheExampleNamesTheProblemsOfItsConfiguration(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bad.json")
	if err := os.WriteFile(file, []byte(`{"okta": {}, "teleport": {"address": "x"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := command("-plugin", playground.Plugin(t), "-config", file).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "/okta/org_url") || !strings.Contains(string(out), "/teleport/address") {
		t.Errorf("it ends with %v:\n%s", err, out)
	}
}
