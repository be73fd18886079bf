#include "control.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "session.h"

static uint16_t port;

void ConnectControl(const char* info) {
  char* url = JsonText(info, "control_url");
  const char* colon = strrchr(url, ':');
  CHECK(colon != NULL, "the control port has a number");
  port = (uint16_t)strtoul(colon + 1, NULL, 10);
  free(url);
}

static char* ReadAll(int fd) {
  size_t have = 0;
  size_t room = 1 << 16;
  char* text = malloc(room);
  CHECK(text != NULL, "memory for an answer");
  for (;;) {
    const ssize_t got = recv(fd, text + have, room - have - 1, 0);
    CHECK(got >= 0, "the playground answers");
    if (got == 0) break;
    have += (size_t)got;
    if (have + 1 == room) {
      room *= 2;
      text = realloc(text, room);
      CHECK(text != NULL, "memory for an answer");
    }
  }
  text[have] = '\0';
  return text;
}

static char* Exchange(const char* method, const char* path, const char* body) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address;
  memset(&address, 0, sizeof(address));
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(fd >= 0 && connect(fd, (const struct sockaddr*)&address, sizeof(address)) == 0,
        "the playground's control port is there");
  char head[512];
  const int size = snprintf(head, sizeof(head),
                            "%s %s HTTP/1.1\r\nHost: playground\r\nConnection: close\r\n"
                            "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                            method, path, strlen(body));
  CHECK(send(fd, head, (size_t)size, MSG_NOSIGNAL) == size, "the control port listens");
  CHECK(send(fd, body, strlen(body), MSG_NOSIGNAL) == (ssize_t)strlen(body), "the control port listens");
  char* answer = ReadAll(fd);
  close(fd);
  CHECK(strncmp(answer, "HTTP/1.1 200", 12) == 0, answer);
  const char* begin = strstr(answer, "\r\n\r\n");
  CHECK(begin != NULL, answer);
  memmove(answer, begin + 4, strlen(begin + 4) + 1);
  return answer;
}

char* Control(const char* path, const char* json) { return Exchange("POST", path, json); }

void Tell(const char* path, const char* json) { free(Control(path, json)); }

void AwaitStruck(const char* call) {
  char quoted[96];
  snprintf(quoted, sizeof(quoted), "\"call\":\"%s\"", call);
  const uint64_t begun = Elapsed();
  for (;;) {
    char* faults = Control("/auth/faults", "{}");
    const char* at = strstr(faults, quoted);
    const int struck = at != NULL && JsonNumber(at, "struck") > 0;
    free(faults);
    if (struck) return;
    CHECK(Elapsed() - begun < PATIENCE, "the fault strikes");
    Pause();
  }
}

unsigned long RecordEnd(void) {
  char* end = Exchange("GET", "/record/end", "");
  const unsigned long seq = (unsigned long)JsonNumber(end, "seq");
  free(end);
  return seq;
}

void AwaitRecord(unsigned long after, const char* words) {
  char path[64];
  snprintf(path, sizeof(path), "/record?after=%lu", after);
  const uint64_t begun = Elapsed();
  for (;;) {
    char* record = Exchange("GET", path, "");
    const int there = strstr(record, words) != NULL;
    free(record);
    if (there) return;
    CHECK(Elapsed() - begun < PATIENCE, words);
    Pause();
  }
}
