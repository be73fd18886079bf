#include "session.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "control.h"

const oktasync_api* api;
oktasync_host host;
World world;
char* config;
uint64_t users;

static char* config_with_files;

static char* MakeConfig(const char* info, int with_files) {
  char* okta_url = JsonText(info, "okta_url");
  char* app_id = JsonText(info, "app_id");
  char* client_id = JsonText(info, "client_id");
  char* key_id = JsonText(info, "key_id");
  char* ca_file = JsonText(info, "okta_ca_file");
  char* address = JsonText(info, "auth_address");
  char* okta_key = JsonText(info, "private_key_file");
  char* key = JsonText(info, "identity_key_file");
  char* cert = JsonText(info, "identity_cert_file");
  char* ca = JsonText(info, "identity_ca_file");
  char private_key[1024] = "";
  char identity[4096] = "";
  if (with_files) {
    snprintf(private_key, sizeof(private_key), ", \"private_key_file\": \"%s\"", okta_key);
    snprintf(identity, sizeof(identity),
             ", \"identity\": {\"key_file\": \"%s\", \"cert_file\": \"%s\", \"ca_file\": \"%s\"}", key, cert,
             ca);
  }
  char* text = malloc(8192);
  CHECK(text != NULL, "memory for a configuration");
  snprintf(text, 8192,
           "{\"okta\": {\"org_url\": \"%s\", \"app_id\": \"%s\", \"client_id\": \"%s\", \"key_id\": \"%s\","
           " \"ca_file\": \"%s\"%s}, \"teleport\": {\"address\": \"%s\"%s},"
           " \"users\": {\"default_role\": \"okta-requester\","
           " \"connector\": {\"type\": \"saml\", \"name\": \"okta\"}}, \"sync\": {\"interval\": \"30m\"}}",
           okta_url, app_id, client_id, key_id, ca_file, private_key, address, identity);
  char* all[] = {okta_url, app_id, client_id, key_id, ca_file, address, okta_key, key, cert, ca};
  for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); ++i) free(all[i]);
  return text;
}

void BeginSession(const char* dir, uint64_t user_count) {
  char path[4096];
  uint64_t length = 0;
  snprintf(path, sizeof(path), "%s/playground.json", dir);
  char* info = ReadFile(path, &length);
  FillWorld(&world, info);
  config = MakeConfig(info, 0);
  config_with_files = MakeConfig(info, 1);
  ConnectControl(info);
  free(info);
  users = user_count;
  host = MakeHost();
}

void EndSession(void) {
  free(config);
  free(config_with_files);
  EmptyWorld(&world);
}

const char* ConfigWithFiles(void) { return config_with_files; }

oktasync_str Str(const char* text) {
  const oktasync_str str = {(const uint8_t*)text, strlen(text)};
  return str;
}

int Says(const oktasync_error* err, const char* words) { return strstr(err->message, words) != NULL; }

void* Load(const char* path) {
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) fprintf(stderr, "%s\n", dlerror());
  CHECK(library != NULL, "the plugin loads");
  return library;
}

/* POSIX demands that both kinds of pointer have the same bits. */
void Find(void* library, const char* name, void* function) {
  void* symbol = dlsym(library, name);
  CHECK(symbol != NULL, name);
  memcpy(function, &symbol, sizeof(symbol));
}

void Open(void* library) {
  oktasync_plugin_open_fn open = NULL;
  Find(library, "oktasync_plugin_open", &open);
  oktasync_error err = OKTASYNC_ERROR_INIT;
  CHECK(open(&host, OKTASYNC_ABI_MAJOR, &api, &err) == OKTASYNC_OK && api != NULL, err.message);
  CHECK(api->struct_size == sizeof(*api), "the table is the header's");
}

char* Take(oktasync_buf* buf) {
  char* text = malloc((size_t)buf->len + 1);
  CHECK(text != NULL, "memory for a document");
  if (buf->len != 0) memcpy(text, buf->data, (size_t)buf->len);
  text[buf->len] = '\0';
  api->buf_release(buf);
  CHECK(buf->data == NULL && buf->len == 0 && buf->owner == NULL, "a released buffer is cleared");
  api->buf_release(buf); /* once more does no harm */
  return text;
}

char* Status(oktasync_instance* instance) {
  oktasync_buf buf = {NULL, 0, NULL};
  oktasync_error err = OKTASYNC_ERROR_INIT;
  CHECK(api->status(instance, &buf, &err) == OKTASYNC_OK, err.message);
  return Take(&buf);
}

void StateIs(oktasync_instance* instance, const char* quoted) {
  char* status = Status(instance);
  CHECK(JsonIs(status, "state", quoted), status);
  free(status);
}

