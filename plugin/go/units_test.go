package oktasync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
)

// What needs neither plugin nor playground: the Go side alone.

func bindingFor(t *testing.T, host Host) *binding {
	t.Helper()
	if host.Log == nil {
		host.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	algorithm, err := chooseAlgorithm(host.Signer, SignAuto)
	if err != nil {
		t.Fatal(err)
	}
	b := newBinding(context.Background(), host, algorithm)
	t.Cleanup(b.release)
	return b
}

func TestCapabilitiesHaveNames(t *testing.T) {
	for set, name := range map[Capabilities]string{
		0:                               "none",
		CapApprove | CapDialSecured:     "approve|dial-secured",
		CapExplain | Capabilities(1<<9): "explain|bit9",
	} {
		if set.String() != name {
			t.Errorf("%d is called %s and not %s", set, set, name)
		}
	}
	if !(CapApprove | CapSCIM).Has(CapSCIM) || CapSCIM.Has(CapApprove|CapSCIM) {
		t.Error("Has means all of them")
	}
}

func TestErrorsAreFoundByTheirCode(t *testing.T) {
	err := fmt.Errorf("far out: %w", fault("start", FailedPrecondition, "an instance runs once"))
	if !errors.Is(err, FailedPrecondition) || errors.Is(err, Internal) {
		t.Errorf("%v is not found by its code", err)
	}
	if got := err.Error(); got != "far out: oktasync: start: an instance runs once" {
		t.Errorf("it says %q", got)
	}
	var none error = &RunError{Code: "UNAVAILABLE", Message: "m"}
	if !errors.Is(none, Unavailable) || errors.Is(none, NotFound) {
		t.Error("a run's error is found by its code as well")
	}
	if Code(99).String() != "CODE(99)" || DataLoss.String() != "DATA_LOSS" {
		t.Error("codes have gRPC's names")
	}
}

func TestVersionsAreCompared(t *testing.T) {
	for _, c := range []struct {
		have, least string
		fits        bool
	}{{"0.10.0", "0.9.9", true}, {"0.1.0", "0.1.0", true}, {"0.1.0", "0.1.1", false}, {"1.0.0-rc1", "1.0.0", true}, {"0.9.0", "1.0.0", false}, {"odd", "0.0.1", false}, {"1.0.0", "one", false}} {
		p := &Plugin{path: "p", descriptor: Descriptor{Version: c.have}}
		if err := RequireVersion(c.least)(p); (err == nil) != c.fits {
			t.Errorf("%s against %s: %v", c.have, c.least, err)
		}
	}
}

// A host that keeps its key is not made to give it: a plugin that cannot work so is refused before anything begins.
func TestAPluginThatTakesNoSecuredConnectionsIsRefused(t *testing.T) {
	secured := func(context.Context, string) (net.Conn, error) { return nil, io.EOF }
	p := &Plugin{path: "/p.so", descriptor: Descriptor{Version: "0.1.0", Capabilities: ^CapDialSecured}}
	_, err := p.Create(context.Background(), Options{Host: Host{DialSecured: secured}})
	if !errors.Is(err, Unimplemented) || !strings.Contains(err.Error(), "give Dial and Identity, or install a newer plugin") {
		t.Errorf("it says %v", err)
	}
	_, err = p.Create(context.Background(), Options{Host: Host{DialSecured: secured, Dial: secured}})
	if !errors.Is(err, InvalidArgument) {
		t.Errorf("with both ways to dial it says %v", err)
	}
}
