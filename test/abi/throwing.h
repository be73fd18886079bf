/* What the test-only build of the plugin (oktasync_plugin_throwing) exports beside the two symbols of
 * plugin.h: faults that are thrown at chosen points. Used by throwing.cc (inside) and
 * throwing_control.c.
 *
 * A point has a kind and a name: "entry:create", "callback:identity", "thread:oktasync-run". Thread-safe. */
#ifndef OKTASYNC_TEST_ABI_THROWING_H_
#define OKTASYNC_TEST_ABI_THROWING_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define THROW_NOTHING 0
#define THROW_BAD_ALLOC 1
#define THROW_RUNTIME_ERROR 2 /* its what() holds a secret, which must not come out */
#define THROW_NUMBER 3        /* no std::exception */
#define THROW_KINDS 3
#define THROW_SECRET "token=hunter2"

/* From now on each passage of `point` throws, `times` times. One point at a time. */
__attribute__((visibility("default"))) void oktasync_test_throw_at(const char* point, int32_t what,
                                                                   uint32_t times);
/* How often that happened since. */
__attribute__((visibility("default"))) uint32_t oktasync_test_thrown(void);
/* The n-th allocation (from 1) of our code on the calling thread fails; 0: none. Gives back what is left of the
 * one before: 0 when it has struck. */
__attribute__((visibility("default"))) uint32_t oktasync_test_fail_allocation(uint32_t n);
/* The points passed so far, in order of their names, each followed by a newline; at most `room` bytes with the
 * NUL. */
__attribute__((visibility("default"))) void oktasync_test_points(char* text, uint32_t room);

#ifdef __cplusplus
}
#endif

#endif
