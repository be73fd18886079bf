package auth

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gravitational/teleport/api/client"
	"github.com/gravitational/teleport/api/types"
)

const onlyOktaUsers = "Okta service may only lock okta user"

// oktaLock is what the role Okta may put on a user.
func oktaLock(name, user string) *types.LockV2 {
	lock := &types.LockV2{
		Metadata: types.Metadata{Name: name},
		Spec:     types.LockSpecV2{Target: types.LockTarget{User: user}},
	}
	lock.SetOrigin(types.OriginOkta)
	return lock
}

func getLock(t *testing.T, c *client.Client, name string) *types.LockV2 {
	t.Helper()
	lock, err := c.GetLock(soon(t), name)
	done(t, "GetLock "+name, err)
	return lock.(*types.LockV2)
}

func locks(t *testing.T, c *client.Client, inForceOnly bool, targets ...types.LockTarget) (names []string) {
	t.Helper()
	found, err := c.GetLocks(soon(t), inForceOnly, targets...)
	done(t, "GetLocks", err)
	for _, lock := range found {
		names = append(names, lock.GetName())
	}
	slices.Sort(names)
	return names
}

func TestALockComesBackComplete(t *testing.T) {
	t.Parallel()
	p := startPlayground(t)
	c := p.as(t, "identity")
	create(t, c, oktaUser("a"))
	p.do(t, "clock_offset", map[string]any{"seconds": -3600})
	sent := oktaLock("l", "a")
	sent.Metadata.Labels["oktasync/source"] = "https://example.okta.com/0oa1,x"
	sent.Spec.Message = strings.Repeat("m", 2000)
	done(t, "UpsertLock", c.UpsertLock(soon(t), sent))
	got := getLock(t, c, "l")
	same(t, "kind and version", got.Kind+" "+got.Version, "lock v2")
	same(t, "namespace", got.Metadata.Namespace, "default")
	same(t, "labels", got.Metadata.Labels, sent.Metadata.Labels)
	same(t, "target", got.Spec.Target, sent.Spec.Target)
	same(t, "message", got.Spec.Message, sent.Spec.Message)
	same(t, "created_by", got.Spec.CreatedBy, p.callerName(t, "identity"))
	near(t, "created_at", got.Spec.CreatedAt, -time.Hour)
	if got.Spec.Expires != nil || got.Metadata.Expires != nil {
		t.Errorf("a lock without an expiry has %v and %v", got.Spec.Expires, got.Metadata.Expires)
	}
	copied := *got
	complete(t, got, &copied)
	listed, err := c.GetLocks(soon(t), true)
	done(t, "GetLocks", err)
	same(t, "the lock listed", listed, []types.Lock{got})

	// What was sent is kept, over an upsert under the same name.
	again := oktaLock("l", "a")
	again.Spec.CreatedAt = time.Date(2024, 2, 29, 23, 59, 59, 0, time.UTC)
	again.Spec.CreatedBy = "somebody"
	done(t, "UpsertLock again", c.UpsertLock(soon(t), again))
	second := getLock(t, c, "l")
	same(t, "created_at that was sent", second.Spec.CreatedAt, again.Spec.CreatedAt)
	same(t, "created_by that was sent", second.Spec.CreatedBy, "somebody")
	if second.GetRevision() == got.GetRevision() {
		t.Error("an upsert keeps the revision")
	}
}

func TestOnlyAnExistingOktaUserCanBeLocked(t *testing.T) {
	t.Parallel()
	p := startPlayground(t)
	c := p.as(t, "identity")
	create(t, c, oktaUser("a"))
	p.do(t, "put_user", map[string]any{"name": "local"})
	p.do(t, "put_lock", map[string]any{"name": "admins", "target": map[string]any{"user": "a"}})
	put := func(lock *types.LockV2) error { return c.UpsertLock(soon(t), lock) }

	bare := oktaLock("l", "a")
	bare.Metadata.Labels = nil
	refused(t, "without the origin label", put(bare), badParameter, mustBeOkta)
	refused(t, "of a local user", put(oktaLock("l", "local")), accessDenied, onlyOktaUsers)
	refused(t, "of a missing user", put(oktaLock("l", "nobody")), accessDenied, onlyOktaUsers)
	two := oktaLock("l", "a")
	two.Spec.Target.Login = "root"
	refused(t, "of a user and a login", put(two), badParameter, onlyOktaUsers)
	refused(t, "of nobody", put(oktaLock("l", "")), badParameter, onlyOktaUsers)
	role := oktaLock("l", "")
	role.Spec.Target.Role = "access"
	refused(t, "of a role", put(role), badParameter, onlyOktaUsers)
	for _, name := range []string{"a lock", "it's", `"l"`} {
		refused(t, "named "+name, put(oktaLock(name, "a")), badParameter,
			"special characters are not allowed in resource names, …")
	}
	refused(t, "without a name", put(oktaLock("", "a")), badParameter, "missing parameter Name")
	refused(t, "over an admin's lock", put(oktaLock("admins", "a")), accessDenied, "Okta service may only update Okta resources")
	refused(t, "DeleteLock of an admin's lock", c.DeleteLock(soon(t), "admins"), accessDenied,
		"Okta service may only delete Okta resources")
	same(t, "locks after all of that", locks(t, c, false), []string{"admins"})
}

