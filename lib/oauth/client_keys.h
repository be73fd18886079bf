// The keys that may sign our client assertions, and in which order they are tried.
//
// Keys overlap while they are rotated: Okta may not know the new one yet (it caches a jwks_uri for a time that
// it does not tell), or no longer the old one. So each request for a token is tried with the key that is
// meant, then with the others, and with the one that was accepted last.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/log.h"
#include "jose/jwk.h"

namespace oktasync::oauth {

// Of our keys, what somebody must mend.
struct KeyTrouble {
  std::string what;  // which file or key, and what serves instead
  std::string todo;
  bool empty() const { return what.empty(); }
  std::string Text() const { return what.empty() ? "" : what + ": " + todo; }
};

// Thread-safe.
class ClientKeys {
 public:
  virtual ~ClientKeys() = default;
  // The keys to try, at least one, each with its kid; the first is the one that is meant.
  virtual std::vector<jose::NamedSigner> Candidates() = 0;
  // Okta took an assertion that this key has signed; or refused it because of the key.
  virtual void Accepted(const jose::NamedSigner& key) = 0;
  virtual void Refused(const jose::NamedSigner& key) = 0;
  // Of every file that cannot be used now, of two that hold one key, and of the key that is meant when Okta refused it
  // while another of ours serves. Empty for none of these. Reads the files.
  virtual KeyTrouble Trouble() { return {}; }
};

struct KeyFile {
  std::string kid;    // "": the thumbprint of the key in the file (RFC 7638), so that it changes with the key
  std::string path;   // PEM, usable by the process's user alone
  std::string entry;  // of the configuration, for messages: "/okta/private_key_file"
};

// A key that never changes: the host's.
std::shared_ptr<ClientKeys> MakeFixedKey(jose::NamedSigner key);

// Reads the files now, which must succeed for all, and again at each Candidates and Trouble: a file that was replaced
// gives its new key, one that cannot be read meanwhile keeps its old one, and the log says so once. `files` is not
// empty. The status names entry and file. log must outlive the keys.
absl::StatusOr<std::shared_ptr<ClientKeys>> MakeKeysFromFiles(std::vector<KeyFile> files, LogSink& log);

// Each file's key with its kid. What is wrong with any of them is told of all at once, by entry and file; two that give
// the same key, or the same kid, are wrong too.
absl::StatusOr<std::vector<jose::NamedSigner>> ReadKeyFiles(const std::vector<KeyFile>& files);

}  // namespace oktasync::oauth
