/* plugin.h compiles alone as C11, and lays its structs out as the first version did: hosts and plugins of
 * other builds rely on these numbers. Lines are only ever added. (LP64; the one ABI that Teleport's auth
 * server runs on.) */
#include "oktasync/plugin.h"

#define AT(type, member, offset) \
  _Static_assert(offsetof(type, member) == (offset), #type "." #member " has moved")
#define SIZE(type, size) _Static_assert(sizeof(type) == (size), #type " has another size")

#if defined(__LP64__)

SIZE(oktasync_str, 16);
AT(oktasync_str, data, 0);
AT(oktasync_str, len, 8);

SIZE(oktasync_buf, 24);
AT(oktasync_buf, data, 0);
AT(oktasync_buf, len, 8);
AT(oktasync_buf, owner, 16);

SIZE(oktasync_error, 1048);
AT(oktasync_error, struct_size, 0);
AT(oktasync_error, code, 4);
AT(oktasync_error, flags, 8);
AT(oktasync_error, reserved, 12);
AT(oktasync_error, retry_after_ns, 16);
AT(oktasync_error, message, 24);

SIZE(oktasync_field, 32);
AT(oktasync_field, key, 0);
AT(oktasync_field, value, 16);

SIZE(oktasync_identity, 72);
AT(oktasync_identity, struct_size, 0);
AT(oktasync_identity, key_pem, 8);
AT(oktasync_identity, cert_pem, 24);
AT(oktasync_identity, ca_pem, 40);
AT(oktasync_identity, generation, 56);
AT(oktasync_identity, owner, 64);

SIZE(oktasync_dial_request, 32);
AT(oktasync_dial_request, struct_size, 0);
AT(oktasync_dial_request, cancel_fd, 4);
AT(oktasync_dial_request, address, 8);
AT(oktasync_dial_request, timeout_ns, 24);

SIZE(oktasync_connection, 16);
AT(oktasync_connection, struct_size, 0);
AT(oktasync_connection, fd, 4);
AT(oktasync_connection, flags, 8);
AT(oktasync_connection, reserved, 12);

SIZE(oktasync_host, 72);
AT(oktasync_host, struct_size, 0);
AT(oktasync_host, abi_minor, 4);
AT(oktasync_host, log, 8);
AT(oktasync_host, identity, 16);
AT(oktasync_host, identity_release, 24);
AT(oktasync_host, dial, 32);
AT(oktasync_host, sign, 40);
AT(oktasync_host, audit_event, 48);
AT(oktasync_host, clock_wall_ns, 56);
AT(oktasync_host, clock_boot_ns, 64);

SIZE(oktasync_descriptor, 80);
AT(oktasync_descriptor, struct_size, 0);
AT(oktasync_descriptor, magic, 4);
AT(oktasync_descriptor, abi_major, 8);
AT(oktasync_descriptor, abi_minor, 12);
AT(oktasync_descriptor, capabilities, 16);
AT(oktasync_descriptor, min_host_size, 24);
AT(oktasync_descriptor, min_host_minor, 28);
AT(oktasync_descriptor, name, 32);
AT(oktasync_descriptor, version, 48);
AT(oktasync_descriptor, vcs_id, 64);

SIZE(oktasync_create_options, 48);
AT(oktasync_create_options, struct_size, 0);
AT(oktasync_create_options, flags, 4);
AT(oktasync_create_options, host, 8);
AT(oktasync_create_options, host_ctx, 16);
AT(oktasync_create_options, config, 24);
AT(oktasync_create_options, sign_algorithm, 40);
AT(oktasync_create_options, reserved, 44);

SIZE(oktasync_api, 152);
AT(oktasync_api, struct_size, 0);
AT(oktasync_api, abi_minor, 4);
AT(oktasync_api, buf_release, 8);
AT(oktasync_api, config_validate, 16);
AT(oktasync_api, create, 24);
AT(oktasync_api, start, 32);
AT(oktasync_api, stop, 40);
AT(oktasync_api, destroy, 48);
AT(oktasync_api, sync_now, 56);
AT(oktasync_api, plan, 64);
AT(oktasync_api, status, 72);
AT(oktasync_api, report, 80);
AT(oktasync_api, identity_changed, 88);
AT(oktasync_api, approve, 96);
AT(oktasync_api, explain, 104);
AT(oktasync_api, preflight, 112);
AT(oktasync_api, scim_request, 120);
AT(oktasync_api, jwks, 128);
AT(oktasync_api, metrics, 136);
AT(oktasync_api, join, 144);

SIZE(oktasync_join_options, 80);
AT(oktasync_join_options, struct_size, 0);
AT(oktasync_join_options, flags, 4);
AT(oktasync_join_options, config, 8);
AT(oktasync_join_options, token, 24);
AT(oktasync_join_options, ca_pins, 40);
AT(oktasync_join_options, ca_pin_count, 48);
AT(oktasync_join_options, proxy_ca_file, 56);
AT(oktasync_join_options, cancel_fd, 72);
AT(oktasync_join_options, reserved, 76);

#endif

/* What abidiff does not see: the numbers behind the names. Compiled into hosts, so they never change. */
#define VALUE(name, value) _Static_assert(OKTASYNC_##name == (value), "OKTASYNC_" #name " has another value")

VALUE(OK, 0);
VALUE(CANCELLED, 1);
VALUE(UNKNOWN, 2);
VALUE(INVALID_ARGUMENT, 3);
VALUE(DEADLINE_EXCEEDED, 4);
VALUE(NOT_FOUND, 5);
VALUE(ALREADY_EXISTS, 6);
VALUE(PERMISSION_DENIED, 7);
VALUE(RESOURCE_EXHAUSTED, 8);
VALUE(FAILED_PRECONDITION, 9);
VALUE(ABORTED, 10);
VALUE(OUT_OF_RANGE, 11);
VALUE(UNIMPLEMENTED, 12);
VALUE(INTERNAL, 13);
VALUE(UNAVAILABLE, 14);
VALUE(DATA_LOSS, 15);
VALUE(UNAUTHENTICATED, 16);
VALUE(ERROR_RETRYABLE, 1);
VALUE(ERROR_CONFIG, 2);
VALUE(ERROR_AUTH, 4);
VALUE(CAP_APPROVE, 1);
VALUE(CAP_EXPLAIN, 2);
VALUE(CAP_PREFLIGHT, 4);
VALUE(CAP_SCIM, 8);
VALUE(CAP_JWKS, 16);
VALUE(CAP_METRICS, 32);
VALUE(CAP_DIAL_SECURED, 64);
VALUE(CAP_JOIN, 128);
VALUE(JOIN_FORCE, 1);
VALUE(LOG_DEBUG, 0);
VALUE(LOG_INFO, 1);
VALUE(LOG_WARN, 2);
VALUE(LOG_ERROR, 3);
VALUE(SIGN_NONE, 0);
VALUE(SIGN_ES256, 1);
VALUE(SIGN_RS256, 2);
VALUE(CONNECTION_SECURED, 1);
VALUE(CREATE_ON_REQUEST, 1);
VALUE(ABI_MAJOR, 1);
VALUE(MAGIC, 0x4F4B5459);

/* The macros work in C. */
int abi_header_c11(const oktasync_api* api);
int abi_header_c11(const oktasync_api* api) {
  oktasync_error err = OKTASYNC_ERROR_INIT;
  return OKTASYNC_HAS_SLOT(oktasync_api, api, metrics) && err.code == OKTASYNC_OK;
}
