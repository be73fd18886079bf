#include "check.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void Check(int holds, const char* file, int line, const char* condition, const char* sentence) {
  if (holds) return;
  fflush(stdout);
  fprintf(stderr, "%s:%d: %s\n  does not hold: %s\n", file, line, condition, sentence);
  fflush(stderr);
  _Exit(1); /* an instance may be running: no exit handlers under its feet */
}

void Try(const char* sentence) {
  printf("--- %s\n", sentence);
  fflush(stdout);
}

char* ReadFile(const char* path, uint64_t* length) {
  FILE* file = fopen(path, "rb");
  CHECK(file != NULL, path);
  CHECK(fseek(file, 0, SEEK_END) == 0, path);
  const long size = ftell(file);
  CHECK(size >= 0, path);
  rewind(file);
  char* text = malloc((size_t)size + 1);
  CHECK(text != NULL, "memory for a file");
  CHECK(fread(text, 1, (size_t)size, file) == (size_t)size, path);
  text[size] = '\0';
  fclose(file);
  *length = (uint64_t)size;
  return text;
}

uint64_t Elapsed(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

void Pause(void) {
  const struct timespec moment = {0, 10 * 1000 * 1000};
  nanosleep(&moment, NULL);
}

const char* JsonAfter(const char* json, const char* key) {
  char quoted[64];
  snprintf(quoted, sizeof(quoted), "\"%s\"", key);
  for (const char* at = strstr(json, quoted); at != NULL; at = strstr(at + 1, quoted)) {
    const char* next = at + strlen(quoted);
    while (isspace((unsigned char)*next)) ++next;
    if (*next != ':') continue;
    ++next;
    while (isspace((unsigned char)*next)) ++next;
    return next;
  }
  return NULL;
}

int JsonIs(const char* json, const char* key, const char* value) {
  const char* after = JsonAfter(json, key);
  return after != NULL && strncmp(after, value, strlen(value)) == 0;
}

char* JsonText(const char* json, const char* key) {
  const char* after = JsonAfter(json, key);
  CHECK(after != NULL && *after == '"', key);
  const char* end = strchr(++after, '"');
  CHECK(end != NULL, key);
  char* text = strndup(after, (size_t)(end - after));
  CHECK(text != NULL, "memory for a text");
  return text;
}

uint64_t JsonNumber(const char* json, const char* key) {
  const char* after = JsonAfter(json, key);
  return after == NULL ? 0 : strtoull(after, NULL, 10);
}

unsigned Occurrences(const char* text, const char* what) {
  unsigned count = 0;
  for (const char* at = strstr(text, what); at != NULL; at = strstr(at + 1, what)) ++count;
  return count;
}
