/* One loaded plugin and what a host does with it: open, instances, runs, documents. Each function checks what
 * must hold wherever it is used and ends the program otherwise, so the themes hold only what is theirs.
 *
 * Global, because the program is one host and plays one theme: `api`, `host`, `world` and `config` are what the
 * functions here use; a theme may change `host` and `world` before it makes an instance, and copies.c points
 * `api` to another copy of the plugin. For the main thread alone, but for `world`'s atomics. */
#ifndef OKTASYNC_TEST_ABI_SESSION_H_
#define OKTASYNC_TEST_ABI_SESSION_H_

#include <stdint.h>

#include "callbacks.h"
#include "oktasync/plugin.h"

#define SECOND UINT64_C(1000000000)
/* How long something may take that surely ends: only a hang is longer, also on a busy machine. */
#define PATIENCE (90 * SECOND)
/* stop promises a second; the rest is for sanitizers and busy machines. */
#define STOP_LIMIT (3 * SECOND)

extern const oktasync_api* api;
extern oktasync_host host;
extern World world;
extern char* config; /* names neither a key for Okta nor an identity: the host has both */
extern uint64_t users;

/* Reads `dir`/playground.json: fills in world, host and config, and connects control.h. */
void BeginSession(const char* dir, uint64_t user_count);
void EndSession(void);
/* A configuration that names the files of the key and the identity, for a host that has nothing but a log. */
const char* ConfigWithFiles(void);

oktasync_str Str(const char* text);
int Says(const oktasync_error* err, const char* words);

void* Load(const char* path);
/* ISO C has no conversion from void* to a function pointer: `function` points to one. */
void Find(void* library, const char* name, void* function);
/* Points `api` to the table of this copy. */
void Open(void* library);

/* A buffer as a NUL-terminated text; gives the buffer back. The caller frees. */
char* Take(oktasync_buf* buf);
char* Status(oktasync_instance* instance);
void StateIs(oktasync_instance* instance, const char* quoted);
/* The report in pieces of `piece_bytes`. */
char* Report(oktasync_instance* instance, uint64_t run, uint64_t piece_bytes);
char* WaitForReport(oktasync_instance* instance, uint64_t run);

oktasync_create_options CreateOptions(uint32_t flags);
oktasync_instance* Create(uint32_t flags);
/* Created to run on request, and started. */
oktasync_instance* Started(void);
/* Asks for a sync, or a plan, that must be accepted. */
uint64_t Ask(oktasync_instance* instance, int plan);
/* Asks and waits; the report. */
char* Sync(oktasync_instance* instance);
/* A sync that must end well. */
void SyncsWell(oktasync_instance* instance);
/* A sync that must fail with `words` in its report. */
void SyncFails(oktasync_instance* instance, const char* words);
/* Within STOP_LIMIT, and no callback comes after it. */
void Stop(oktasync_instance* instance);
void StopAndDestroy(oktasync_instance* instance);

/* Waits until *counter is at least `least`. */
void Await(atomic_uint* counter, unsigned least, const char* sentence);

#endif
