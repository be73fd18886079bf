#include "oauth/client_keys.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include "base/status.h"
#include "base/text.h"

namespace oktasync::oauth {
namespace {

bool Same(const jose::NamedSigner& a, const jose::NamedSigner& b) {
  return a.kid == b.kid && a.signer->PublicJwk() == b.signer->PublicJwk();
}

bool SameKeyOrId(const jose::NamedSigner& a, const jose::NamedSigner& b) {
  return a.kid == b.kid || a.signer->PublicJwk() == b.signer->PublicJwk();
}

absl::StatusOr<jose::NamedSigner> ReadNamedKey(const KeyFile& file) {
  absl::StatusOr<std::shared_ptr<const jose::Signer>> signer = jose::SignerFromFile(file.path);
  if (!signer.ok()) return Annotate(signer.status(), file.entry);
  absl::StatusOr<std::string> kid = jose::KeyId(**signer, file.kid);
  if (!kid.ok()) return Annotate(kid.status(), file.entry);
  return jose::NamedSigner{*std::move(kid), *std::move(signer)};
}

class FixedKey final : public ClientKeys {
 public:
  explicit FixedKey(jose::NamedSigner key) : key_(std::move(key)) {}
  std::vector<jose::NamedSigner> Candidates() override { return {key_}; }
  void Accepted(const jose::NamedSigner&) override {}
  void Refused(const jose::NamedSigner&) override {}

 private:
  const jose::NamedSigner key_;
};

class FileKeys final : public ClientKeys {
 public:
  FileKeys(std::vector<KeyFile> files, std::vector<jose::NamedSigner> keys, LogSink& log)
      : files_(std::move(files)), log_(log), keys_(std::move(keys)), unread_(files_.size()) {}

  std::vector<jose::NamedSigner> Candidates() override {
    ReadFiles();
    std::lock_guard lock(mutex_);
    std::vector<jose::NamedSigner> candidates = keys_;
    if (accepted_.has_value()) AddNew(*accepted_, candidates);
    std::erase_if(refused_, [&](const jose::NamedSigner& key) { return !Among(candidates, key); });
    return candidates;
  }

  void Accepted(const jose::NamedSigner& key) override {
    std::lock_guard lock(mutex_);
    accepted_ = key;
    std::erase_if(refused_, [&](const jose::NamedSigner& known) { return Same(known, key); });
  }

  void Refused(const jose::NamedSigner& key) override {
    std::lock_guard lock(mutex_);
    if (!Among(refused_, key)) refused_.push_back(key);
  }

  KeyTrouble Trouble() override {
    ReadFiles();
    std::lock_guard lock(mutex_);
    KeyTrouble all;
    const auto add = [&all](const std::string& what, const std::string& todo) {
      all.what += (all.what.empty() ? "" : "; ") + what;
      all.todo += (all.todo.empty() ? "" : "; ") + todo;
    };
    for (size_t i = 0; i < files_.size(); ++i) {
      if (unread_[i].empty()) continue;
      add("a private key file cannot be used (" + unread_[i] +
              "), the key that it held before is kept until this process ends",
          "mend the file of " + files_[i].entry);
    }
    for (size_t i = 1; i < files_.size(); ++i) {
      for (size_t k = 0; k < i; ++k) {
        if (!SameKeyOrId(keys_[i], keys_[k])) continue;
        add(files_[i].entry + " and " + files_[k].entry + " give the same key or key id",
            "name each once: the next start refuses them");
      }
    }
    if (const KeyTrouble refused = FirstRefused(); !refused.empty()) add(refused.what, refused.todo);
    return all;
  }

 private:
  static bool Among(const std::vector<jose::NamedSigner>& keys, const jose::NamedSigner& key) {
    return std::any_of(keys.begin(), keys.end(),
                       [&](const jose::NamedSigner& known) { return Same(known, key); });
  }

