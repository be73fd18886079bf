package oktasync

/*
#cgo CFLAGS: -I${SRCDIR}/../include
#cgo LDFLAGS: -ldl
#include <stdlib.h>
#include "bridge.h"
*/
import "C"

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"unsafe"
)

// Versions of the C interface that this package was built with.
const (
	ABIMajor = uint32(C.OKTASYNC_ABI_MAJOR)
	ABIMinor = uint32(C.OKTASYNC_ABI_MINOR)
)

// Descriptor is what a plugin says of itself.
type Descriptor struct {
	Name    string // "oktasync"
	Version string // "0.1.0"
	VCSID   string // of the source tree; "" when it was built outside of one
	// ABIMajor must equal this package's; a plugin of another minor version works too.
	ABIMajor, ABIMinor uint32
	Capabilities       Capabilities
}

// Plugin is a loaded and opened plugin.
type Plugin struct {
	path       string
	library    C.okty_library
	api        *C.oktasync_api
	descriptor Descriptor

	mu        sync.Mutex
	instances int
	closed    bool
}

// OpenOption is a demand that [Open] makes on the plugin.
type OpenOption func(*Plugin) error

// RequireCapabilities refuses a plugin that lacks one of these.
func RequireCapabilities(wanted Capabilities) OpenOption {
	return func(p *Plugin) error {
		if missing := wanted &^ p.descriptor.Capabilities; missing != 0 {
			return p.unusable(Unimplemented, "version %s cannot do what this program needs of it: %s; install a newer one",
				p.descriptor.Version, missing)
		}
		return nil
	}
}

// RequireVersion refuses a plugin older than `least`, such as "0.2.0".
func RequireVersion(least string) OpenOption {
	return func(p *Plugin) error {
		wanted, err := parseVersion(least)
		if err != nil {
			return fault("open", InvalidArgument, "RequireVersion(%q): %v", least, err)
		}
		have, err := parseVersion(p.descriptor.Version)
		if err != nil {
			return p.unusable(FailedPrecondition, "its version %q cannot be compared with %s", p.descriptor.Version, least)
		}
		for i := range wanted {
			if have[i] > wanted[i] {
				return nil
			}
			if have[i] < wanted[i] {
				return p.unusable(FailedPrecondition, "it is version %s, and this program needs %s or newer",
					p.descriptor.Version, least)
			}
		}
		return nil
	}
}

// parseVersion takes major.minor.patch; what follows a "-" or "+" does not count.
func parseVersion(text string) (version [3]uint64, err error) {
	core := text
	if end := strings.IndexAny(text, "-+"); end >= 0 {
		core = text[:end]
	}
	parts := strings.Split(core, ".")
	if len(parts) != len(version) {
		return version, fmt.Errorf("a version has the form 1.2.3")
	}
	for i, part := range parts {
		if version[i], err = strconv.ParseUint(part, 10, 32); err != nil {
			return version, fmt.Errorf("a version has the form 1.2.3")
		}
	}
	return version, nil
}

// Describe loads the library at `path` and says what it is, without opening it: also of a plugin that this
// package cannot use.
func Describe(path string) (Descriptor, error) {
	p, err := load("describe", path)
	if err != nil {
		return Descriptor{}, err
	}
	defer C.okty_unload(&p.library)
	return p.descriptor, nil
}

// Open loads the plugin at `path` and checks that it and this package fit each other and that it meets the
// demands. It starts nothing. The same path may be opened more than once.
func Open(path string, demands ...OpenOption) (*Plugin, error) {
	p, err := load("open", path)
	if err != nil {
		return nil, err
	}
	if err := p.open(demands); err != nil {
		C.okty_unload(&p.library)
		return nil, err
	}
	return p, nil
}

