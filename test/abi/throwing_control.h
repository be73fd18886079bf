/* From the C11 host into oktasync_plugin_throwing: see throwing.h. One thread, but for what throws. */
#ifndef OKTASYNC_TEST_ABI_THROWING_CONTROL_H_
#define OKTASYNC_TEST_ABI_THROWING_CONTROL_H_

#include <stdint.h>

#include "oktasync/plugin.h"
#include "throwing.h"

/* Loads the build that throws and opens it. */
void OpenThrowing(const char* path);

void ThrowAt(const char* point, int32_t what, uint32_t times);
void ThrowNothing(void);
uint32_t Thrown(void);
void FailAllocation(uint32_t n);
/* Disarms; how many allocations it was still away, 0 when it was reached and failed. */
uint32_t AllocationsLeft(void);
/* The points passed so far, each followed by a newline; the caller frees. */
char* PointsPassed(void);

/* That `code` and `err` are what an exception `what`, thrown in the function `name`, must come to. */
void CheckCaught(int32_t what, const char* name, int32_t code, const oktasync_error* err);

#endif
