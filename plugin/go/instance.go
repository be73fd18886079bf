package oktasync

// #include "bridge.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	// Stop waits for the plugin in pieces, so that it sees its context end.
	stopPiece = 50 * time.Millisecond
	// How long Close waits for an instance that was not stopped before.
	closePatience = 10 * time.Second
)

// Instance is one sync of one Okta app into one cluster. It runs once: made by [Plugin.Create], started,
// stopped, closed. Its methods may be called from any goroutine, at any time.
type Instance struct {
	plugin  *Plugin
	binding *binding

	// One caller at a time for start, stop and destroy (plugin.h, rule 6).
	lifecycle sync.Mutex
	started   bool

	// Held for reading by each call, and for writing by destroy: nothing may call during or after that.
	mu       sync.RWMutex
	instance *C.oktasync_instance // nil once destroyed
}

// Create makes an instance: it checks the configuration, reads the key and identity files that it names, and
// asks the host for the identity. It connects to nothing and starts nothing. The context ends a wait for the
// identity; the instance itself lives until it is closed.
//
// A configuration that is wrong gives an error with Config set, whose message names each entry or file to
// blame.
func (p *Plugin) Create(ctx context.Context, options Options) (*Instance, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("oktasync: create: %w", context.Cause(ctx))
	}
	host := options.Host
	algorithm, err := p.checkHost("create", options)
	if err != nil {
		return nil, err
	}
	if err := p.hold("create"); err != nil {
		return nil, err
	}
	instance := &Instance{plugin: p, binding: newBinding(ctx, host, algorithm)}
	unhook := context.AfterFunc(ctx, instance.binding.endLife)

	var flags C.uint32_t
	if options.OnRequest {
		flags |= C.OKTASYNC_CREATE_ON_REQUEST
	}
	config, length := cBytes(options.Config)
	var made *C.oktasync_instance
	cerr := newCError()
	err = fromC("create", C.okty_create(p.api, instance.binding.callbacks(), C.uint64_t(instance.binding.handle),
		config, length, flags, C.int32_t(algorithm), &made, &cerr), &cerr)
	if !unhook() { // the context ended meanwhile, and with it the callbacks' own
		if err == nil {
			C.okty_destroy(p.api, made, nil)
		}
		err = fmt.Errorf("oktasync: create: %w", context.Cause(ctx))
	}
	if err != nil {
		instance.binding.release()
		p.drop()
		return nil, err
	}
	instance.instance = made
	return instance, nil
}

// checkHost says how the host signs, unless the plugin cannot work with such a host.
func (p *Plugin) checkHost(op string, options Options) (SignAlgorithm, error) {
	host := options.Host
	if host.DialSecured != nil && host.Dial != nil {
		return 0, fault(op, InvalidArgument, "Host has Dial and DialSecured; give one of them")
	}
	if host.DialSecured != nil && !p.Capabilities().Has(CapDialSecured) {
		return 0, fault(op, Unimplemented, "Host has DialSecured, but version %s of the plugin %s takes no secured "+
			"connections (its capability dial-secured is missing); give Dial and Identity, or install a newer plugin",
			p.descriptor.Version, p.path)
	}
	return chooseAlgorithm(host.Signer, options.SignAlgorithm)
}

// call runs one call of the table on a live instance.
func (i *Instance) call(op string, call func(instance *C.oktasync_instance, err *C.oktasync_error) C.int32_t) error {
	i.mu.RLock()
	defer i.mu.RUnlock()
	if i.instance == nil {
		return closedError(op)
	}
	cerr := newCError()
	return fromC(op, call(i.instance, &cerr), &cerr)
}

// Start starts the loop and returns at once. The first run begins right away, unless the configuration or
// Options.OnRequest says otherwise. What goes wrong from now on is found in [Instance.Status] and the reports.
func (i *Instance) Start() error {
	i.lifecycle.Lock()
	defer i.lifecycle.Unlock()
	err := i.call("start", func(c *C.oktasync_instance, err *C.oktasync_error) C.int32_t {
		return C.okty_start(i.plugin.api, c, err)
	})
	i.started = i.started || err == nil
	return err
}

// Stop cancels what is under way, gives the lease back, closes the connections and ends the threads. It takes
// less than a second as long as no callback of the host blocks, and a second more when one ignores its
// context. When `ctx` ends first its error is returned, and the instance goes on stopping: call Stop again to
// wait on. After a nil error the plugin calls back no more; Status and Report go on answering until Close.
func (i *Instance) Stop(ctx context.Context) error {
	i.binding.stopping()
	for {
		piece := stopPiece
		if ctx.Err() != nil {
			piece = 0 // asked all the same
		}
		err := i.stop(piece)
		switch code, _ := err.(*Error); {
		case err == nil:
			return nil
		case code == nil || code.Code != DeadlineExceeded:
			return err
		case ctx.Err() != nil:
			return fmt.Errorf("oktasync: stop: the instance is still stopping, call Stop again to wait on: %w", context.Cause(ctx))
		}
	}
}

func (i *Instance) stop(timeout time.Duration) error {
	i.lifecycle.Lock()
	defer i.lifecycle.Unlock()
	return i.call("stop", func(c *C.oktasync_instance, err *C.oktasync_error) C.int32_t {
		return C.okty_stop(i.plugin.api, c, C.uint64_t(timeout), err)
	})
}

// Close stops the instance if need be (it waits for up to ten seconds; use Stop to wait as you like) and
// frees it. When it cannot be stopped an error is returned and nothing is freed: call Close again. Closing
// twice is fine.
func (i *Instance) Close() error {
	i.lifecycle.Lock()
	running := i.started
	i.lifecycle.Unlock()
	if running {
		ctx, cancel := context.WithTimeout(context.Background(), closePatience)
		defer cancel()
		if err := i.Stop(ctx); err != nil && !errors.Is(err, ErrClosed) {
			return err
		}
	}
	i.binding.stopping()
	i.lifecycle.Lock()
	defer i.lifecycle.Unlock()
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.instance == nil {
		return nil
	}
	cerr := newCError()
	if err := fromC("destroy", C.okty_destroy(i.plugin.api, i.instance, &cerr), &cerr); err != nil {
		return err // it was started while we came here
	}
	i.instance = nil
	i.binding.release()
	i.plugin.drop()
	return nil
}

// IdentityChanged says that the host has renewed its identity, or that the files have changed: the plugin
// connects anew with it.
func (i *Instance) IdentityChanged() error {
	return i.call("identity_changed", func(c *C.oktasync_instance, err *C.oktasync_error) C.int32_t {
		return C.okty_identity_changed(i.plugin.api, c, err)
	})
}
