package oktasync

// #include "bridge.h"
import "C"

import (
	"fmt"
	"strings"
)

// Capabilities is the set of optional things that a plugin can do. What has no bit here, every plugin can.
type Capabilities uint64

const (
	// CapApprove: a set of removals that the guard holds can be let through.
	CapApprove Capabilities = C.OKTASYNC_CAP_APPROVE
	// CapExplain: the plugin says why one person is as he is.
	CapExplain Capabilities = C.OKTASYNC_CAP_EXPLAIN
	// CapPreflight: the plugin checks the permissions on both sides.
	CapPreflight Capabilities = C.OKTASYNC_CAP_PREFLIGHT
	// CapSCIM: the plugin answers SCIM 2.0 requests that the host received.
	CapSCIM Capabilities = C.OKTASYNC_CAP_SCIM
	// CapJWKS: the plugin gives the public keys for Okta's jwks_uri.
	CapJWKS Capabilities = C.OKTASYNC_CAP_JWKS
	// CapMetrics: the plugin gives metrics for the host's own endpoint.
	CapMetrics Capabilities = C.OKTASYNC_CAP_METRICS
	// CapDialSecured: the plugin takes connections from [Host.DialSecured].
	CapDialSecured Capabilities = C.OKTASYNC_CAP_DIAL_SECURED
	// CapJoin: the plugin joins a cluster with a token. A fork of the auth server has an identity and needs none.
	CapJoin Capabilities = C.OKTASYNC_CAP_JOIN
)

var capabilityNames = []string{"approve", "explain", "preflight", "scim", "jwks", "metrics", "dial-secured", "join"}

// Has says whether every one of `wanted` is in the set.
func (c Capabilities) Has(wanted Capabilities) bool { return c&wanted == wanted }

// String gives the names, such as "approve|explain"; "none" for the empty set. A bit that this package does
// not know is shown by its number.
func (c Capabilities) String() string {
	if c == 0 {
		return "none"
	}
	var names []string
	for bit := 0; bit < 64; bit++ {
		if c&(1<<bit) == 0 {
			continue
		}
		if bit < len(capabilityNames) {
			names = append(names, capabilityNames[bit])
		} else {
			names = append(names, fmt.Sprintf("bit%d", bit))
		}
	}
	return strings.Join(names, "|")
}
