package oktasync_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"

	oktasync "github.com/oktasync/oktasync/plugin/go"
	"github.com/oktasync/oktasync/plugin/go/internal/playground"
)

// One sync and its counts, in a host that hands over its own identity and keeps the audit events in its own log.
func Example() {
	ctx := context.Background()
	plugin, err := oktasync.Open("/usr/lib/oktasync/oktasync_plugin.so", oktasync.RequireVersion("0.1.0"))
	if err != nil {
		slog.Error("no plugin", "error", err)
		return
	}
	defer plugin.Close()

	config, err := os.ReadFile("/etc/oktasync/oktasync.json")
	if err != nil {
		slog.Error("no configuration", "error", err)
		return
	}
	instance, err := plugin.Create(ctx, oktasync.Options{
		Config:    config,
		OnRequest: true,
		Host: oktasync.Host{
			Identity: func(context.Context) (oktasync.Identity, error) {
				// An auth server has these in its own store; ask it, and give another number when they change.
				return oktasync.Identity{ /* KeyPEM, CertPEM, CAPEM, */ Generation: 1}, nil
			},
			AuditEvent: func(_ context.Context, kind string, event json.RawMessage) error {
				slog.Info("audit", "type", kind, "event", string(event))
				return nil
			},
		},
	})
	if err != nil {
		slog.Error("no instance", "error", err) // names the entry of the configuration, or the file, to blame
		return
	}
	defer instance.Close()
	if err := instance.Start(); err != nil {
		slog.Error("not started", "error", err)
		return
	}
	report, err := instance.SyncAndWait(ctx)
	if err == nil {
		err = report.Err()
	}
	if err != nil {
		slog.Error("the sync failed", "error", err)
		return
	}
	fmt.Println(report.Counts["seen"], "people,", report.Counts["created"], "new")
}

// What is wrong with a configuration is said all at once, each with its place: before anything is connected
// to, and fit for an editor or a form.
func ExamplePlugin_ValidateConfig() {
	path, err := playground.Find("oktasync_plugin.so") // in production: /usr/lib/oktasync/oktasync_plugin.so
	if err != nil {
		fmt.Println(err)
		return
	}
	plugin, err := oktasync.Open(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer plugin.Close()

	problems, err := plugin.ValidateConfig([]byte(`{
		"okta": {
			"org_url": "http://example.okta.com",
			"app_id": "0oa1abcdefGHIJKLMN0h7",
			"client_id": "0oa2abcdefGHIJKLMN0h7",
			"key": "my-key-1"
		},
		"teleport": {"address": "auth.example.com"},
		"sync": {"interval": "10s"}
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, problem := range problems {
		fmt.Println(problem)
	}
	// Output:
	// /okta/org_url: http is refused, for localhost too, because the access token would travel in the clear; use https
	// /okta/key: is not a key that is known here
	// /teleport/address: expected host:port; the auth server listens on 3025, a proxy on 443 or 3080
	// /sync/interval: is 10s, expected a duration from 1m to 24h
}

func ExampleCapabilities() {
	set := oktasync.CapApprove | oktasync.CapMetrics
	fmt.Println(set, set.Has(oktasync.CapMetrics), set.Has(oktasync.CapSCIM))
	// Output: approve|metrics true false
}
