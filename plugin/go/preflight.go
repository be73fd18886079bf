package oktasync

// #include "bridge.h"
import "C"

import (
	"context"
	"encoding/json"
	"fmt"
	"syscall"
)

// Outcomes of a [Check].
const (
	CheckPassed   = "pass"
	CheckFailed   = "fail"
	CheckNotKnown = "not_known"
)

// Check is one thing that a preflight looked at.
type Check struct {
	ID      string `json:"id"` // such as "okta.token"; does not change between versions
	Title   string `json:"title"`
	Outcome string `json:"outcome"` // CheckPassed, CheckFailed or CheckNotKnown
	Seen    string `json:"seen"`    // what was seen, or why nothing could be
	Todo    string `json:"todo"`    // what to do about it; "" for nothing
	Because string `json:"because"` // of CheckNotKnown: the ID of the check to mend first, or ""
	// Facts are what was seen, for programs; they depend on the check.
	Facts map[string]string `json:"facts"`
}

// Preflight is what came of the checks, in their order.
type Preflight struct {
	Checks   []Check `json:"checks"`
	Passed   int     `json:"passed"`
	Failed   int     `json:"failed"`
	NotKnown int     `json:"not_known"`

	// Raw is the whole document, for members that a newer plugin adds.
	Raw json.RawMessage `json:"-"`
}

// Check finds one by its ID; nil when this plugin does not make it.
func (p *Preflight) Check(id string) *Check {
	for i := range p.Checks {
		if p.Checks[i].ID == id {
			return &p.Checks[i]
		}
	}
	return nil
}

// Preflight checks all that a sync needs, on Okta's side and on Teleport's, with the configuration and the host
// that [Plugin.Create] would take; Options.OnRequest does not matter. It makes no instance, and what Create would
// refuse (a key file that cannot be read, say) is a check that failed. It reads only, and blocks meanwhile; the
// context ends it. That a check failed is no error. The plugin must have [CapPreflight].
func (p *Plugin) Preflight(ctx context.Context, options Options) (*Preflight, error) {
	const op = "preflight"
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("oktasync: preflight: %w", context.Cause(ctx))
	}
	if err := p.needs(op, CapPreflight); err != nil {
		return nil, err
	}
	algorithm, err := p.checkHost(op, options)
	if err != nil {
		return nil, err
	}
	if err := p.hold(op); err != nil {
		return nil, err
	}
	defer p.drop()
	stop := C.okty_waker()
	if stop < 0 {
		return nil, fault(op, ResourceExhausted, "no file descriptor is left")
	}
	defer func() { _ = syscall.Close(int(stop)) }()
	binding := newBinding(ctx, options.Host, algorithm)
	defer binding.release()
	told := make(chan struct{})
	unhook := context.AfterFunc(ctx, func() {
		defer close(told)
		binding.endLife()
		C.okty_wake(stop)
	})

	config, length := cBytes(options.Config)
	var buf C.oktasync_buf
	cerr := newCError()
	err = fromC(op, C.okty_preflight(p.api, binding.callbacks(), C.uint64_t(binding.handle), config, length,
		C.int32_t(algorithm), C.int32_t(stop), &buf, &cerr), &cerr)
	text := p.takeBuf(&buf)
	if !unhook() {
		<-told // before the descriptor is closed
		return nil, fmt.Errorf("oktasync: preflight: %w", context.Cause(ctx))
	}
	if err != nil {
		return nil, err
	}
	preflight := &Preflight{Raw: text}
	if err := json.Unmarshal(text, preflight); err != nil {
		return nil, fault(op, Internal, "the plugin's checks cannot be read: %v", err)
	}
	return preflight, nil
}

// JWKS gives the public keys that Okta must know as a JWK Set (RFC 7517): those of the private key files that the
// configuration names, the one that signs first at first. For a jwks_uri that the host serves, and for pasting. The
// files are read at each call, so a host that serves it asks again for each request. The plugin must have [CapJWKS].
//
// An error with Config set: an entry or file is to blame, or the configuration names no key file because the host
// signs; that key is the host's to publish.
func (p *Plugin) JWKS(config []byte) (json.RawMessage, error) {
	if err := p.needs("jwks", CapJWKS); err != nil {
		return nil, err
	}
	if err := p.hold("jwks"); err != nil {
		return nil, err
	}
	defer p.drop()
	data, length := cBytes(config)
	var buf C.oktasync_buf
	cerr := newCError()
	err := fromC("jwks", C.okty_jwks(p.api, data, length, &buf, &cerr), &cerr)
	text := p.takeBuf(&buf)
	if err != nil {
		return nil, err
	}
	return text, nil
}