char* Report(oktasync_instance* instance, uint64_t run, uint64_t piece_bytes) {
  char* text = NULL;
  uint64_t have = 0;
  uint64_t total = 1;
  while (have < total) {
    oktasync_buf piece = {NULL, 0, NULL};
    oktasync_error err = OKTASYNC_ERROR_INIT;
    CHECK(api->report(instance, run, have, piece_bytes, &piece, &total, &err) == OKTASYNC_OK, err.message);
    CHECK(piece.len > 0 && (piece_bytes == 0 || piece.len <= piece_bytes),
          "a piece is not empty and not too big");
    text = realloc(text, (size_t)total + 1);
    CHECK(text != NULL, "memory for a report");
    memcpy(text + have, piece.data, (size_t)piece.len);
    have += piece.len;
    api->buf_release(&piece);
  }
  CHECK(have == total, "the pieces make the whole");
  text[total] = '\0';
  return text;
}

char* WaitForReport(oktasync_instance* instance, uint64_t run) {
  const uint64_t begun = Elapsed();
  for (;;) {
    oktasync_buf piece = {NULL, 0, NULL};
    uint64_t total = 0;
    oktasync_error err = OKTASYNC_ERROR_INIT;
    const int32_t code = api->report(instance, run, 0, 1, &piece, &total, &err);
    api->buf_release(&piece);
    if (code == OKTASYNC_OK) return Report(instance, run, 0);
    CHECK(code == OKTASYNC_UNAVAILABLE && (err.flags & OKTASYNC_ERROR_RETRYABLE) != 0, err.message);
    CHECK(Elapsed() - begun < PATIENCE, "a run ends");
    Pause();
  }
}

oktasync_create_options CreateOptions(uint32_t flags) {
  oktasync_create_options options;
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.flags = flags;
  options.host = &host;
  options.host_ctx = (uint64_t)(uintptr_t)&world;
  options.config = Str(config);
  options.sign_algorithm = SignAlgorithm(&world);
  return options;
}

oktasync_instance* Create(uint32_t flags) {
  const oktasync_create_options options = CreateOptions(flags);
  oktasync_instance* instance = NULL;
  oktasync_error err = OKTASYNC_ERROR_INIT;
  CHECK(api->create(&options, &instance, &err) == OKTASYNC_OK, err.message);
  CHECK(instance != NULL, "there is an instance");
  CHECK(atomic_load(&world.identities) == atomic_load(&world.identities_released), "identities come back");
  return instance;
}

oktasync_instance* Started(void) {
  oktasync_instance* instance = Create(OKTASYNC_CREATE_ON_REQUEST);
  oktasync_error err = OKTASYNC_ERROR_INIT;
  CHECK(api->start(instance, &err) == OKTASYNC_OK, err.message);
  return instance;
}

uint64_t Ask(oktasync_instance* instance, int plan) {
  oktasync_error err = OKTASYNC_ERROR_INIT;
  uint64_t run = 0;
  const int32_t code = plan ? api->plan(instance, &run, &err) : api->sync_now(instance, &run, &err);
  CHECK(code == OKTASYNC_OK, err.message);
  CHECK(run != 0, "a run has an id");
  return run;
}

char* Sync(oktasync_instance* instance) { return WaitForReport(instance, Ask(instance, 0)); }

void SyncsWell(oktasync_instance* instance) {
  char* report = Sync(instance);
  CHECK(JsonIs(report, "ok", "true"), report);
  CHECK(JsonNumber(JsonAfter(report, "counts"), "seen") == users, report);
  free(report);
}

void SyncFails(oktasync_instance* instance, const char* words) {
  char* report = Sync(instance);
  CHECK(JsonIs(report, "ok", "false") && strstr(report, words) != NULL, report);
  free(report);
}

void Stop(oktasync_instance* instance) {
  oktasync_error err = OKTASYNC_ERROR_INIT;
  const uint64_t begun = Elapsed();
  CHECK(api->stop(instance, 10 * SECOND, &err) == OKTASYNC_OK, err.message);
  CHECK(Elapsed() - begun < STOP_LIMIT, "stopping takes no more than a second or so");
}

void StopAndDestroy(oktasync_instance* instance) {
  oktasync_error err = OKTASYNC_ERROR_INIT;
  Stop(instance);
  CHECK(api->stop(instance, 0, &err) == OKTASYNC_OK, "stop is idempotent");
  StateIs(instance, "\"stopped\"");
  const unsigned calls = atomic_load(&world.calls);
  CHECK(api->destroy(instance, &err) == OKTASYNC_OK, err.message);
  CHECK(atomic_load(&world.calls) == calls, "no callback after stop");
  CHECK(atomic_load(&world.identities) == atomic_load(&world.identities_released), "identities come back");
}

void Await(atomic_uint* counter, unsigned least, const char* sentence) {
  const uint64_t begun = Elapsed();
  while (atomic_load(counter) < least) {
    CHECK(Elapsed() - begun < PATIENCE, sentence);
    Pause();
  }
}
