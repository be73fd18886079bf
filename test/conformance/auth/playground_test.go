package auth

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gravitational/teleport/api/breaker"
	"github.com/gravitational/teleport/api/client"
	"github.com/gravitational/teleport/api/types"
	"github.com/gravitational/trace"

	"oktasync/test/conformance/internal/tree"
)

// playground is a running oktasync-playground with nobody in its Okta app.
type playground struct {
	dir, address, control string
}

func startPlayground(t *testing.T, args ...string) *playground {
	t.Helper()
	program, err := tree.Program("oktasync-playground")
	if err != nil {
		t.Fatal(err)
	}
	p := &playground{dir: t.TempDir()}
	process := exec.Command(program, append([]string{"serve", "--users", "0", "--dir", p.dir}, args...)...)
	process.Stderr = os.Stderr
	// Should this process be killed, the playground goes with it.
	process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	started, ended := make(chan error, 1), make(chan struct{})
	go func() {
		// The kernel sends that signal when the thread that started the program ends, so this one stays.
		runtime.LockOSThread()
		defer close(ended)
		err := process.Start()
		started <- err
		if err == nil {
			process.Process.Wait()
		}
	}()
	if err := <-started; err != nil {
		t.Fatalf("the playground does not start: %v", err)
	}
	t.Cleanup(func() {
		process.Process.Kill()
		<-ended
		out.Close()
	})

	ready := make(chan bool, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if lines.Text() == "ready" {
				ready <- true
				io.Copy(io.Discard, out)
				return
			}
		}
		ready <- false
	}()
	select {
	case is := <-ready:
		if !is {
			t.Fatal("the playground ended before it was ready; its standard error says why")
		}
	case <-time.After(time.Minute):
		t.Fatal("the playground is not ready after a minute")
	}
	text, err := os.ReadFile(filepath.Join(p.dir, "playground.json"))
	if err != nil {
		t.Fatal(err)
	}
	var info struct {
		AuthAddress string `json:"auth_address"`
		ControlURL  string `json:"control_url"`
	}
	if err := json.Unmarshal(text, &info); err != nil {
		t.Fatalf("playground.json: %v", err)
	}
	p.address, p.control = info.AuthAddress, info.ControlURL
	return p
}

// do runs a command of the control port's auth side; test/playground/auth/auth_service.h lists them.
func (p *playground) do(t *testing.T, command string, args map[string]any) map[string]any {
	t.Helper()
	body, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Post(p.control+"/auth/"+command, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatalf("the playground's control port: %v", err)
	}
	defer answer.Body.Close()
	var out map[string]any
	if err := json.NewDecoder(answer.Body).Decode(&out); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("control command %s: status %d, %v %v", command, answer.StatusCode, out, err)
	}
	return out
}

// as connects Teleport's client with an identity that the playground wrote: "identity" has the role Okta.
func (p *playground) as(t *testing.T, identity string) *client.Client {
	t.Helper()
	file := func(name string) string { return filepath.Join(p.dir, name) }
	return p.connect(t, client.LoadKeyPair(file(identity+".crt"), file(identity+".key"), file("host-ca.pem")), nil)
}

// connect lets change be nil. The connection is made when the first call needs it.
func (p *playground) connect(t *testing.T, credentials client.Credentials, change func(*client.Config)) *client.Client {
	t.Helper()
	config := client.Config{
		Addrs:            []string{p.address},
		Credentials:      []client.Credentials{credentials},
		DialInBackground: true,
		// Calls that are meant to fail must not make the client stop calling.
		CircuitBreakerConfig: breaker.NoopBreakerConfig(),
	}
	if change != nil {
		change(&config)
	}
	c, err := client.New(context.Background(), config)
	if err != nil {
		t.Fatalf("Teleport's client: %v", err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// trusting is a TLS setup that trusts the playground's host CA and shows these certificates.
func (p *playground) trusting(t *testing.T, certificates ...tls.Certificate) *tls.Config {
	t.Helper()
	pem, err := os.ReadFile(filepath.Join(p.dir, "host-ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		t.Fatal("the playground's host-ca.pem holds no certificate")
	}
	return &tls.Config{RootCAs: roots, Certificates: certificates}
}

// callerName is the common name of an identity's certificate, "<host id>.<cluster>": so the server calls its caller.
func (p *playground) callerName(t *testing.T, identity string) string {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(filepath.Join(p.dir, identity+".crt"), filepath.Join(p.dir, identity+".key"))
	if err != nil {
		t.Fatal(err)
	}
	return pair.Leaf.Subject.CommonName
}

// hostID is the host of the identity with the role Okta.
func (p *playground) hostID(t *testing.T) string {
	t.Helper()
	id, _, _ := strings.Cut(p.callerName(t, "identity"), ".")
	return id
}

// soon is a context for one call.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// kind is one of Teleport's classes of errors, as its clients tell them apart.
type kind struct {
	name string
	is   func(error) bool
}

var (
	notFound       = kind{"NotFound", trace.IsNotFound}
	alreadyExists  = kind{"AlreadyExists", trace.IsAlreadyExists}
	badParameter   = kind{"BadParameter", trace.IsBadParameter}
	accessDenied   = kind{"AccessDenied", trace.IsAccessDenied}
	compareFailed  = kind{"CompareFailed", trace.IsCompareFailed}
	limitExceeded  = kind{"LimitExceeded", trace.IsLimitExceeded}
	notImplemented = kind{"NotImplemented", trace.IsNotImplemented}
	noConnection   = kind{"ConnectionProblem", trace.IsConnectionProblem}
)

// refused asserts that a call failed with this class of error and this text; a text with … in it stands for
// everything between its two halves.
func refused(t *testing.T, what string, err error, class kind, text string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: accepted, expected %s %q", what, class.name, text)
		return
	}
	got := trace.UserMessage(err)
	head, tail, parts := strings.Cut(text, "…")
	matches := got == text || parts && strings.HasPrefix(got, head) && strings.HasSuffix(got, tail)
	if !class.is(err) || !matches {
		t.Errorf("%s: answered %q (%T), expected %s %q", what, got, trace.Unwrap(err), class.name, text)
	}
}

func done(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %s", what, trace.UserMessage(err))
	}
}

func same(t *testing.T, what string, got, expected any) {
	t.Helper()
	if !reflect.DeepEqual(got, expected) {
		t.Errorf("%s: %v, expected %v", what, got, expected)
	}
}

// near asserts that a time is now, by the machine's clock that both programs read.
func near(t *testing.T, what string, got time.Time, offset time.Duration) {
	t.Helper()
	if distance := time.Since(got.Add(-offset)).Abs(); distance > time.Minute {
		t.Errorf("%s: %v, which is %v away from the server's clock", what, got, distance)
	}
}

// complete asserts that Teleport's own defaults would change nothing in a resource that came from the server: the
// real one sets them on whatever it stores and reads.
func complete[T interface {
	comparable
	types.Resource
	CheckAndSetDefaults() error
}](t *testing.T, resource T, copied T) {
	t.Helper()
	if err := copied.CheckAndSetDefaults(); err != nil {
		t.Errorf("Teleport refuses what the server answered: %v", err)
	}
	if !reflect.DeepEqual(resource, copied) {
		t.Errorf("Teleport would have filled in more than the server answered for %s %s: %+v becomes %+v",
			resource.GetKind(), resource.GetName(), resource.GetMetadata(), copied.GetMetadata())
	}
	if resource.GetRevision() == "" {
		t.Errorf("%s %s has no revision", resource.GetKind(), resource.GetName())
	}
}

func text(format string, args ...any) string { return fmt.Sprintf(format, args...) }
