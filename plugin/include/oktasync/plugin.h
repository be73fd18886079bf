/*
 * oktasync/plugin.h: the C interface between oktasync and the auth-side host that loads it.
 *
 * oktasync keeps the users of a Teleport cluster equal to the people assigned to one Okta app. A host (a
 * fork of Teleport's auth server, the program `oktasync`, a test) loads oktasync_plugin.so with
 * dlopen(path, RTLD_NOW | RTLD_LOCAL), looks up two symbols, and works through the table that the second
 * one returns:
 *
 *     describe -> open -> create -> start -> (sync_now, plan, approve, explain, status, report,
 *              identity_changed)* -> stop -> destroy
 *
 * This header is all that a host needs. It is C11 and C++17, and includes nothing but <stddef.h> and
 * <stdint.h>.
 *
 * 1. Versions. ABI_MAJOR changes when something that exists changes its meaning; the plugin and the host
 *    must have the same one. Everything else grows at the end: each struct starts with `struct_size`, set
 *    by whoever fills the struct in, and a reader looks at a member only when OKTASYNC_HAS says that it is
 *    there. Nothing is ever inserted or removed in the middle.
 * 2. Optional slots. A function pointer of the table may be NULL; its capability bit is then clear. Test
 *    with OKTASYNC_HAS_SLOT. What is not NULL does what its comment says.
 * 3. Types. Fixed width only; no bool, enum, long, size_t or bit field. Lengths are bytes, times are
 *    nanoseconds, texts are UTF-8 and not NUL-terminated.
 * 4. Ownership. What goes in (oktasync_str, struct pointers) is borrowed for the call and copied where it
 *    is needed longer. What comes out as oktasync_buf belongs to the plugin and is given back with
 *    buf_release. No allocator crosses the border: neither side frees what the other one made.
 * 5. Errors. Each call returns an OKTASYNC_* code, 0 for success, and describes a failure in the caller's
 *    own oktasync_error (which may be NULL). Out parameters are written on success, unless said otherwise.
 *    There is no "last error". No message holds a key, a token or an assertion.
 * 6. Threads. Every function of the table may be called from any thread at any time, except that start,
 *    stop and destroy of one instance are for one caller at a time, and that nothing may be called with an
 *    instance during or after its destroy. The plugin's own threads block all signals, it installs no
 *    signal handlers, and nothing is thrown across the border in either direction.
 * 7. Callbacks (oktasync_host) may come from any thread of the plugin, and from several at once, unless
 *    the comment names the thread. None is called while the plugin holds a lock of its own. None is called
 *    after stop has returned OKTASYNC_OK. A callback must return; it must not call stop or destroy of its
 *    instance, must not unwind (no exception, no longjmp, no Go panic) into the plugin, and leaves the
 *    thread's signal mask as it was. Go's runtime unblocks some signals on a thread that calls into it: a
 *    host in Go restores the mask before it returns, as plugin/go does.
 * 8. Unloading. dlclose is allowed once all instances are destroyed, and changes nothing: the library is
 *    linked with -z nodelete, for gRPC's threads may outlive an instance. dlopen gives the same copy again.
 *    Two copies (an old and a new version, say) may be loaded into one process.
 * 9. Trust. A plugin shares its host's memory and keys. Load it only from where nobody but root can write.
 */
#ifndef OKTASYNC_PLUGIN_H_
#define OKTASYNC_PLUGIN_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OKTASYNC_ABI_MAJOR 1u
#define OKTASYNC_ABI_MINOR 3u
#define OKTASYNC_MAGIC 0x4F4B5459u /* "OKTY" */

/* Is `member` within the struct that its producer knew? */
#define OKTASYNC_HAS(type, p, member) ((p)->struct_size >= offsetof(type, member) + sizeof((p)->member))
/* The same for a function pointer that may also be NULL. */
#define OKTASYNC_HAS_SLOT(type, p, member) (OKTASYNC_HAS(type, p, member) && (p)->member != NULL)

#if defined(__GNUC__) || defined(__clang__)
#define OKTASYNC_EXPORT __attribute__((visibility("default")))
#else
#define OKTASYNC_EXPORT
#endif

