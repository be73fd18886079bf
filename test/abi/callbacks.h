/* The C11 host's side of the interface: log, identity, dial, sign, audit event; with faults on demand. Worse
 * hosts put functions of their own into the table that MakeHost gives.
 *
 * World is what host_ctx points to. Counters are atomic, for callbacks come from the plugin's threads; the
 * rest is set before the instance that uses it starts, or while none runs, but for dial_mode. Nothing here
 * needs a file descriptor but a dial that connects: keys and certificates are read once, by FillWorld. */
#ifndef OKTASYNC_TEST_ABI_CALLBACKS_H_
#define OKTASYNC_TEST_ABI_CALLBACKS_H_

#include <openssl/evp.h>
#include <stdatomic.h>
#include <stdint.h>

#include "oktasync/plugin.h"

enum DialMode {
  DIAL_CONNECT, /* an own TCP connection */
  DIAL_REFUSE,  /* an error with words */
  DIAL_SECURED, /* a connection that claims to be secured */
  DIAL_NOTHING, /* success without a connection */
  DIAL_HANG,    /* nothing until the plugin cancels */
  DIAL_STUBBORN /* nothing until let_go, whatever the plugin wants */
};

typedef struct World {
  char* key_pem; /* of the identity */
  char* cert_pem;
  char* ca_pem;
  EVP_PKEY* okta_key;
  int identity_fails;
  int audit_fails;
  atomic_int dial_mode;
  atomic_int let_go;

  atomic_uint calls; /* of any callback */
  atomic_uint log_lines;
  atomic_uint log_errors; /* lines of level error */
  atomic_uint identities;
  atomic_uint identities_released;
  atomic_uint dials;
  atomic_uint hanging; /* dials that wait for cancel_fd */
  atomic_uint signatures;
  atomic_uint audit_events;
  atomic_uint audit_good; /* of the right type and form */
} World;

/* From the text of playground.json. */
void FillWorld(World* world, const char* info);
void EmptyWorld(World* world);

oktasync_host MakeHost(void);

/* Writes code and message into `err`, and returns the code. */
int32_t Fail(oktasync_error* err, int32_t code, const char* message);

/* OKTASYNC_SIGN_ES256 or RS256, from the kind of okta_key. */
int32_t SignAlgorithm(const World* world);

#endif
