package oktasync

// #include "bridge.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	firstPoll = 5 * time.Millisecond
	lastPoll  = 200 * time.Millisecond
)

// RunID is the number of a run, unique in its instance.
type RunID uint64

// SyncNow asks for a sync and returns at once. When a run is under way one more follows it, and all who ask
// meanwhile get that run's id.
func (i *Instance) SyncNow(ctx context.Context) (RunID, error) {
	return i.request(ctx, "sync_now", func(c *C.oktasync_instance, id *C.uint64_t, err *C.oktasync_error) C.int32_t {
		return C.okty_sync_now(i.plugin.api, c, id, err)
	})
}

// Plan asks for a plan: the same reads and decisions as a sync, with an end that writes nothing. It returns
// at once; the report of the run is the plan.
func (i *Instance) Plan(ctx context.Context) (RunID, error) {
	return i.request(ctx, "plan", func(c *C.oktasync_instance, id *C.uint64_t, err *C.oktasync_error) C.int32_t {
		return C.okty_plan(i.plugin.api, c, id, err)
	})
}

func (i *Instance) request(ctx context.Context, op string,
	ask func(*C.oktasync_instance, *C.uint64_t, *C.oktasync_error) C.int32_t) (RunID, error) {
	if ctx.Err() != nil {
		return 0, fmt.Errorf("oktasync: %s: %w", op, context.Cause(ctx))
	}
	var id C.uint64_t
	err := i.call(op, func(c *C.oktasync_instance, err *C.oktasync_error) C.int32_t { return ask(c, &id, err) })
	return RunID(id), err
}

// SyncAndWait asks for a sync and waits for its report. The report of a run that failed is no error here: see
// [Report.Err]. When the context ends the run goes on; its id is lost, so use SyncNow and Wait to keep it.
func (i *Instance) SyncAndWait(ctx context.Context) (*Report, error) {
	id, err := i.SyncNow(ctx)
	if err != nil {
		return nil, err
	}
	return i.Wait(ctx, id)
}

// PlanAndWait asks for a plan and waits for it.
func (i *Instance) PlanAndWait(ctx context.Context) (*Report, error) {
	id, err := i.Plan(ctx)
	if err != nil {
		return nil, err
	}
	return i.Wait(ctx, id)
}

// Wait waits until the run has finished and gives its report. It ends with [NotFound] when there is no such
// run, or when the instance was stopped before the run began.
func (i *Instance) Wait(ctx context.Context, id RunID) (*Report, error) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for pause := firstPoll; ; pause = min(2*pause, lastPoll) {
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("oktasync: waiting for run %d: %w", id, context.Cause(ctx))
		case <-timer.C:
		}
		report, err := i.Report(ctx, id)
		if !errors.Is(err, Unavailable) {
			return report, err
		}
		timer.Reset(pause)
	}
}