func TestALockOutlivesItsUser(t *testing.T) {
	t.Parallel()
	p := startPlayground(t)
	c := p.as(t, "identity")
	create(t, c, oktaUser("a"))
	done(t, "a lock right after the create", c.UpsertLock(soon(t), oktaLock("l1", "a")))
	done(t, "DeleteUser", c.DeleteUser(soon(t), "a"))
	same(t, "locks in force", locks(t, c, true, types.LockTarget{User: "a"}), []string{"l1"})
	refused(t, "UpsertLock after the deletion", c.UpsertLock(soon(t), oktaLock("l1", "a")), accessDenied, onlyOktaUsers)

	create(t, c, oktaUser("a")) // a user whose name is locked
	same(t, "locks in force", locks(t, c, true, types.LockTarget{User: "a"}), []string{"l1"})
	done(t, "DeleteLock", c.DeleteLock(soon(t), "l1"))
	refused(t, "DeleteLock again", c.DeleteLock(soon(t), "l1"), notFound, `lock "l1" is not found`)
	_, err := c.GetLock(soon(t), "l1")
	refused(t, "GetLock", err, notFound, `lock "l1" is not found`)
}

// spec.expires decides alone whether a lock is in force, metadata.expires how long it is remembered.
func TestALockIsLiftedWithoutBeingForgotten(t *testing.T) {
	t.Parallel()
	p := startPlayground(t)
	c := p.as(t, "identity")
	create(t, c, oktaUser("a"))
	now := time.Now().UTC().Truncate(time.Second)
	past, ahead := now.Add(-time.Minute), now.Add(time.Hour)
	done(t, "UpsertLock", c.UpsertLock(soon(t), oktaLock("l", "a")))
	first := getLock(t, c, "l")

	lifted := oktaLock("l", "a")
	lifted.Spec.Expires, lifted.Metadata.Expires, lifted.Spec.CreatedAt = &past, &ahead, first.Spec.CreatedAt
	done(t, "UpsertLock with an expiry in the past", c.UpsertLock(soon(t), lifted))
	got := getLock(t, c, "l")
	same(t, "created_at", got.Spec.CreatedAt, first.Spec.CreatedAt)
	same(t, "spec.expires", *got.Spec.Expires, past)
	same(t, "metadata.expires", *got.Metadata.Expires, ahead)
	same(t, "in force for Teleport's types", got.IsInForce(now), false)
	same(t, "locks in force", len(locks(t, c, true)), 0)
	same(t, "locks of the user in force", len(locks(t, c, true, types.LockTarget{User: "a"})), 0)
	same(t, "locks", locks(t, c, false, types.LockTarget{User: "a"}), []string{"l"})

	p.do(t, "clock_offset", map[string]any{"seconds": 7200})
	_, err := c.GetLock(soon(t), "l")
	refused(t, "GetLock after metadata.expires", err, notFound, `lock "l" is not found`)
	same(t, "locks after metadata.expires", len(locks(t, c, false)), 0)
}

func TestALockIsReadByNameAtOnceAndInForceLater(t *testing.T) {
	t.Parallel()
	p := startPlayground(t)
	c := p.as(t, "identity")
	create(t, c, oktaUser("a"))
	p.do(t, "lag", map[string]any{"seconds": 1000})
	done(t, "UpsertLock", c.UpsertLock(soon(t), oktaLock("l", "a")))
	getLock(t, c, "l")
	same(t, "locks in force within the lag", len(locks(t, c, true, types.LockTarget{User: "a"})), 0)
	p.do(t, "lag", map[string]any{"seconds": 0})
	same(t, "locks in force after the lag", locks(t, c, true, types.LockTarget{User: "a"}), []string{"l"})
}

// Targets are filters joined by or; none means all, an empty one nothing; up to 500 at least. The server answers as
// Teleport's own types would filter.
func TestTargetsFilterAsTeleportsTypesDo(t *testing.T) {
	t.Parallel()
	p := startPlayground(t)
	c := p.as(t, "identity")
	past := float64(time.Now().Unix() - 60)
	for i := range 12 {
		name := fmt.Sprintf("u%d", i%6)
		args := map[string]any{"name": fmt.Sprintf("l%02d", i), "target": map[string]any{"user": name}}
		if i%4 == 0 {
			args["expires"] = past
		}
		p.do(t, "put_lock", args)
	}
	p.do(t, "put_lock", map[string]any{"name": "role", "target": map[string]any{"role": "access"}})
	p.do(t, "put_lock", map[string]any{"name": "both", "target": map[string]any{"user": "u1", "login": "root"}})
	everything, err := c.GetLocks(soon(t), false)
	done(t, "GetLocks", err)
	same(t, "locks without a target", len(everything), 14)

	var many []types.LockTarget
	for i := range 500 {
		many = append(many, types.LockTarget{User: fmt.Sprintf("u%d", i)})
	}
	for what, targets := range map[string][]types.LockTarget{
		"one user":            {{User: "u1"}},
		"two users":           {{User: "u1"}, {User: "u2"}},
		"the same twice":      {{User: "u1"}, {User: "u1"}},
		"a role":              {{Role: "access"}},
		"a user and a role":   {{User: "u3"}, {Role: "access"}},
		"a user with login":   {{User: "u1", Login: "root"}},
		"a login":             {{Login: "root"}},
		"an empty one":        {{}},
		"an empty and a user": {{}, {User: "u5"}},
		"nobody":              {{User: "nobody"}},
		"500":                 many,
	} {
		for _, inForceOnly := range []bool{false, true} {
			var expected []string
			for _, lock := range everything {
				matches := slices.ContainsFunc(targets, func(target types.LockTarget) bool { return target.Match(lock) })
				if matches && (!inForceOnly || lock.IsInForce(time.Now())) {
					expected = append(expected, lock.GetName())
				}
			}
			slices.Sort(expected)
			same(t, fmt.Sprintf("locks of %s (in force only: %v)", what, inForceOnly), locks(t, c, inForceOnly, targets...), expected)
		}
	}
}
