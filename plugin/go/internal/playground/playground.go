// Package playground starts the oktasync-playground (an Okta org and a Teleport auth service in a process of
// their own) for tests, and plays its control port.
//
// Tests ask the playground's record what the product really did, and never the product itself.
package playground

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	buildVariable = "OKTASYNC_BUILD"
	startTime     = time.Minute
	patience      = time.Minute
)

// Program is the path of a file in the build's bin folder. It fails the test when there is none.
func Program(t testing.TB, name string) string {
	t.Helper()
	path, err := Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Plugin is the path of the plugin that was built.
func Plugin(t testing.TB) string {
	t.Helper()
	return Program(t, "oktasync_plugin.so")
}

// Find is Program for an example, which has no test to fail.
func Find(name string) (string, error) {
	build := os.Getenv(buildVariable)
	if build == "" {
		return "", fmt.Errorf("this needs the plugin and the playground: run `./dev conformance` in the repository's "+
			"root, which builds them, or set %s to a folder of a build (its bin folder has %s)", buildVariable, name)
	}
	path := filepath.Join(build, "bin", name)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%s is set, but the build is not whole: %w; run `./dev conformance`", buildVariable, err)
	}
	return path, nil
}

// World is a running playground.
type World struct {
	t       testing.TB
	info    map[string]any
	control string
	client  http.Client
	kill    func()
}

// Start serves so many people until the test ends; more arguments go to `oktasync-playground serve`.
func Start(t testing.TB, people int, more ...string) *World {
	t.Helper()
	program := Program(t, "oktasync-playground")
	arguments := append([]string{"serve", "--users", strconv.Itoa(people), "--seed", "7", "--dir", t.TempDir()}, more...)
	command := exec.Command(program, arguments...)
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	command.Stdout, command.Stderr = in, os.Stderr
	// The kernel ends the child together with the thread that started it, so that thread must stay.
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started, ended := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer close(ended)
		err := command.Start()
		in.Close()
		started <- err
		if err == nil {
			_ = command.Wait()
		}
	}()
	if err := <-started; err != nil {
		t.Fatalf("the playground does not start: %v", err)
	}
	var once sync.Once
	w := &World{t: t, kill: func() {
		once.Do(func() {
			_ = command.Process.Kill()
			<-ended
		})
	}}
	t.Cleanup(w.kill)
	w.client.Transport = &http.Transport{DisableKeepAlives: true} // tests count descriptors and goroutines
	w.client.Timeout = 2 * time.Minute
	w.awaitReady(out)
	w.Get("/info", &w.info)
	return w
}

func (w *World) awaitReady(out *os.File) {
	w.t.Helper()
	_ = out.SetReadDeadline(time.Now().Add(startTime))
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if url, found := strings.CutPrefix(lines.Text(), "control_url: "); found {
			w.control = url
		}
		if lines.Text() == "ready" {
			if w.control == "" {
				w.t.Fatal("the playground did not print its control_url")
			}
			return
		}
	}
	w.t.Fatal("the playground ended, or was not ready within a minute")
}

// Info is a text of what the playground said of itself at its start: "auth_address", "app_id", …
func (w *World) Info(key string) string {
	w.t.Helper()
	text, ok := w.info[key].(string)
	if !ok {
		w.t.Fatalf("the playground says no %s", key)
	}
	return text
}

// Get asks the control port.
func (w *World) Get(path string, into any) {
	w.t.Helper()
	answer, err := w.client.Get(w.control + path)
	w.take(path, answer, err, into)
}

// Post is a control command, such as Post("/okta/hire", map[string]any{"count": 3}, nil).
func (w *World) Post(path string, arguments map[string]any, into any) {
	w.t.Helper()
	if arguments == nil {
		arguments = map[string]any{}
	}
	body, err := json.Marshal(arguments)
	if err != nil {
		w.t.Fatal(err)
	}
	answer, err := w.client.Post(w.control+path, "application/json", bytes.NewReader(body))
	w.take(path, answer, err, into)
}

func (w *World) take(path string, answer *http.Response, err error, into any) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("the playground does not answer %s: %v", path, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		w.t.Fatalf("the playground refuses %s: %d %s %v", path, answer.StatusCode, body, err)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(body, into); err != nil {
		w.t.Fatalf("the playground's answer to %s: %v", path, err)
	}
}

// Config is a configuration that names every file: key, identity, CA. Change it as you like.
func (w *World) Config() map[string]any {
	return map[string]any{
		"okta": map[string]any{
			"org_url": w.Info("okta_url"), "app_id": w.Info("app_id"), "client_id": w.Info("client_id"),
			"key_id": w.Info("key_id"), "private_key_file": w.Info("private_key_file"), "ca_file": w.Info("okta_ca_file"),
		},
		"teleport": map[string]any{
			"address": w.Info("auth_address"),
			"identity": map[string]any{
				"key_file": w.Info("identity_key_file"), "cert_file": w.Info("identity_cert_file"), "ca_file": w.Info("identity_ca_file"),
			},
		},
		"users": map[string]any{
			"default_role": "okta-requester", "connector": map[string]any{"type": "saml", "name": "okta"},
		},
	}
}

// HostedConfig is one for a host that signs and has an identity: it names neither.
func (w *World) HostedConfig() map[string]any {
	config := w.Config()
	delete(config["okta"].(map[string]any), "private_key_file")
	delete(config["teleport"].(map[string]any), "identity")
	return config
}

// JSON is `config` as bytes.
func JSON(t testing.TB, config map[string]any) []byte {
	t.Helper()
	text, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Read is the content of a file that Info names.
func (w *World) Read(key string) []byte {
	w.t.Helper()
	text, err := os.ReadFile(w.Info(key))
	if err != nil {
		w.t.Fatal(err)
	}
	return text
}

// Until waits until `holds`, and fails the test when that never happens.
func Until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("this never happened: %s", what)
		}
	}
}
