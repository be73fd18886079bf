/*
 * A host in C: one sync, through the two functions of oktasync/plugin.h. With PLUGIN_FILE it loads the plugin
 * that was installed there; without it the functions are linked from liboktasync.
 *
 *     host CONFIG.json
 */
#include <oktasync/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef PLUGIN_FILE
#include <dlfcn.h>

static oktasync_plugin_open_fn Opener(void) {
  void* library = dlopen(PLUGIN_FILE, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
  oktasync_plugin_open_fn open = NULL;
  void* symbol = dlsym(library, "oktasync_plugin_open");
  memcpy(&open, &symbol, sizeof(open)); /* ISO C has no cast for it */
  return open;
}
#else
static oktasync_plugin_open_fn Opener(void) { return &oktasync_plugin_open; }
#endif

static void Log(uint64_t ctx, int32_t level, oktasync_str target, oktasync_str message,
                const oktasync_field* fields, uint64_t field_count) {
  (void)ctx, (void)fields, (void)field_count;
  fprintf(stderr, "%d %.*s: %.*s\n", level, (int)target.len, (const char*)target.data, (int)message.len,
          (const char*)message.data);
}

static void Need(int32_t code, const char* call, const oktasync_error* err) {
  if (code == OKTASYNC_OK) return;
  fprintf(stderr, "%s: code %d: %s\n", call, code, err->message);
  exit(1);
}

int main(int argc, char** argv) {
  static char config[65536];
  FILE* file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  if (file == NULL) return 2;
  const size_t length = fread(config, 1, sizeof(config), file);
  fclose(file);

  oktasync_host host;
  memset(&host, 0, sizeof(host));
  host.struct_size = sizeof(host);
  host.abi_minor = OKTASYNC_ABI_MINOR;
  host.log = &Log;
  oktasync_error err = OKTASYNC_ERROR_INIT;
  const oktasync_api* api = NULL;
  const oktasync_plugin_open_fn open = Opener();
  Need(open(&host, OKTASYNC_ABI_MAJOR, &api, &err), "open", &err);

  oktasync_create_options options;
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.flags = OKTASYNC_CREATE_ON_REQUEST;
  options.host = &host;
  options.config.data = (const uint8_t*)config;
  options.config.len = length;
  oktasync_instance* instance = NULL;
  uint64_t run = 0;
  Need(api->create(&options, &instance, &err), "create", &err);
  Need(api->start(instance, &err), "start", &err);
  Need(api->sync_now(instance, &run, &err), "sync_now", &err);

  oktasync_buf report = {NULL, 0, NULL};
  uint64_t total = 0;
  const struct timespec moment = {0, 10 * 1000 * 1000};
  int32_t code;
  while ((code = api->report(instance, run, 0, 0, &report, &total, &err)) == OKTASYNC_UNAVAILABLE) {
    nanosleep(&moment, NULL);
  }
  Need(code, "report", &err);
  printf("host in C: a report of %llu bytes\n", (unsigned long long)total);
  api->buf_release(&report);

  Need(api->stop(instance, UINT64_C(10) * 1000 * 1000 * 1000, &err), "stop", &err);
  Need(api->destroy(instance, &err), "destroy", &err);
  return 0;
}
