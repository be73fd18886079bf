/* The playground's control port (test/playground/control), for the C11 host. One thread. */
#ifndef OKTASYNC_TEST_ABI_CONTROL_H_
#define OKTASYNC_TEST_ABI_CONTROL_H_

/* `info` is the text of playground.json. */
void ConnectControl(const char* info);

/* POST of a command, e.g. Control("/auth/fault", "{…}"); the answer's JSON, the caller frees. Ends the program
 * when the playground refuses it. */
char* Control(const char* path, const char* json);
/* The same when the answer does not matter. */
void Tell(const char* path, const char* json);

/* Waits until a fault of the auth service for this call has struck. */
void AwaitStruck(const char* call);
/* Waits until the record says `words` after entry number `after`. */
void AwaitRecord(unsigned long after, const char* words);
/* The number of the record's last entry. */
unsigned long RecordEnd(void);

#endif
