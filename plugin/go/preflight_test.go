package oktasync_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	oktasync "github.com/oktasync/oktasync/plugin/go"
	"github.com/oktasync/oktasync/plugin/go/internal/playground"
)

func TestAPreflightTellsWhatIsWrongAndWritesNothing(t *testing.T) {
	w := playground.Start(t, 10)
	w.Post("/auth/put_saml_connector", map[string]any{"name": "okta"}, nil)
	plugin := open(t)
	options := oktasync.Options{Config: playground.JSON(t, w.Config())}
	ctx := contextOf(t, time.Minute)
	good, err := plugin.Preflight(ctx, options)
	if err != nil {
		t.Fatal(err)
	}
	if good.Failed != 0 || good.Passed+good.NotKnown != len(good.Checks) || good.Check("okta.token") == nil ||
		good.Check("okta.token").Outcome != oktasync.CheckPassed {
		t.Errorf("all is well: %s", good.Raw)
	}
	if good.Check("no.such") != nil {
		t.Error("a check that nobody makes")
	}

	w.Post("/auth/delete_role", map[string]any{"name": "okta-requester"}, nil)
	bad, err := plugin.Preflight(ctx, options)
	if err != nil {
		t.Fatal(err)
	}
	role := bad.Check("teleport.default_role")
	if bad.Failed != 1 || role == nil || role.Outcome != oktasync.CheckFailed || role.Todo == "" ||
		!strings.Contains(role.Seen, "okta-requester") {
		t.Errorf("the role is missing: %s", bad.Raw)
	}
	for _, call := range []string{"CreateUser", "UpsertLock", "DeleteUser"} {
		if written := w.Written(0, call); len(written) != 0 {
			t.Errorf("%s: %v", call, written)
		}
	}

	var failure *oktasync.Error
	if _, err := plugin.Preflight(ctx, oktasync.Options{Config: []byte("{}")}); !errors.As(err, &failure) || !failure.Config {
		t.Errorf("a configuration without anything: %v", err)
	}
}

func TestTheContextEndsAPreflight(t *testing.T) {
	w := playground.Start(t, 1)
	w.Post("/okta/fault", map[string]any{"path": "okta-organization", "kind": "hang", "seconds": 30}, nil)
	ctx, cancel := context.WithCancelCause(context.Background())
	why := errors.New("no longer wanted")
	time.AfterFunc(200*time.Millisecond, func() { cancel(why) })
	begun := time.Now()
	_, err := open(t).Preflight(ctx, oktasync.Options{Config: playground.JSON(t, w.Config())})
	if !errors.Is(err, why) || time.Since(begun) > 10*time.Second {
		t.Errorf("after %v: %v", time.Since(begun), err)
	}
	if _, err := open(t).Preflight(ctx, oktasync.Options{}); !errors.Is(err, why) {
		t.Errorf("with a context that has ended: %v", err)
	}
}

func TestThePublicKeysAreGiven(t *testing.T) {
	w := playground.Start(t, 1)
	plugin := open(t)
	text, err := plugin.JWKS(playground.JSON(t, w.Config()))
	if err != nil {
		t.Fatal(err)
	}
	var set struct {
		Keys []map[string]string `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil || len(set.Keys) != 1 {
		t.Fatalf("%s: %v", text, err)
	}
	if set.Keys[0]["kid"] == "" || set.Keys[0]["kty"] == "" || set.Keys[0]["d"] != "" {
		t.Errorf("the key: %v", set.Keys[0])
	}
	var failure *oktasync.Error
	if _, err := plugin.JWKS([]byte("{")); !errors.As(err, &failure) || !failure.Config {
		t.Errorf("no configuration: %v", err)
	}
}