  // With mutex_ held. When none is accepted the runs fail, and say that.
  KeyTrouble FirstRefused() const {
    const jose::NamedSigner& first = keys_.front();
    if (!Among(refused_, first) || !accepted_.has_value() || Among(refused_, *accepted_)) return {};
    const std::string refused =
        "Okta does not accept the key of " + files_.front().entry + " (key id " + Escape(first.kid) + "), ";
    for (size_t i = 1; i < keys_.size(); ++i) {
      if (!Same(*accepted_, keys_[i])) continue;
      return {refused + "the one of " + files_[i].entry + " serves",
              "register what `oktasync jwks` prints, or make that key the first one and take the other out"};
    }
    return {refused + "one that its file held before serves" +
                (accepted_->kid == first.kid ? " (under the same id)"
                                             : " (key id " + Escape(accepted_->kid) + ")") +
                ", and is lost when this process ends",
            "register what `oktasync jwks` prints"};
  }

  static void AddNew(const jose::NamedSigner& key, std::vector<jose::NamedSigner>& keys) {
    if (Among(keys, key)) return;
    // Before the other files: it is the likeliest to be accepted again.
    keys.insert(keys.begin() + 1, key);
  }

  void ReadFiles() {
    // Without the mutex: a file may be on a slow disk, and the log is the host's.
    std::vector<absl::StatusOr<jose::NamedSigner>> read;
    for (const KeyFile& file : files_) read.push_back(ReadNamedKey(file));

    std::vector<size_t> changed;
    std::vector<size_t> unread;
    {
      std::lock_guard lock(mutex_);
      for (size_t i = 0; i < files_.size(); ++i) {
        const std::string why = read[i].ok() ? std::string() : Message(read[i].status());
        if (!why.empty() && why != unread_[i]) unread.push_back(i);
        unread_[i] = why;
        if (!read[i].ok() || Same(*read[i], keys_[i])) continue;
        keys_[i] = *read[i];
        changed.push_back(i);
      }
    }
    for (size_t i : changed) {
      log_.Write(LogLevel::kInfo, "oauth",
                 "the private key file holds another key now, which signs from now on",
                 {{"file", Escape(files_[i].path)}, {"key_id", Escape(read[i]->kid)}});
    }
    for (size_t i : unread) {
      log_.Write(LogLevel::kWarn, "oauth",
                 "a private key file cannot be used; the key that it held before is kept",
                 {{"error", Describe(read[i].status())}});
    }
  }

  const std::vector<KeyFile> files_;
  LogSink& log_;
  std::mutex mutex_;
  std::vector<jose::NamedSigner> keys_;        // as last read, one for each file
  std::vector<std::string> unread_;            // why not, at the last try, one for each file; "": it was read
  std::optional<jose::NamedSigner> accepted_;  // last
  std::vector<jose::NamedSigner> refused_;     // since they were accepted, each once; of the last Candidates
};

}  // namespace

absl::StatusOr<std::vector<jose::NamedSigner>> ReadKeyFiles(const std::vector<KeyFile>& files) {
  std::vector<jose::NamedSigner> keys;
  std::vector<const KeyFile*> of;  // each key's file
  absl::Status wrong;
  const auto is_wrong = [&wrong](const absl::Status& status) {
    wrong = wrong.ok() ? status : MakeStatus(wrong.code(), Message(wrong) + "; " + Message(status));
  };
  for (const KeyFile& file : files) {
    absl::StatusOr<jose::NamedSigner> key = ReadNamedKey(file);
    if (!key.ok()) {
      is_wrong(key.status());
      continue;
    }
    for (size_t i = 0; i < keys.size(); ++i) {
      if (!SameKeyOrId(keys[i], *key)) continue;
      const bool same_id = keys[i].kid == key->kid;
      is_wrong(MakeStatus(absl::StatusCode::kInvalidArgument,
                          file.entry + ": " + Escape(file.path) + " gives the same key " +
                              (same_id ? "id " : "") + "as " + of[i]->entry +
                              "; name each key once, with an id of its own"));
      break;
    }
    keys.push_back(*std::move(key));
    of.push_back(&file);
  }
  if (!wrong.ok()) return wrong;
  return keys;
}

std::shared_ptr<ClientKeys> MakeFixedKey(jose::NamedSigner key) {
  return std::make_shared<FixedKey>(std::move(key));
}

absl::StatusOr<std::shared_ptr<ClientKeys>> MakeKeysFromFiles(std::vector<KeyFile> files, LogSink& log) {
  OKTASYNC_ASSIGN_OR_RETURN(std::vector<jose::NamedSigner> keys, ReadKeyFiles(files));
  return std::make_shared<FileKeys>(std::move(files), std::move(keys), log);
}

}  // namespace oktasync::oauth
