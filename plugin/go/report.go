package oktasync

// #include "bridge.h"
import "C"

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

const reportPiece = 1 << 20

// Report is what a run did and why; of a plan, what a sync would do.
type Report struct {
	RunID     RunID     `json:"run_id"`
	Kind      RunKind   `json:"kind"`
	Started   time.Time `json:"started"`
	Ended     time.Time `json:"ended"`
	OK        bool      `json:"ok"`
	Error     *RunError `json:"error"`      // why the run stopped; nil when OK
	WalkWhole bool      `json:"walk_whole"` // the whole of the app's people was seen
	AppID     string    `json:"app_id"`
	Org       struct {
		ID  string `json:"id"`
		URL string `json:"url"`
	} `json:"org"`
	Teleport struct {
		Cluster string `json:"cluster"`
		Version string `json:"version"`
	} `json:"teleport"`
	// Counts has "seen", "present", "unchanged", and one count for each outcome: "created", "updated",
	// "removed", "held", "conflict", "failed", …
	Counts map[string]uint64 `json:"counts"`
	// Held is what waits for an approval; ApprovalsUsed are the digests of what this run has carried out.
	Held          []HeldSet `json:"held"`
	ApprovalsUsed []string  `json:"approvals_used"`
	// Standby: another runner holds the lease, so nothing was looked at.
	Standby bool `json:"standby"`
	// Notices are sentences about the whole.
	Notices []string `json:"notices"`

	// Raw is the whole document, with what is not above.
	Raw json.RawMessage `json:"-"`
}

// HeldSet is a set of changes that waits for an admin's approval.
type HeldSet struct {
	Kind    string     `json:"kind"` // "removals", "handover", "quarantine", "taken" or "cleanup"
	Digest  string     `json:"digest"`
	Reason  string     `json:"reason"`
	Warning string     `json:"warning"` // what an approval entails
	People  []HeldItem `json:"people"`
}

// HeldItem is one person of a held set.
type HeldItem struct {
	OktaID string `json:"okta_id"`
	Name   string `json:"name"` // in Teleport now; "" for a newcomer
	What   string `json:"what"` // the new name, the trait or the role; "" for a removal
}

// Person is what happened, or would happen, to one person, and why.
type Person struct {
	Outcome string `json:"outcome"`
	OktaID  string `json:"okta_id"`
	Name    string `json:"name"`
	Reason  string `json:"reason"`
}

// PlannedWrite is one write that a plan would make.
type PlannedWrite struct {
	Call    string `json:"call"` // "create user", "update user", "delete user", "lock", …
	OktaID  string `json:"okta_id"`
	Name    string `json:"name"`
	Changes []struct {
		Field  string `json:"field"`
		Before string `json:"before"`
		After  string `json:"after"`
	} `json:"changes"`
}

// Err is nil when the run came to its end, and says otherwise why it stopped.
func (r *Report) Err() error {
	if r.OK {
		return nil
	}
	if r.Error == nil {
		return fault("run", Unknown, "run %d failed and gives no reason", r.RunID)
	}
	return fmt.Errorf("oktasync: run %d: %w", r.RunID, r.Error)
}

// People lists who was affected. It is read from Raw at each call.
func (r *Report) People() ([]Person, error) {
	var document struct {
		People []Person `json:"people"`
	}
	err := json.Unmarshal(r.Raw, &document)
	return document.People, err
}

// Writes lists, of a plan, what it would write, in order. It is read from Raw at each call.
func (r *Report) Writes() ([]PlannedWrite, error) {
	var document struct {
		Writes []PlannedWrite `json:"writes"`
	}
	err := json.Unmarshal(r.Raw, &document)
	return document.Writes, err
}

// Report gives the report of a finished run. [Unavailable]: it has not finished yet; [NotFound]: there is no
// such run, or it is forgotten (the last ones are kept).
func (i *Instance) Report(ctx context.Context, id RunID) (*Report, error) {
	raw, err := io.ReadAll(i.ReportReader(ctx, id))
	if err != nil {
		return nil, err
	}
	report := &Report{Raw: raw}
	if err := json.Unmarshal(raw, report); err != nil {
		return nil, fault("report", Internal, "the plugin's report of run %d cannot be read: %v", id, err)
	}
	return report, nil
}

// ReportReader reads the JSON document of a finished run, which may be big, piece by piece. It is for one
// goroutine.
func (i *Instance) ReportReader(ctx context.Context, id RunID) io.Reader {
	return &reportReader{ctx: ctx, instance: i, id: id}
}

type reportReader struct {
	ctx      context.Context
	instance *Instance
	id       RunID
	offset   uint64
	piece    []byte
	end      bool
}

func (r *reportReader) Read(into []byte) (int, error) {
	if len(into) == 0 {
		return 0, nil
	}
	for len(r.piece) == 0 {
		if r.end {
			return 0, io.EOF
		}
		if r.ctx.Err() != nil {
			return 0, fmt.Errorf("oktasync: report: %w", context.Cause(r.ctx))
		}
		piece, total, err := r.instance.reportPiece(r.id, r.offset)
		if err != nil {
			return 0, err
		}
		r.piece, r.offset = piece, r.offset+uint64(len(piece))
		r.end = r.offset == total
		if len(piece) == 0 && !r.end {
			return 0, fault("report", DataLoss, "the report of run %d ended after %d of %d bytes", r.id, r.offset, total)
		}
	}
	n := copy(into, r.piece)
	r.piece = r.piece[n:]
	return n, nil
}

func (i *Instance) reportPiece(id RunID, offset uint64) (piece []byte, total uint64, err error) {
	var buf C.oktasync_buf
	var size C.uint64_t
	err = i.call("report", func(c *C.oktasync_instance, err *C.oktasync_error) C.int32_t {
		return C.okty_report(i.plugin.api, c, C.uint64_t(id), C.uint64_t(offset), reportPiece, &buf, &size, err)
	})
	if err != nil {
		return nil, 0, err
	}
	return i.plugin.takeBuf(&buf), uint64(size), nil
}