/* Codes: gRPC's canonical numbers. Those that the plugin gives are named; a host may return any. */
#define OKTASYNC_OK 0
#define OKTASYNC_CANCELLED 1
#define OKTASYNC_UNKNOWN 2
#define OKTASYNC_INVALID_ARGUMENT 3
#define OKTASYNC_DEADLINE_EXCEEDED 4
#define OKTASYNC_NOT_FOUND 5
#define OKTASYNC_ALREADY_EXISTS 6
#define OKTASYNC_PERMISSION_DENIED 7
#define OKTASYNC_RESOURCE_EXHAUSTED 8
#define OKTASYNC_FAILED_PRECONDITION 9
#define OKTASYNC_ABORTED 10
#define OKTASYNC_OUT_OF_RANGE 11
#define OKTASYNC_UNIMPLEMENTED 12
#define OKTASYNC_INTERNAL 13
#define OKTASYNC_UNAVAILABLE 14
#define OKTASYNC_DATA_LOSS 15
#define OKTASYNC_UNAUTHENTICATED 16

/* oktasync_error.flags */
#define OKTASYNC_ERROR_RETRYABLE 1u /* the same call may succeed later without anybody acting */
#define OKTASYNC_ERROR_CONFIG 2u    /* the configuration, or a file it names, must change first */
#define OKTASYNC_ERROR_AUTH 4u      /* credentials were not accepted, or do not allow this */

/* Capability bits of oktasync_descriptor. The slots that have no bit are always there. */
#define OKTASYNC_CAP_APPROVE (UINT64_C(1) << 0)
#define OKTASYNC_CAP_EXPLAIN (UINT64_C(1) << 1)
#define OKTASYNC_CAP_PREFLIGHT (UINT64_C(1) << 2)
#define OKTASYNC_CAP_SCIM (UINT64_C(1) << 3)
#define OKTASYNC_CAP_JWKS (UINT64_C(1) << 4)
#define OKTASYNC_CAP_METRICS (UINT64_C(1) << 5)
/* The plugin accepts connections with OKTASYNC_CONNECTION_SECURED from the host's dial. */
#define OKTASYNC_CAP_DIAL_SECURED (UINT64_C(1) << 6)
#define OKTASYNC_CAP_JOIN (UINT64_C(1) << 7)

/* Levels of the host's log. */
#define OKTASYNC_LOG_DEBUG 0
#define OKTASYNC_LOG_INFO 1
#define OKTASYNC_LOG_WARN 2
#define OKTASYNC_LOG_ERROR 3

/* Algorithms of the host's sign (RFC 7518). */
#define OKTASYNC_SIGN_NONE 0
#define OKTASYNC_SIGN_ES256 1
#define OKTASYNC_SIGN_RS256 2

/* oktasync_connection.flags */
#define OKTASYNC_CONNECTION_SECURED 1u /* the host has done TLS already; its key never leaves it */

/* oktasync_create_options.flags */
#define OKTASYNC_CREATE_ON_REQUEST 1u /* no runs but those that sync_now and plan ask for */

/* oktasync_join_options.flags */
#define OKTASYNC_JOIN_FORCE 1u /* an identity that is there is replaced */

/* Borrowed bytes; `data` may be NULL when `len` is 0. */
typedef struct oktasync_str {
  const uint8_t* data;
  uint64_t len;
} oktasync_str;

/* Bytes owned by the plugin, until buf_release. `owner` is the plugin's and means nothing to others. */
typedef struct oktasync_buf {
  const uint8_t* data;
  uint64_t len;
  void* owner;
} oktasync_buf;

/* Allocated by the caller, who sets struct_size; filled by the callee when it returns another code than 0. */
typedef struct oktasync_error {
  uint32_t struct_size;
  int32_t code;            /* equals the call's return value */
  uint32_t flags;          /* OKTASYNC_ERROR_* */
  uint32_t reserved;       /* 0 */
  uint64_t retry_after_ns; /* how long to wait before another try; 0 when not known */
  char message[1024];      /* one or more sentences, NUL-terminated, cut at a character border */
} oktasync_error;
#define OKTASYNC_ERROR_INIT                      \
  {                                              \
    sizeof(oktasync_error), 0, 0u, 0u, 0u, { 0 } \
  }

/* One field of a log line. Values may hold text from outside: escape them before they reach a terminal. */
typedef struct oktasync_field {
  oktasync_str key;
  oktasync_str value;
} oktasync_field;