func load(op, path string) (*Plugin, error) {
	// A name without a slash would send dlopen through the system's library path.
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fault(op, InvalidArgument, "the plugin %s: %v", path, err)
	}
	p := &Plugin{path: absolute}
	name := C.CString(absolute)
	defer C.free(unsafe.Pointer(name))
	var why [1024]C.char
	if C.okty_load(name, &p.library, &why[0], C.size_t(len(why))) != 0 {
		return nil, fault(op, FailedPrecondition, "the plugin %s cannot be used: %s", absolute, C.GoString(&why[0]))
	}
	d := p.library.descriptor
	p.descriptor = Descriptor{
		Name:         goString(d.name),
		Version:      goString(d.version),
		VCSID:        goString(d.vcs_id),
		ABIMajor:     uint32(d.abi_major),
		ABIMinor:     uint32(d.abi_minor),
		Capabilities: Capabilities(d.capabilities),
	}
	return p, nil
}

func (p *Plugin) open(demands []OpenOption) error {
	d := p.library.descriptor
	var host C.oktasync_host
	switch {
	case p.descriptor.ABIMajor != ABIMajor:
		return p.unusable(FailedPrecondition, "it speaks version %d of the interface and this program version %d; "+
			"install the plugin that belongs to the program", p.descriptor.ABIMajor, ABIMajor)
	case uint32(d.min_host_minor) > ABIMinor || uintptr(d.min_host_size) > unsafe.Sizeof(host):
		return p.unusable(FailedPrecondition, "it needs a host built with version %d.%d of the interface or newer, "+
			"and this program was built with %d.%d; build the program anew, or install an older plugin",
			ABIMajor, uint32(d.min_host_minor), ABIMajor, ABIMinor)
	}
	for _, demand := range demands {
		if err := demand(p); err != nil {
			return err
		}
	}
	cerr := newCError()
	if err := fromC("open", C.okty_open(&p.library, 0, &p.api, &cerr), &cerr); err != nil {
		return p.unusable(err.(*Error).Code, "%s", err.(*Error).Message)
	}
	// Everything up to here belongs to the first version; later slots are asked for one by one.
	if uintptr(p.api.struct_size) < unsafe.Offsetof(p.api.identity_changed)+unsafe.Sizeof(p.api.identity_changed) {
		return p.unusable(FailedPrecondition, "its table is shorter than the first version's")
	}
	return nil
}

func (p *Plugin) unusable(code Code, format string, args ...any) error {
	return fault("open", code, "the plugin %s cannot be used: %s", p.path, fmt.Sprintf(format, args...))
}

// Path is the absolute path that the plugin was loaded from.
func (p *Plugin) Path() string { return p.path }

// Descriptor is what the plugin says of itself.
func (p *Plugin) Descriptor() Descriptor { return p.descriptor }

// Capabilities is short for Descriptor().Capabilities.
func (p *Plugin) Capabilities() Capabilities { return p.descriptor.Capabilities }

// Close gives the library back. It is refused with [FailedPrecondition] while an instance is not closed.
// Closing twice is fine.
func (p *Plugin) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil
	}
	if p.instances > 0 {
		return fault("close", FailedPrecondition,
			"%d instances of the plugin %s are not closed; close them first", p.instances, p.path)
	}
	p.closed = true
	C.okty_unload(&p.library)
	return nil
}

// hold keeps the plugin from being closed until drop.
func (p *Plugin) hold(op string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return closedError(op)
	}
	p.instances++
	return nil
}

func (p *Plugin) drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.instances--
}

// takeBuf copies what the plugin handed out, and gives it back.
func (p *Plugin) takeBuf(buf *C.oktasync_buf) []byte {
	defer C.okty_buf_release(p.api, buf)
	return goBytes(buf.data, buf.len)
}

func goBytes(data *C.uint8_t, length C.uint64_t) []byte {
	if length == 0 {
		return nil
	}
	return append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(data)), int(length))...)
}

func goString(text C.oktasync_str) string { return string(goBytes(text.data, text.len)) }

// cBytes is where C reads `data`, for the time of one call.
func cBytes(data []byte) (*C.uint8_t, C.uint64_t) {
	if len(data) == 0 {
		return nil, 0
	}
	return (*C.uint8_t)(unsafe.Pointer(&data[0])), C.uint64_t(len(data))
}
