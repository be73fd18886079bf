package oktasync

import (
	"context"
	"os"
)

// What tests of the package's outside look at within.

// Handles counts the cgo.Handles in use.
func Handles() int64 { return handles.Load() }

// KeptTexts counts the parts of identities (key, certificate, CA) that are in C memory.
func KeptTexts() int64 { return keptTexts() }

// Dialled is the plugin's end of what `host` dials. `release` is for when it is done with.
func Dialled(host Host, address string) (end *os.File, secured bool, release func(), err error) {
	b := newBinding(context.Background(), host, SignAuto)
	fd, secured, err := b.dial(address, 0, -1)
	if err != nil {
		b.release()
		return nil, false, nil, err
	}
	return os.NewFile(uintptr(fd), "dialled"), secured, b.release, nil
}