/* What the host is towards Teleport: a certificate of the cluster's host CA with the system role Okta. */
typedef struct oktasync_identity {
  uint32_t struct_size;  /* set by the plugin; the host fills no member beyond it */
  uint32_t reserved;     /* 0 */
  oktasync_str key_pem;  /* private key of the certificate, PEM, not encrypted */
  oktasync_str cert_pem; /* exactly one certificate: Teleport hangs up on a client that sends a chain */
  oktasync_str ca_pem;   /* the cluster's host CA certificates, one or more */
  uint64_t generation;   /* another number whenever the host has renewed the identity */
  uint64_t owner;        /* the host's own, for identity_release */
} oktasync_identity;

typedef struct oktasync_dial_request {
  uint32_t struct_size;
  int32_t cancel_fd; /* readable (poll for POLLIN) once the plugin no longer wants the connection; borrowed:
                        do not read from it and do not close it */
  oktasync_str address; /* host:port of the auth server, from the configuration */
  uint64_t timeout_ns;
} oktasync_dial_request;

typedef struct oktasync_connection {
  uint32_t struct_size; /* set by the plugin */
  int32_t fd;           /* a connected stream socket; the plugin's from the callback's return, also when it
                           then refuses the connection */
  uint32_t flags;       /* OKTASYNC_CONNECTION_*; 0: raw, the plugin runs TLS over it */
  uint32_t reserved;    /* 0 */
} oktasync_connection;

/*
 * The host's side. Slots that are not said to be required may be NULL. The plugin copies the struct when an
 * instance is created. `host_ctx` is the number that the host gave to create: its handle for the instance
 * (a pointer cast to uintptr_t, a cgo.Handle).
 */
typedef struct oktasync_host {
  uint32_t struct_size;
  uint32_t abi_minor; /* the OKTASYNC_ABI_MINOR that the host was built with */

  /*
   * Required. One log line: a sentence, with fields.
   * Ownership: everything is borrowed for the call.
   * Thread: one thread of the plugin per instance, or the one that calls create; never two at once. While
   *   a call lasts later lines wait in a bounded queue; what does not fit is dropped, and the number of
   *   dropped lines is logged. A slow log slows nothing else.
   * Since: 1.0
   */
  void (*log)(uint64_t host_ctx, int32_t level, oktasync_str target, oktasync_str message,
              const oktasync_field* fields, uint64_t field_count);

  /*
   * Gives the identity towards Teleport. NULL: the configuration names the files of one
   * (teleport.identity), or dial secures its connections, and the key never leaves the host. When both are
   * there, this one is used. identity_release is required with it and
   * is called exactly once for each success, on the same thread, as soon as the plugin has its own copy:
   * the host wipes and frees then.
   * Thread: the one that calls create or identity_changed, or one of the plugin's.
   * Blocking: may take as long as the host's own store; a connection waits for it.
   * Errors: any; the message appears in the report of the run that needed the connection.
   * Since: 1.0
   */
  int32_t (*identity)(uint64_t host_ctx, oktasync_identity* identity, oktasync_error* err);
  void (*identity_release)(uint64_t host_ctx, oktasync_identity* identity);

  /*
   * Connects to the auth server. NULL: the plugin opens a TCP connection itself. Called again for each
   * reconnect. With OKTASYNC_CONNECTION_SECURED the host has done TLS: one client certificate of the system
   * role Okta and no chain, the server proved as teleport.cluster.local by the cluster's host CA, ALPN h2; the
   * stream carries the plaintext inside. Without it the plugin does all that with the identity.
   * Ownership: on success connection->fd passes to the plugin, which closes it.
   * Thread: one of the plugin's.
   * Blocking: until connected, timed out, or cancel_fd becomes readable. A dial that ignores cancel_fd
   *   makes stop wait.
   * Errors: any; UNAVAILABLE is usual and is tried again with backoff.
   * Since: 1.0
   */
  int32_t (*dial)(uint64_t host_ctx, const oktasync_dial_request* request, oktasync_connection* connection,
                  oktasync_error* err);

  /*
   * Signs with the private key that is registered in Okta, for a key that lives in a KMS or in the host.
   * Used when oktasync_create_options.sign_algorithm is set; private_key_file of the configuration is then
   * not read.
   * `signature` gets the signature over `input` in JOSE form: for ES256 the 64 bytes r || s of RFC 7518
   * section 3.4 (not DER), for RS256 PKCS#1 v1.5. `*length` says how many bytes of `capacity` were written.
   * Thread: one of the plugin's.
   * Blocking: an access token waits for it; at most a few seconds.
   * Errors: any; the run that needed the token reports the message.
   * Since: 1.0
   */
  int32_t (*sign)(uint64_t host_ctx, oktasync_str key_id, int32_t algorithm, oktasync_str input,
                  uint8_t* signature, uint64_t capacity, uint64_t* length, oktasync_error* err);

  /*
   * Told of the audit event of each finished sync, as JSON in the field names of Teleport's own audit log:
   * {"event":"okta.user.sync","code":"TOK007I" or "TOK007E","time",…}. The plugin sends the same event to
   * the auth server; a host that stores what it gets here stores it a second time, in its own log.
   * Ownership: borrowed for the call.
   * Thread: the one that runs syncs; the next run waits for the return.
   * Errors: logged and counted in status (audit_events_failed); they never fail a run.
   * Since: 1.0
   */
  int32_t (*audit_event)(uint64_t host_ctx, oktasync_str type, oktasync_str json, oktasync_error* err);

  /*
   * Clocks; both or neither (the system's are used then). Wall time in nanoseconds since 1970-01-01 UTC,
   * and time since boot that counts while the machine is suspended (CLOCK_BOOTTIME).
   * Thread: any. Blocking: never.
   * Since: 1.0
   */
  int64_t (*clock_wall_ns)(uint64_t host_ctx);
  int64_t (*clock_boot_ns)(uint64_t host_ctx);
} oktasync_host;

