package auth

import (
	"testing"
	"time"

	"github.com/gravitational/teleport/api/types"
)

const (
	semaphoreKind = "oktasync"
	expiredLease  = "cannot acquire expired semaphore lease"
)

func ask(name string) types.AcquireSemaphoreRequest {
	return types.AcquireSemaphoreRequest{
		SemaphoreKind: semaphoreKind,
		SemaphoreName: name,
		MaxLeases:     1,
		Expires:       time.Now().UTC().Truncate(time.Second).Add(time.Minute),
		Holder:        "first",
	}
}

func TestALeaseIsHeldByOneAtATime(t *testing.T) {
	t.Parallel()
	p := startPlayground(t)
	c := p.as(t, "identity")
	request := ask("00o1.0oa1")
	lease, err := c.AcquireSemaphore(soon(t), request)
	done(t, "AcquireSemaphore", err)
	same(t, "kind and name", lease.SemaphoreKind+"/"+lease.SemaphoreName, "oktasync/00o1.0oa1")
	same(t, "expires", lease.Expires, request.Expires)
	if err := lease.CheckAndSetDefaults(); err != nil {
		t.Errorf("Teleport refuses the lease: %v", err)
	}
	second := ask("00o1.0oa1")
	second.Holder = "second"
	_, err = c.AcquireSemaphore(soon(t), second)
	refused(t, "AcquireSemaphore by another", err, limitExceeded, "cannot acquire semaphore oktasync/00o1.0oa1 (err-max-leases)")
	second.MaxLeases = 2
	_, err = c.AcquireSemaphore(soon(t), second)
	done(t, "AcquireSemaphore with room for two", err)
	_, err = c.AcquireSemaphore(soon(t), ask("00o1.0oa2"))
	done(t, "AcquireSemaphore of another name", err)

	found, err := c.GetSemaphores(soon(t), types.SemaphoreFilter{SemaphoreKind: semaphoreKind, SemaphoreName: "00o1.0oa1"})
	done(t, "GetSemaphores", err)
	if len(found) != 1 {
		t.Fatalf("%d semaphores of that name", len(found))
	}
	semaphore := found[0].(*types.SemaphoreV3)
	same(t, "kind, subkind and version", semaphore.Kind+" "+semaphore.SubKind+" "+semaphore.Version, "semaphore oktasync v3")
	same(t, "holders", []string{semaphore.Spec.Leases[0].Holder, semaphore.Spec.Leases[1].Holder}, []string{"first", "second"})
	same(t, "the first lease's id", semaphore.Spec.Leases[0].LeaseID, lease.LeaseID)
	same(t, "the semaphore knows the lease", semaphore.Contains(*lease), true)
	copied := *semaphore
	complete(t, semaphore, &copied)
	none, err := c.GetSemaphores(soon(t), types.SemaphoreFilter{SemaphoreKind: "other"})
	done(t, "GetSemaphores", err)
	same(t, "semaphores of another kind", len(none), 0)
}

func TestALeaseIsKeptAliveAndGivenUp(t *testing.T) {
	t.Parallel()
	p := startPlayground(t)
	c := p.as(t, "identity")
	lease, err := c.AcquireSemaphore(soon(t), ask("n"))
	done(t, "AcquireSemaphore", err)
	lease.Expires = lease.Expires.Add(time.Hour)
	done(t, "KeepAliveSemaphoreLease", c.KeepAliveSemaphoreLease(soon(t), *lease))
	found, err := c.GetSemaphores(soon(t), types.SemaphoreFilter{})
	done(t, "GetSemaphores", err)
	same(t, "the lease's new end", found[0].LeaseRefs()[0].Expires, lease.Expires)
	same(t, "the semaphore's new end", found[0].Expiry(), lease.Expires)

	past := *lease
	past.Expires = time.Now().Add(-time.Minute)
	refused(t, "KeepAlive until a time that is over", c.KeepAliveSemaphoreLease(soon(t), past), badParameter, "lease "+lease.LeaseID+" has expired…")
	refused(t, "Cancel with a time that is over", c.CancelSemaphoreLease(soon(t), past), badParameter, "the lease "+lease.LeaseID+" has expired…")

	lost := text("cannot keepalive, lease not found: %q", lease.LeaseID)
	done(t, "CancelSemaphoreLease", c.CancelSemaphoreLease(soon(t), *lease))
	refused(t, "KeepAlive after Cancel", c.KeepAliveSemaphoreLease(soon(t), *lease), notFound, lost)
	refused(t, "Cancel again", c.CancelSemaphoreLease(soon(t), *lease), notFound, text("cannot cancel, lease not found: %q", lease.LeaseID))
	_, err = c.AcquireSemaphore(soon(t), ask("n"))
	done(t, "AcquireSemaphore after Cancel", err)
}

