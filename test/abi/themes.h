/* What `abi_host` can play, one theme in a process: signals, limits and broken allocations are a process's own.
 * Each is called once, on the main thread, after BeginSession, with nothing loaded. */
#ifndef OKTASYNC_TEST_ABI_THEMES_H_
#define OKTASYNC_TEST_ABI_THEMES_H_

/* `plugin` is the path of oktasync_plugin.so, `other` that of another copy or build of it, or NULL. */
void Interface(const char* plugin, const char* other);  /* interface.c */
void Loading(const char* plugin, const char* other);    /* loading.c */
void Copies(const char* plugin, const char* other);     /* copies.c */
void Signals(const char* plugin, const char* other);    /* signals.c */
void Failing(const char* plugin, const char* other);    /* failing.c */
void Blocking(const char* plugin, const char* other);   /* blocking.c */
void Stopping(const char* plugin, const char* other);   /* stopping.c */
void Cycles(const char* plugin, const char* other);     /* cycles.c */
void Exhaustion(const char* plugin, const char* other); /* exhaustion.c */
void Versions(const char* plugin, const char* other);   /* versions.c */
/* `other` is oktasync_plugin_throwing.so. */
void ThrowingEntries(const char* plugin, const char* other); /* throwing_entries.c */
void ThrowingInside(const char* plugin, const char* other);  /* throwing_inside.c */

#endif