/* What a plugin is. Static; the same at each call. */
typedef struct oktasync_descriptor {
  uint32_t struct_size;
  uint32_t magic; /* OKTASYNC_MAGIC */
  uint32_t abi_major;
  uint32_t abi_minor;
  uint64_t capabilities;   /* OKTASYNC_CAP_* */
  uint32_t min_host_size;  /* the least oktasync_host.struct_size that open accepts */
  uint32_t min_host_minor; /* the least oktasync_host.abi_minor that open accepts */
  oktasync_str name;       /* "oktasync" */
  oktasync_str version;    /* "0.1.0" */
  oktasync_str vcs_id;     /* of the source tree, "" when it was built outside of one */
} oktasync_descriptor;

/* One sync of one Okta app into one cluster. Typed and opaque. */
typedef struct oktasync_instance oktasync_instance;

typedef struct oktasync_create_options {
  uint32_t struct_size;
  uint32_t flags;            /* OKTASYNC_CREATE_* */
  const oktasync_host* host; /* required; copied */
  uint64_t host_ctx;         /* handed to every callback of this instance */
  oktasync_str config;       /* the JSON document; copied */
  int32_t sign_algorithm;    /* OKTASYNC_SIGN_*; NONE: the configuration names a private_key_file */
  uint32_t reserved;         /* 0 */
} oktasync_create_options;

/* Since 1.3. */
typedef struct oktasync_join_options {
  uint32_t struct_size;
  uint32_t flags;      /* OKTASYNC_JOIN_* */
  oktasync_str config; /* the JSON document, which names the address and the file (teleport.identity.file) */
  oktasync_str token;  /* the join token, a secret; blanks around it are cut */
  const oktasync_str* ca_pins; /* ca_pin_count of them, "sha256:<hex>"; NULL for none */
  uint64_t ca_pin_count;
  oktasync_str proxy_ca_file; /* PEM, trusted for the proxy's web certificate; "": the system's store */
  int32_t cancel_fd;          /* as of preflight; -1: none */
  uint32_t reserved;          /* 0 */
} oktasync_join_options;

/* A slot that a later minor version fills. It is NULL, its signature is not fixed yet: do not call it. */
typedef void (*oktasync_reserved_slot)(void);