// The server's clock decides, whatever the client's says.
func TestALeaseEndsByTheServersClock(t *testing.T) {
	t.Parallel()
	p := startPlayground(t)
	c := p.as(t, "identity")
	lease, err := c.AcquireSemaphore(soon(t), ask("n"))
	done(t, "AcquireSemaphore", err)
	p.do(t, "clock_offset", map[string]any{"seconds": 120})
	_, err = c.AcquireSemaphore(soon(t), ask("n"))
	refused(t, "AcquireSemaphore until a time that is over for the server", err, badParameter, expiredLease)
	later := *lease
	later.Expires = time.Now().Add(time.Hour)
	refused(t, "KeepAlive of a lease that ran out", c.KeepAliveSemaphoreLease(soon(t), later), notFound,
		text("cannot keepalive, lease not found: %q", lease.LeaseID))
	long := ask("n")
	long.Expires = time.Now().Add(200 * time.Hour)
	_, err = c.AcquireSemaphore(soon(t), long)
	done(t, "AcquireSemaphore for 200 hours, after the other lease ran out", err)
}

// What Teleport's own types refuse, the server refuses in the same words; names are those of the backend's keys.
func TestLeasesAreCheckedAsTeleportsTypesDo(t *testing.T) {
	t.Parallel()
	p := startPlayground(t)
	c := p.as(t, "identity")
	for what, change := range map[string]func(*types.AcquireSemaphoreRequest){
		"no kind":    func(r *types.AcquireSemaphoreRequest) { r.SemaphoreKind = "" },
		"no name":    func(r *types.AcquireSemaphoreRequest) { r.SemaphoreName = "" },
		"no leases":  func(r *types.AcquireSemaphoreRequest) { r.MaxLeases = 0 },
		"no expires": func(r *types.AcquireSemaphoreRequest) { r.Expires = time.Time{} },
	} {
		request := ask("n")
		change(&request)
		expected := request.Check()
		if expected == nil {
			t.Fatalf("%s: Teleport's own check accepts it", what)
		}
		_, err := c.AcquireSemaphore(soon(t), request)
		refused(t, what, err, badParameter, expected.Error())
	}
	for _, name := range []string{"org/app", "org:app", "org app"} {
		_, err := c.AcquireSemaphore(soon(t), ask(name))
		refused(t, "the name "+name, err, badParameter, "special characters are not allowed in resource names, …")
	}
	_, err := c.AcquireSemaphore(soon(t), ask("00o1-x_Y.0oa2"))
	done(t, "letters, digits and .-_", err)
	past := ask("n")
	past.Expires = time.Now().Add(-time.Second)
	_, err = c.AcquireSemaphore(soon(t), past)
	refused(t, "an expiry in the past", err, badParameter, expiredLease)

	lease, err := c.AcquireSemaphore(soon(t), ask("n"))
	done(t, "AcquireSemaphore", err)
	for what, change := range map[string]func(*types.SemaphoreLease){
		"no kind":    func(l *types.SemaphoreLease) { l.SemaphoreKind = "" },
		"no name":    func(l *types.SemaphoreLease) { l.SemaphoreName = "" },
		"no id":      func(l *types.SemaphoreLease) { l.LeaseID = "" },
		"no expires": func(l *types.SemaphoreLease) { l.Expires = time.Time{} },
	} {
		changed := *lease
		change(&changed)
		checked := changed
		expected := checked.CheckAndSetDefaults()
		if expected == nil {
			t.Fatalf("%s: Teleport's own check accepts it", what)
		}
		refused(t, "KeepAlive, "+what, c.KeepAliveSemaphoreLease(soon(t), changed), badParameter, expected.Error())
		refused(t, "Cancel, "+what, c.CancelSemaphoreLease(soon(t), changed), badParameter, expected.Error())
	}
}
