package auth

import (
	"testing"
	"time"

	"github.com/gravitational/teleport/api/types/events"
)

func userSync() *events.OktaUserSync {
	return &events.OktaUserSync{
		Metadata:         events.Metadata{Type: "okta.user.sync", Code: "TOK007I"},
		Status:           events.Status{Success: true},
		OrgUrl:           "https://example.okta.com",
		AppId:            "0oa1",
		NumUsersCreated:  1,
		NumUsersDeleted:  2,
		NumUsersModified: 3,
		NumUsersTotal:    4,
	}
}

func (p *playground) audit(t *testing.T) (out []map[string]any) {
	t.Helper()
	for _, event := range p.do(t, "audit", nil)["audit"].([]any) {
		out = append(out, event.(map[string]any))
	}
	return out
}

func TestAUserSyncEventIsKeptAndFilled(t *testing.T) {
	t.Parallel()
	p := startPlayground(t)
	c := p.as(t, "identity")
	done(t, "EmitAuditEvent", c.EmitAuditEvent(soon(t), userSync()))
	kept := p.audit(t)
	if len(kept) != 1 {
		t.Fatalf("%d events kept", len(kept))
	}
	for key, expected := range map[string]any{
		"type": "okta.user.sync", "event_code": "TOK007I", "success": true, "org_url": "https://example.okta.com",
		"app_id": "0oa1", "created": 1.0, "deleted": 2.0, "modified": 3.0, "total": 4.0, "cluster": "playground",
	} {
		same(t, key, kept[0][key], expected)
	}
	near(t, "the time, which the server fills", time.Unix(int64(kept[0]["time"].(float64)), 0), 0)

	timed := userSync()
	timed.Metadata.Time = time.Unix(1_700_000_000, 0).UTC()
	done(t, "EmitAuditEvent", c.EmitAuditEvent(soon(t), timed))
	same(t, "the time, which was sent", p.audit(t)[1]["time"], 1_700_000_000.0)
}

func TestAnEventNeedsTypeAndCode(t *testing.T) {
	t.Parallel()
	p := startPlayground(t)
	c := p.as(t, "identity")
	event := userSync()
	event.Metadata.Type = ""
	refused(t, "without a type", c.EmitAuditEvent(soon(t), event), badParameter, "…")
	event = userSync()
	event.Metadata.Code = ""
	refused(t, "without a code", c.EmitAuditEvent(soon(t), event), badParameter, "…")
	same(t, "events kept", len(p.audit(t)), 0)
}

// An event that names its server must name the caller's own host.
func TestASyncFailureMustNameTheCallersHost(t *testing.T) {
	t.Parallel()
	p := startPlayground(t)
	c := p.as(t, "identity")
	failure := &events.OktaSyncFailure{
		Metadata:       events.Metadata{Type: "okta.sync.failure", Code: "TOK003E"},
		ServerMetadata: events.ServerMetadata{ServerID: p.hostID(t)},
		Status:         events.Status{Error: "why"},
	}
	done(t, "EmitAuditEvent", c.EmitAuditEvent(soon(t), failure))
	failure.ServerMetadata.ForwardedBy = "another"
	refused(t, "forwarded", c.EmitAuditEvent(soon(t), failure), accessDenied, "failed to validate event metadata")
	failure.ServerMetadata = events.ServerMetadata{ServerID: "another"}
	refused(t, "of another host", c.EmitAuditEvent(soon(t), failure), accessDenied, "failed to validate event metadata")
	same(t, "events kept", len(p.audit(t)), 1)
}