/* The plugin's side. Static: the pointer stays valid as long as the library is loaded. */
typedef struct oktasync_api {
  uint32_t struct_size;
  uint32_t abi_minor;

  /*
   * Gives back what the plugin handed out, and clears *buf. A cleared or zeroed buf is fine, so is NULL.
   * Thread: any. Blocking: no. Errors: none. Since: 1.0
   */
  void (*buf_release)(oktasync_buf* buf);

  /*
   * Checks a configuration without doing anything: no file is opened and nothing is connected to.
   * `problems` (may be NULL) is written in both cases: a JSON array of {"path", "text"}, one entry for each
   * problem of the document, all of them; "path" is a JSON pointer (RFC 6901), "text" says what is wrong
   * and what is expected. Empty when the configuration is good.
   * Ownership: *problems goes back with buf_release, also after INVALID_ARGUMENT.
   * Thread: any. Blocking: no.
   * Errors: INVALID_ARGUMENT with CONFIG: there are problems; the message is their list in words.
   * Since: 1.0
   */
  int32_t (*config_validate)(oktasync_str config, oktasync_buf* problems, oktasync_error* err);

  /*
   * Makes an instance: checks the configuration, reads the key and identity files that it names, asks the
   * host for the identity. Connects to nothing.
   * Ownership: *instance is the caller's until destroy.
   * Thread: any. Callbacks: log, identity (and release) on this thread.
   * Blocking: for the files and the host's identity only.
   * Errors: INVALID_ARGUMENT or FAILED_PRECONDITION with CONFIG, naming the entry or file to blame;
   *   INVALID_ARGUMENT without it when `options` itself is wrong; RESOURCE_EXHAUSTED.
   * Since: 1.0
   */
  int32_t (*create)(const oktasync_create_options* options, oktasync_instance** instance,
                    oktasync_error* err);

  /*
   * Starts the loop and returns at once. The first run begins right away, unless the configuration or
   * OKTASYNC_CREATE_ON_REQUEST says otherwise. What goes wrong from now on is found in status and report.
   * Thread: one caller at a time for start, stop, destroy. Blocking: no.
   * Errors: FAILED_PRECONDITION when it was started or stopped before (an instance runs once);
   *   RESOURCE_EXHAUSTED when the system gives no thread.
   * Since: 1.0
   */
  int32_t (*start)(oktasync_instance* instance, oktasync_error* err);

  /*
   * Cancels what is under way, gives the lease back, closes the connections and ends the threads. Takes
   * less than a second as long as no callback of the host blocks. Waits at most `timeout_ns`; with 0 it
   * asks and does not wait. Idempotent: call it again to wait on. After OKTASYNC_OK no callback is called
   * any more; status and report go on answering until destroy.
   * Thread: one caller at a time for start, stop, destroy; never from a callback.
   * Blocking: up to timeout_ns.
   * Errors: DEADLINE_EXCEEDED with RETRYABLE: still running; do not destroy yet.
   * Since: 1.0
   */
  int32_t (*stop)(oktasync_instance* instance, uint64_t timeout_ns, oktasync_error* err);

  /*
   * Frees an instance that was stopped, or never started.
   * Thread: one caller at a time for start, stop, destroy; never from a callback; no other call with this
   *   instance may be under way.
   * Blocking: no, once stopped.
   * Errors: FAILED_PRECONDITION when stop has not returned OKTASYNC_OK; nothing is freed then.
   * Since: 1.0
   */
  int32_t (*destroy)(oktasync_instance* instance, oktasync_error* err);

  /*
   * Asks for a sync, or for a plan: the same reads and decisions with an end that writes nothing, down to
   * the last one. Returns at once. When a run is under way one more follows it, and all who ask meanwhile
   * for the same kind get that run's id.
   * Ownership: *run_id is a number for `report`, unique in this instance.
   * Thread: any. Blocking: no.
   * Errors: FAILED_PRECONDITION when the instance is not running.
   * Since: 1.0
   */
  int32_t (*sync_now)(oktasync_instance* instance, uint64_t* run_id, oktasync_error* err);
  int32_t (*plan)(oktasync_instance* instance, uint64_t* run_id, oktasync_error* err);

  /*
   * Where the instance stands, as a JSON object; times are RFC 3339 in UTC, by the host's clock or else the
   * system's, unknown ones null:
   *   state                "created", "running", "stopping", "stopped" or "failed"
   *   progress             null, or of the run under way {run_id, kind: "sync"|"plan", stage, seen,
   *                        expected, written, left_seconds, rate_wait_seconds}; expected 0: not known;
   *                        left_seconds (since 1.2): what reading the rest takes at the least by Okta's rate
   *                        window, null: not known; rate_wait_seconds (since 1.3): so much longer is waited
   *                        for a window of Okta's before it is asked again, 0: nothing waits
   *   last_run             null, or of the last finished sync {run_id, ended, ok, error: null|{code, message}}
   *   last_whole_walk      when the whole of the app's people was last seen; offboarding is as old as this
   *   next_run             null: no run is planned
   *   runs                 syncs finished so far
   *   last_error           "", or why the instance failed
   *   standby              "", or why runs are left to another runner (since 1.1)
   *   alarm                "", or that no whole list was seen for too long, and what that means (since 1.1)
   *   to_mend              what somebody must mend beside the runs, a sentence each, as of the last run: an
   *                        identity that cannot be renewed or kept, a key that Okta no longer takes (since 1.3)
   *   held                 of the last finished sync [{kind, digest, people, reason, warning}] (since 1.1)
   *   log_lines_dropped, audit_events_failed
   * Ownership: *json goes back with buf_release.
   * Thread: any. Blocking: no.
   * Errors: RESOURCE_EXHAUSTED.
   * Since: 1.0
   */
  int32_t (*status)(oktasync_instance* instance, oktasync_buf* json, oktasync_error* err);

  /*
   * The report of a finished run (a plan's is the plan), a piece at a time: up to `max_bytes` (0: 1 MiB)
   * from `offset` of a JSON document of *total bytes. Read until offset + piece.len == *total. The document
   * of one run never changes; pieces are cut at bytes, not at characters.
   * Ownership: *piece goes back with buf_release.
   * Thread: any. Blocking: for rendering a big document, no longer.
   * Errors: NOT_FOUND: no such run, or forgotten (the last ones are kept); UNAVAILABLE with RETRYABLE: not
   *   finished yet; OUT_OF_RANGE: offset is beyond the end.
   * Since: 1.0
   */
  int32_t (*report)(oktasync_instance* instance, uint64_t run_id, uint64_t offset, uint64_t max_bytes,
                    oktasync_buf* piece, uint64_t* total, oktasync_error* err);

  /*
   * The host has renewed its identity (or the files have changed): connect anew with it.
   * Thread: any. Callbacks: may ask for the identity on this thread. Blocking: no.
   * Errors: FAILED_PRECONDITION when stopped.
   * Since: 1.0
   */
  int32_t (*identity_changed)(oktasync_instance* instance, oktasync_error* err);

  /*
   * Lets a held set through, for an admin who has looked at it, and asks for a sync that carries it out; the
   * run's id is in *run_id. What goes through is what is in the set and still confirmed, once, within 24 hours
   * of the plan, for this org and app only. Nothing of it survives a restart.
   * `digest` names a set that a report of this instance shows; or one of `plan`, a saved report's JSON, where
   * it may be empty if the plan holds only one set. `plan` may be empty.
   * Thread: any. Blocking: no.
   * Errors: NOT_FOUND: no report of this instance shows that digest; INVALID_ARGUMENT: `plan` is none, or was
   *   changed; FAILED_PRECONDITION: too old, used already, or the instance is not running.
   * Since: 1.1
   */
  int32_t (*approve)(oktasync_instance* instance, oktasync_str digest, oktasync_str plan, uint64_t* run_id,
                     oktasync_error* err);

  /*
   * Why one person is as he is: what Okta says, what Teleport holds, which rule decides and what a run would
   * do, as JSON {query, okta: {id, exists, status, assigned, assignment_status, name, presence},
   * teleport: {users: [{name, whose, roles}], locks: [{name, user, purpose, until, in_force, approval}]},
   * rule, decision, sentences}. `who` is an Okta user id, or the name of a Teleport user. Reads only.
   * Ownership: *json goes back with buf_release.
   * Thread: any. Blocking: for the reads, a listing of Teleport's users among them; ended by stop.
   * Errors: NOT_FOUND: nobody is known by that id or name; FAILED_PRECONDITION: not running; those of the reads.
   * Since: 1.1
   */
  int32_t (*explain)(oktasync_instance* instance, oktasync_str who, oktasync_buf* json, oktasync_error* err);

  /*
   * Checks, before the first sync or when one fails, all that a sync needs, in order: keys, DNS, TLS, clock,
   * token, scopes, DPoP, org, app, admin role, resource set and rate limit on Okta's side; identity, connection,
   * version, roles, permissions, connector and lease on Teleport's. Takes what create takes, and makes no
   * instance: what create would refuse (a key file that cannot be read, say) is a check that failed. Reads only.
   * JSON {checks: [{id, title, outcome: "pass"|"fail"|"not_known", seen, todo, because, facts}], passed, failed,
   * not_known}; `seen` and `todo` are sentences, `because` the id of the check to mend first, `facts` an object of
   * texts that depends on the check. More checks may come with any version.
   * `cancel_fd` (-1: none) ends it soon once it is readable (poll for POLLIN); it is not read from and not closed.
   * Ownership: *json goes back with buf_release.
   * Thread: any. Callbacks: as for an instance, and none after the return.
   * Blocking: for the reads, each of which takes 15 seconds at most.
   * Errors: INVALID_ARGUMENT as create, with CONFIG for the configuration's problems; CANCELLED; that a check
   *   failed is no error.
   * Since: 1.3
   */
  int32_t (*preflight)(const oktasync_create_options* options, int32_t cancel_fd, oktasync_buf* json,
                       oktasync_error* err);

  oktasync_reserved_slot scim_request; /* not there yet: one SCIM 2.0 request that the host received */

  /*
   * The public keys that Okta must know, as a JWK Set (RFC 7517): those of the private key files that the
   * configuration names, the one that signs first at first. For a jwks_uri that the host serves, and for
   * pasting. The files are read at each call, so a host that serves it asks again for each request.
   * Ownership: *json goes back with buf_release.
   * Thread: any. Blocking: for the files only.
   * Errors: INVALID_ARGUMENT or FAILED_PRECONDITION with CONFIG, naming the entry or file to blame; also when
   *   the configuration names no key file, because the host signs: that key is the host's to publish.
   * Since: 1.2
   */
  int32_t (*jwks)(oktasync_str config, oktasync_buf* json, oktasync_error* err);

  oktasync_reserved_slot metrics; /* not there yet: for the host's own metrics endpoint */

  /*
   * Makes the process a member of the cluster with a join token of type okta, and writes its identity (system role
   * Okta) to the file of teleport.identity.file, of mode 0600, in one piece. For hosts that have no identity of
   * their own; once for a host, for every sync renews the file in time. The token only travels to a server that has
   * proved itself: by one of the pins at the auth server's port, by its web certificate at the proxy's
   * (teleport.proxy: true).
   * JSON {host_id, cluster, role, valid_until, file}.
   * Ownership: everything is borrowed for the call; *json goes back with buf_release.
   * Thread: any. Callbacks: none. Blocking: for the network and the file, within the configuration's time limits.
   * Errors: ALREADY_EXISTS: the file is there, and FORCE was not given; PERMISSION_DENIED: the token is wrong, has
   *   expired, or is for another role; UNAUTHENTICATED: the server did not prove itself; FAILED_PRECONDITION: no
   *   file is named or can be written, the clock is wrong, the server is too old; INVALID_ARGUMENT; UNAVAILABLE;
   *   CANCELLED. Nothing is changed then.
   * Since: 1.3
   */
  int32_t (*join)(const oktasync_join_options* options, oktasync_buf* json, oktasync_error* err);
} oktasync_api;

/*
 * What this plugin is.
 * Ownership: static. Thread: any, before anything else. Blocking: no. Side effects: none. Since: 1.0
 */
OKTASYNC_EXPORT const oktasync_descriptor* oktasync_plugin_describe(void);

/*
 * Checks that host and plugin fit each other, and gives the table. Starts nothing.
 * `host` is only looked at here; create takes it, and may be given another one.
 * Ownership: *api is static; NULL on failure.
 * Thread: any. Blocking: no.
 * Errors: FAILED_PRECONDITION: another major version, or a host built against an older minor than this
 *   plugin needs; INVALID_ARGUMENT: a required slot of the host is missing, or one without its companion.
 * Since: 1.0
 */
OKTASYNC_EXPORT int32_t oktasync_plugin_open(const oktasync_host* host, uint32_t want_major,
                                             const oktasync_api** api, oktasync_error* err);

typedef const oktasync_descriptor* (*oktasync_plugin_describe_fn)(void);
typedef int32_t (*oktasync_plugin_open_fn)(const oktasync_host* host, uint32_t want_major,
                                           const oktasync_api** api, oktasync_error* err);

#ifdef __cplusplus
}
#endif

#endif /* OKTASYNC_PLUGIN_H_ */
