package auth

import (
	"fmt"
	"testing"
	"time"

	"github.com/gravitational/teleport/api/client/proto"
	"github.com/gravitational/teleport/api/types"
)

func TestTheRoleOfOktaRequestersIsEnterprisesPreset(t *testing.T) {
	t.Parallel()
	p := startPlayground(t)
	c := p.as(t, "identity")
	got, err := c.GetRole(soon(t), "okta-requester")
	done(t, "GetRole", err)
	role := got.(*types.RoleV6)
	same(t, "kind and version", role.Kind+" "+role.Version, "role v7")
	same(t, "namespace", role.Metadata.Namespace, "default")
	same(t, "description", role.Metadata.Description, "Request Okta resources")
	same(t, "labels", role.Metadata.Labels, map[string]string{
		types.TeleportInternalResourceType: types.SystemResource, types.OriginLabel: types.OriginOkta})
	same(t, "search_as_roles", role.GetSearchAsRoles(types.Allow), []string{"okta-access"})
	same(t, "max_duration", role.GetAccessRequestConditions(types.Allow).MaxDuration.Duration(), 336*time.Hour)
	same(t, "rules", len(role.GetRules(types.Allow)), 0)
	same(t, "max_session_ttl, which the server fills", role.GetOptions().MaxSessionTTL.Duration(), 30*time.Hour)
	if role.GetRevision() == "" {
		t.Error("the role has no revision")
	}
	if err := role.CheckAndSetDefaults(); err != nil {
		t.Errorf("Teleport refuses what the server answered: %v", err)
	}
}

func TestAMissingRoleIsNotFound(t *testing.T) {
	t.Parallel()
	p := startPlayground(t, "--without-okta-requester")
	c := p.as(t, "identity")
	_, err := c.GetRole(soon(t), "okta-requester")
	refused(t, "GetRole", err, notFound, "role okta-requester is not found")
	p.do(t, "put_role", map[string]any{"name": "okta-requester"})
	role, err := c.GetRole(soon(t), "okta-requester")
	done(t, "GetRole of a role that is there by now", err)
	same(t, "namespace", role.GetMetadata().Namespace, "default")
	same(t, "namespaces that the role allows, which the server fills", role.GetNamespaces(types.Allow), []string{"default"})
}

func TestRolesAreListedInPages(t *testing.T) {
	t.Parallel()
	p := startPlayground(t)
	c := p.as(t, "identity")
	names := func(roles []types.Role) (out []string) {
		for _, role := range roles {
			out = append(out, role.GetName())
			if role.GetOptions().MaxSessionTTL.Duration() == 0 || role.GetRevision() == "" {
				t.Errorf("role %s came without its defaults", role.GetName())
			}
		}
		return out
	}
	all, err := c.GetRoles(soon(t))
	done(t, "GetRoles", err)
	same(t, "roles", names(all), []string{"access", "auditor", "editor", "okta-access", "okta-requester"})

	var paged []string
	request := &proto.ListRolesRequest{Limit: 2}
	for pages := 1; ; pages++ {
		page, err := c.ListRoles(soon(t), request)
		done(t, "ListRoles", err)
		for _, role := range page.Roles {
			paged = append(paged, role.GetName())
		}
		if request.StartKey = page.NextKey; request.StartKey == "" {
			same(t, "pages of two roles", pages, 3)
			break
		}
	}
	same(t, "roles in pages", paged, names(all))

	for _, filter := range []*types.RoleFilter{{SkipSystemRoles: true}, {SearchKeywords: []string{"OKTA"}}, {SearchKeywords: []string{"preset"}}} {
		page, err := c.ListRoles(soon(t), &proto.ListRolesRequest{Filter: filter})
		done(t, "ListRoles", err)
		var got, expected []string
		for _, role := range page.Roles {
			got = append(got, role.GetName())
		}
		for _, role := range all {
			if filter.Match(role.(*types.RoleV6)) {
				expected = append(expected, role.GetName())
			}
		}
		same(t, fmt.Sprintf("roles that match %v", filter), got, expected)
	}
}
