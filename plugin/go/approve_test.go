package oktasync_test

import (
	"errors"
	"testing"
	"time"

	oktasync "github.com/oktasync/oktasync/plugin/go"
	"github.com/oktasync/oktasync/plugin/go/internal/playground"
)

// A mass unassignment is held; approved by the digest that the report shows, it is carried out, once.
func TestAHeldSetIsApprovedAndAPersonExplained(t *testing.T) {
	w := playground.Start(t, 40)
	instance := begin(t, open(t), oktasync.Options{Config: playground.JSON(t, w.Config())})
	syncOnce(t, instance)
	w.Post("/okta/unassign", map[string]any{"count": 15}, nil)
	held := syncOnce(t, instance)
	if len(held.Held) != 1 || held.Held[0].Kind != "removals" || len(held.Held[0].People) != 15 {
		t.Fatalf("held: %+v", held.Held)
	}
	digest := held.Held[0].Digest
	status, err := instance.Status()
	if err != nil || len(status.Held) != 1 || status.Held[0].Digest != digest || status.Held[0].People != 15 {
		t.Errorf("status: %+v, %v", status, err)
	}

	leaver := held.Held[0].People[0]
	explained, err := instance.Explain(leaver.Name)
	if err != nil {
		t.Fatal(err)
	}
	if explained.Okta.ID != leaver.OktaID || explained.Decision != "remove" || explained.Rule == "" || len(explained.Sentences) == 0 {
		t.Errorf("explained: %s", explained.Raw)
	}
	if _, err := instance.Explain("nobody@example.com"); !errors.Is(err, oktasync.NotFound) {
		t.Errorf("nobody is explained: %v", err)
	}

	ctx := contextOf(t, time.Minute)
	if _, err := instance.Approve(ctx, "0123456789abcdef", nil); !errors.Is(err, oktasync.NotFound) {
		t.Errorf("a digest that nobody has shown: %v", err)
	}
	run, err := instance.Approve(ctx, digest, nil)
	if err != nil {
		t.Fatal(err)
	}
	done, err := instance.Wait(ctx, run)
	if err != nil || done.Err() != nil {
		t.Fatal(err, done.Err())
	}
	if len(done.Held) != 0 || len(done.ApprovalsUsed) != 1 || done.ApprovalsUsed[0] != digest {
		t.Errorf("after the approval: %+v", done)
	}
	if deleted := w.Written(0, "DeleteUser"); len(deleted) != 15 {
		t.Errorf("%d people were deleted, 15 were approved", len(deleted))
	}
	if _, err := instance.Approve(ctx, digest, held.Raw); !errors.Is(err, oktasync.FailedPrecondition) {
		t.Errorf("approved twice: %v", err)
	}
}
