// Package cmemory counts what C and C++ have allocated in this process, for tests that look for leaks. The
// resident size alone would not do: it breathes by more than a thousand small leaks.
package cmemory

// #include <malloc.h>
import "C"

// InUse is the number of bytes that malloc has given out and not got back. It sees one arena: set
// MALLOC_ARENA_MAX=1 in the environment of a process that asks.
func InUse() int64 {
	info := C.mallinfo2()
	return int64(info.uordblks) + int64(info.hblkhd)
}
