#include "callbacks.h"

#include <errno.h>
#include <netdb.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"

static char* FileNamedBy(const char* info, const char* key) {
  char* path = JsonText(info, key);
  uint64_t length = 0;
  char* text = ReadFile(path, &length);
  free(path);
  return text;
}

void FillWorld(World* world, const char* info) {
  memset(world, 0, sizeof(*world));
  world->key_pem = FileNamedBy(info, "identity_key_file");
  world->cert_pem = FileNamedBy(info, "identity_cert_file");
  world->ca_pem = FileNamedBy(info, "identity_ca_file");
  char* path = JsonText(info, "private_key_file");
  FILE* file = fopen(path, "re");
  CHECK(file != NULL, path);
  world->okta_key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
  CHECK(world->okta_key != NULL, "the key for Okta can be read");
  fclose(file);
  free(path);
}

void EmptyWorld(World* world) {
  free(world->key_pem);
  free(world->cert_pem);
  free(world->ca_pem);
  EVP_PKEY_free(world->okta_key);
}

static World* WorldOf(uint64_t ctx) {
  World* world = (World*)(uintptr_t)ctx;
  atomic_fetch_add(&world->calls, 1);
  return world;
}

int32_t Fail(oktasync_error* err, int32_t code, const char* message) {
  err->code = code;
  snprintf(err->message, sizeof(err->message), "%s", message);
  return code;
}

static void Log(uint64_t ctx, int32_t level, oktasync_str target, oktasync_str message,
                const oktasync_field* fields, uint64_t field_count) {
  World* world = WorldOf(ctx);
  atomic_fetch_add(&world->log_lines, 1);
  if (level == OKTASYNC_LOG_ERROR) atomic_fetch_add(&world->log_errors, 1);
  printf("%d %.*s: %.*s", level, (int)target.len, (const char*)target.data, (int)message.len,
         (const char*)message.data);
  for (uint64_t i = 0; i < field_count; ++i) {
    printf(" %.*s=%.*s", (int)fields[i].key.len, (const char*)fields[i].key.data, (int)fields[i].value.len,
           (const char*)fields[i].value.data);
  }
  printf("\n");
}

static oktasync_str Copy(const char* text) {
  const oktasync_str copy = {(const uint8_t*)strdup(text), strlen(text)};
  CHECK(copy.data != NULL, "memory for an identity");
  return copy;
}

static int32_t GiveIdentity(uint64_t ctx, oktasync_identity* identity, oktasync_error* err) {
  World* world = WorldOf(ctx);
  if (world->identity_fails) return Fail(err, OKTASYNC_UNAVAILABLE, "the vault is sealed");
  const unsigned generation = atomic_fetch_add(&world->identities, 1) + 1;
  identity->key_pem = Copy(world->key_pem);
  identity->cert_pem = Copy(world->cert_pem);
  identity->ca_pem = Copy(world->ca_pem);
  identity->generation = generation;
  identity->owner = 4711;
  return OKTASYNC_OK;
}

/* Overwrites before it frees, as a host with care would: a plugin that went on reading shows it. */
static void WipeAndFree(oktasync_str* text) {
  void* bytes = (void*)(uintptr_t)text->data;
  memset(bytes, 'x', (size_t)text->len);
  free(bytes);
  text->data = NULL;
  text->len = 0;
}

static void ReleaseIdentity(uint64_t ctx, oktasync_identity* identity) {
  World* world = WorldOf(ctx);
  CHECK(identity->owner == 4711, "the identity comes back as it was given");
  WipeAndFree(&identity->key_pem);
  WipeAndFree(&identity->cert_pem);
  WipeAndFree(&identity->ca_pem);
  atomic_fetch_add(&world->identities_released, 1);
}

static int Connect(const oktasync_dial_request* request) {
  char address[256];
  snprintf(address, sizeof(address), "%.*s", (int)request->address.len, (const char*)request->address.data);
  char* port = strrchr(address, ':');
  if (port == NULL) return -1;
  *port++ = '\0';
  struct addrinfo hints;
  memset(&hints, 0, sizeof(hints));
  hints.ai_socktype = SOCK_STREAM;
  struct addrinfo* found = NULL;
  if (getaddrinfo(address, port, &hints, &found) != 0) return -1;
  int fd = -1;
  int why = 0;
  for (const struct addrinfo* at = found; at != NULL && fd < 0; at = at->ai_next) {
    fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
    why = errno;
    if (fd >= 0 && connect(fd, at->ai_addr, at->ai_addrlen) != 0) {
      why = errno;
      close(fd);
      fd = -1;
    }
  }
  freeaddrinfo(found);
  errno = why;
  return fd;
}

