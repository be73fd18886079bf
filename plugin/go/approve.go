package oktasync

// #include "bridge.h"
import "C"

import (
	"context"
	"encoding/json"
)

// Approve lets a held set through, for an admin who has looked at it, and asks for a sync that carries it out;
// the report of the run whose id it returns shows what became of it. What goes through is what is in the set and
// still confirmed, once, within 24 hours of the plan, for this org and app only; nothing survives a restart.
//
// Digest names a set that a report of this instance shows; or, with plan, one of a saved report (its Raw), where
// "" will do if that holds only one. The plugin must have [CapApprove].
//
// NotFound: no report of this instance shows that digest. InvalidArgument: plan is none, or was changed.
// FailedPrecondition: too old, used already, or the instance is not running.
func (i *Instance) Approve(ctx context.Context, digest string, plan []byte) (RunID, error) {
	if err := i.needs("approve", CapApprove); err != nil {
		return 0, err
	}
	digestData, digestLen := cBytes([]byte(digest))
	planData, planLen := cBytes(plan)
	return i.request(ctx, "approve", func(c *C.oktasync_instance, id *C.uint64_t, err *C.oktasync_error) C.int32_t {
		return C.okty_approve(i.plugin.api, c, digestData, digestLen, planData, planLen, id, err)
	})
}

// Explanation says why one person is as he is.
type Explanation struct {
	Query string `json:"query"`
	Okta  struct {
		ID               string `json:"id"`
		Exists           bool   `json:"exists"`
		Status           string `json:"status"`
		Assigned         bool   `json:"assigned"`
		AssignmentStatus string `json:"assignment_status"`
		Name             string `json:"name"`
		Presence         string `json:"presence"` // "present", "suspended", "gone" or "unknown"
	} `json:"okta"`
	Teleport struct {
		Users []struct {
			Name  string   `json:"name"`
			Whose string   `json:"whose"` // in words
			Roles []string `json:"roles"`
		} `json:"users"`
		Locks []struct {
			Name     string `json:"name"`
			User     string `json:"user"`
			Purpose  string `json:"purpose"` // "": not ours
			Until    string `json:"until"`
			InForce  bool   `json:"in_force"`
			Approval string `json:"approval"`
		} `json:"locks"`
	} `json:"teleport"`
	Rule      string   `json:"rule"`     // which rule of the design decides
	Decision  string   `json:"decision"` // what a run would do
	Sentences []string `json:"sentences"`

	// Raw is the whole document, for members that a newer plugin adds.
	Raw json.RawMessage `json:"-"`
}

// Explain tells of one person, by Okta user id or by the name of a Teleport user, what Okta says, what Teleport
// holds, which rule decides and what a run would do. It reads both sides, writes nothing, and blocks meanwhile;
// Stop ends it. The plugin must have [CapExplain]. NotFound: nobody is known by that id or name.
func (i *Instance) Explain(who string) (*Explanation, error) {
	if err := i.needs("explain", CapExplain); err != nil {
		return nil, err
	}
	data, length := cBytes([]byte(who))
	var buf C.oktasync_buf
	err := i.call("explain", func(c *C.oktasync_instance, err *C.oktasync_error) C.int32_t {
		return C.okty_explain(i.plugin.api, c, data, length, &buf, err)
	})
	if err != nil {
		return nil, err
	}
	explanation := &Explanation{Raw: i.plugin.takeBuf(&buf)}
	if err := json.Unmarshal(explanation.Raw, explanation); err != nil {
		return nil, fault("explain", Internal, "the plugin's explanation cannot be read: %v", err)
	}
	return explanation, nil
}

// needs refuses a call of a slot that this plugin does not have.
func (i *Instance) needs(op string, capability Capabilities) error {
	return i.plugin.needs(op, capability)
}

func (p *Plugin) needs(op string, capability Capabilities) error {
	if p.Descriptor().Capabilities.Has(capability) {
		return nil
	}
	return fault(op, Unimplemented, "this plugin cannot %s; a newer one can", op)
}
