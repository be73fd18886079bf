/* Assertions, waiting and a little JSON reading for the C11 host. One thread, but for Elapsed. */
#ifndef OKTASYNC_TEST_ABI_CHECK_H_
#define OKTASYNC_TEST_ABI_CHECK_H_

#include <stdint.h>

/* Ends the program with the place and the sentence when `condition` does not hold. */
#define CHECK(condition, sentence) Check((condition) ? 1 : 0, __FILE__, __LINE__, #condition, (sentence))

void Check(int holds, const char* file, int line, const char* condition, const char* sentence);

/* Says what is tried next, so that whoever reads the output of a failure knows where it happened. */
void Try(const char* sentence);

/* A file's bytes, NUL-terminated; the caller frees. Ends the program when it cannot be read. */
char* ReadFile(const char* path, uint64_t* length);

/* Nanoseconds of a clock that is never set. */
uint64_t Elapsed(void);
/* Between two looks at something that has no way to wake us. */
void Pause(void);

/* The text right after "key": in a JSON document, blanks skipped; NULL when there is no such key. Enough for
 * documents whose keys are unique where they are looked for. */
const char* JsonAfter(const char* json, const char* key);
/* Whether "key": is followed by `value`, e.g. JsonIs(text, "ok", "true"). */
int JsonIs(const char* json, const char* key, const char* value);
/* A copy of the text between the quotes after "key":, which holds no escapes; the caller frees. Ends the program
 * when there is none. */
char* JsonText(const char* json, const char* key);
/* The unsigned number after "key":, or 0. */
uint64_t JsonNumber(const char* json, const char* key);
/* How often `what` occurs. */
unsigned Occurrences(const char* text, const char* what);

#endif