static int32_t Dial(uint64_t ctx, const oktasync_dial_request* request, oktasync_connection* connection,
                    oktasync_error* err) {
  World* world = WorldOf(ctx);
  atomic_fetch_add(&world->dials, 1);
  const int mode = atomic_load(&world->dial_mode);
  if (mode == DIAL_REFUSE) return Fail(err, OKTASYNC_UNAVAILABLE, "the drawbridge is up");
  if (mode == DIAL_NOTHING) return OKTASYNC_OK;
  if (mode == DIAL_HANG) {
    atomic_fetch_add(&world->hanging, 1);
    struct pollfd cancel = {request->cancel_fd, POLLIN, 0};
    poll(&cancel, 1, -1);
    return Fail(err, OKTASYNC_CANCELLED, "no longer wanted");
  }
  if (mode == DIAL_STUBBORN) {
    atomic_fetch_add(&world->hanging, 1);
    while (atomic_load(&world->let_go) == 0) Pause();
    return Fail(err, OKTASYNC_UNAVAILABLE, "at last");
  }
  connection->fd = Connect(request);
  if (connection->fd < 0) {
    char why[256];
    snprintf(why, sizeof(why), "the auth server does not answer: %s", strerror(errno));
    return Fail(err, OKTASYNC_UNAVAILABLE, why);
  }
  connection->flags = mode == DIAL_SECURED ? OKTASYNC_CONNECTION_SECURED : 0;
  return OKTASYNC_OK;
}

int32_t SignAlgorithm(const World* world) {
  return EVP_PKEY_is_a(world->okta_key, "RSA") ? OKTASYNC_SIGN_RS256 : OKTASYNC_SIGN_ES256;
}

/* From DER to the two 32-byte numbers of RFC 7518 section 3.4. */
static void ToJose(const uint8_t* der, size_t der_len, uint8_t* out) {
  const uint8_t* at = der;
  ECDSA_SIG* pair = d2i_ECDSA_SIG(NULL, &at, (long)der_len);
  CHECK(pair != NULL, "OpenSSL's own signature can be read");
  const BIGNUM* r = NULL;
  const BIGNUM* s = NULL;
  ECDSA_SIG_get0(pair, &r, &s);
  CHECK(BN_bn2binpad(r, out, 32) == 32 && BN_bn2binpad(s, out + 32, 32) == 32, "P-256 has 32-byte numbers");
  ECDSA_SIG_free(pair);
}

static int32_t Sign(uint64_t ctx, oktasync_str key_id, int32_t algorithm, oktasync_str input,
                    uint8_t* signature, uint64_t capacity, uint64_t* length, oktasync_error* err) {
  World* world = WorldOf(ctx);
  if (key_id.len == 0) return Fail(err, OKTASYNC_INVALID_ARGUMENT, "no key was named");
  uint8_t bytes[1024];
  size_t size = sizeof(bytes);
  EVP_MD_CTX* digest = EVP_MD_CTX_new();
  CHECK(EVP_DigestSignInit(digest, NULL, EVP_sha256(), NULL, world->okta_key) == 1 &&
            EVP_DigestSign(digest, bytes, &size, input.data, input.len) == 1,
        "OpenSSL signs");
  EVP_MD_CTX_free(digest);
  if (algorithm == OKTASYNC_SIGN_ES256) {
    uint8_t pair[64];
    ToJose(bytes, size, pair);
    memcpy(bytes, pair, sizeof(pair));
    size = sizeof(pair);
  }
  if (size > capacity) return Fail(err, OKTASYNC_OUT_OF_RANGE, "no room for the signature");
  memcpy(signature, bytes, size);
  *length = size;
  atomic_fetch_add(&world->signatures, 1);
  return OKTASYNC_OK;
}

static int32_t AuditEvent(uint64_t ctx, oktasync_str type, oktasync_str json, oktasync_error* err) {
  World* world = WorldOf(ctx);
  atomic_fetch_add(&world->audit_events, 1);
  char* text = malloc((size_t)json.len + 1);
  CHECK(text != NULL, "memory for an event");
  memcpy(text, json.data, (size_t)json.len);
  text[json.len] = '\0';
  const char* name = "okta.user.sync";
  const int right_type = type.len == strlen(name) && memcmp(type.data, name, strlen(name)) == 0;
  const int right_code = JsonIs(text, "code", "\"TOK007I\"") || JsonIs(text, "code", "\"TOK007E\"");
  if (right_type && right_code && JsonAfter(text, "num_users_created") != NULL) {
    atomic_fetch_add(&world->audit_good, 1);
  }
  free(text);
  if (world->audit_fails) return Fail(err, OKTASYNC_RESOURCE_EXHAUSTED, "the audit log is full");
  return OKTASYNC_OK;
}

oktasync_host MakeHost(void) {
  oktasync_host host;
  memset(&host, 0, sizeof(host));
  host.struct_size = sizeof(host);
  host.abi_minor = OKTASYNC_ABI_MINOR;
  host.log = &Log;
  host.identity = &GiveIdentity;
  host.identity_release = &ReleaseIdentity;
  host.dial = &Dial;
  host.sign = &Sign;
  host.audit_event = &AuditEvent;
  return host;
}
