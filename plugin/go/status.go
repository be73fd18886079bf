package oktasync

// #include "bridge.h"
import "C"

import (
	"encoding/json"
	"time"
)

// State is where an instance stands in its life.
type State string

// The states of an instance.
const (
	StateCreated  State = "created"
	StateRunning  State = "running"
	StateStopping State = "stopping"
	StateStopped  State = "stopped"
	StateFailed   State = "failed" // the loop has ended by itself; Status.LastError says why
)

// RunKind is what a run is for.
type RunKind string

// The kinds of runs.
const (
	KindSync RunKind = "sync"
	KindPlan RunKind = "plan"
)

// Status says where an instance stands. A time that is not known is zero.
type Status struct {
	State    State     `json:"state"`
	Progress *Progress `json:"progress"` // of the run under way, or nil
	LastRun  *LastRun  `json:"last_run"` // the last finished sync, or nil
	// LastWholeWalk is when the whole of the app's people was last seen; offboarding is as old as this.
	LastWholeWalk time.Time `json:"last_whole_walk"`
	NextRun       time.Time `json:"next_run"` // zero: none is planned
	Runs          uint64    `json:"runs"`     // syncs finished so far
	LastError     string    `json:"last_error"`

	Standby string       `json:"standby"` // "", or why runs are left to another runner
	Alarm   string       `json:"alarm"`   // "", or that no whole list was seen for too long, and what that means
	ToMend  []string     `json:"to_mend"` // what somebody must mend beside the runs, a sentence each
	Held    []HeldNotice `json:"held"`    // what waits for an approval, of the last finished sync

	LogLinesDropped   uint64 `json:"log_lines_dropped"`
	AuditEventsFailed uint64 `json:"audit_events_failed"`

	// Raw is the whole document, for members that a newer plugin adds.
	Raw json.RawMessage `json:"-"`
}

// HeldNotice is a held set without its people, who are in the report.
type HeldNotice struct {
	Kind    string `json:"kind"`
	Digest  string `json:"digest"` // for [Instance.Approve]
	People  uint64 `json:"people"`
	Reason  string `json:"reason"`
	Warning string `json:"warning"` // what an approval entails
}

// Progress is how far a run is.
type Progress struct {
	RunID    RunID   `json:"run_id"`
	Kind     RunKind `json:"kind"`
	Stage    string  `json:"stage"`
	Seen     uint64  `json:"seen"`
	Expected uint64  `json:"expected"` // 0: not known
	Written  uint64  `json:"written"`
	// LeftSeconds is what reading the rest takes at the least by Okta's rate window; nil: not known.
	LeftSeconds *float64 `json:"left_seconds"`
	// RateWaitSeconds is how much longer the run waits for that window before it asks again; 0: it does not wait.
	RateWaitSeconds float64 `json:"rate_wait_seconds"`
}

// LastRun is how a run ended.
type LastRun struct {
	RunID RunID     `json:"run_id"`
	Ended time.Time `json:"ended"`
	OK    bool      `json:"ok"`
	Error *RunError `json:"error"` // nil when OK
}

// RunError is why a run stopped.
type RunError struct {
	Code    string `json:"code"` // gRPC's name, such as "UNAVAILABLE"
	Message string `json:"message"`
}

// Error gives "CODE: message".
func (e *RunError) Error() string { return e.Code + ": " + e.Message }

// Is lets errors.Is find the [Code].
func (e *RunError) Is(target error) bool {
	code, ok := target.(Code)
	return ok && code.String() == e.Code
}

// Status says where the instance stands. It never waits.
func (i *Instance) Status() (*Status, error) {
	var buf C.oktasync_buf
	err := i.call("status", func(c *C.oktasync_instance, err *C.oktasync_error) C.int32_t {
		return C.okty_status(i.plugin.api, c, &buf, err)
	})
	if err != nil {
		return nil, err
	}
	status := &Status{Raw: i.plugin.takeBuf(&buf)}
	if err := json.Unmarshal(status.Raw, status); err != nil {
		return nil, fault("status", Internal, "the plugin's status cannot be read: %v", err)
	}
	return status, nil
}
