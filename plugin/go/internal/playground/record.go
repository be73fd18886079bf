package playground

import (
	"fmt"
	"slices"
)

// Entry is one line of the playground's record: a request that it got or a write that it accepted.
type Entry struct {
	Seq   uint64         `json:"seq"`
	Side  string         `json:"side"` // "okta", "auth", "control"
	Kind  string         `json:"kind"` // "request", "write", "event", …
	Call  string         `json:"call"`
	Name  string         `json:"name"`
	Path  string         `json:"path"`
	After map[string]any `json:"after"`
}

// Record is what happened after entry number `after`.
func (w *World) Record(after uint64) []Entry {
	w.t.Helper()
	var entries []Entry
	w.Get(fmt.Sprintf("/record?after=%d", after), &entries)
	return entries
}

// RecordEnd is the number of the last entry.
func (w *World) RecordEnd() uint64 {
	w.t.Helper()
	var end struct {
		Seq uint64 `json:"seq"`
	}
	w.Get("/record/end", &end)
	return end.Seq
}

// Written are the names that the auth service accepted writes of `call` for, in order.
func (w *World) Written(after uint64, call string) []string {
	w.t.Helper()
	var names []string
	for _, entry := range w.Record(after) {
		if entry.Side == "auth" && entry.Kind == "write" && entry.Call == call {
			names = append(names, entry.Name)
		}
	}
	return names
}

// Requests counts what the auth service was asked.
func (w *World) Requests(after uint64, call string) int {
	w.t.Helper()
	count := 0
	for _, entry := range w.Record(after) {
		if entry.Side == "auth" && entry.Kind == "request" && entry.Call == call {
			count++
		}
	}
	return count
}

// Assigned are the user names of the people who are assigned in Okta and neither suspended nor deactivated:
// whom Teleport should know, sorted.
func (w *World) Assigned() []string {
	w.t.Helper()
	var people []struct {
		UserName   string `json:"user_name"`
		Status     string `json:"status"`
		Assignment string `json:"assignment_status"`
	}
	w.Post("/okta/people", nil, &people)
	var names []string
	for _, person := range people {
		gone := person.Assignment == "" || person.Status == "SUSPENDED" || person.Status == "DEPROVISIONED"
		if !gone {
			names = append(names, person.UserName)
		}
	}
	slices.Sort(names)
	return names
}

// Users are the names of all of Teleport's users, sorted.
func (w *World) Users() []string {
	w.t.Helper()
	var users struct {
		Users []string `json:"users"`
	}
	w.Post("/auth/users", map[string]any{"brief": true}, &users)
	slices.Sort(users.Users)
	return users.Users
}

// Leases counts the leases that are in force.
func (w *World) Leases() int {
	w.t.Helper()
	var leases struct {
		Leases []any `json:"leases"`
	}
	w.Post("/auth/leases", nil, &leases)
	return len(leases.Leases)
}

// AwaitStruck waits until a fault of the auth service has struck a call.
func (w *World) AwaitStruck(call string) {
	w.t.Helper()
	Until(w.t, "a fault struck "+call, func() bool {
		var faults struct {
			Faults []struct {
				Call   string `json:"call"`
				Struck int    `json:"struck"`
			} `json:"faults"`
		}
		w.Post("/auth/faults", nil, &faults)
		for _, fault := range faults.Faults {
			if fault.Call == call && fault.Struck > 0 {
				return true
			}
		}
		return false
	})
}
