#include "oauth/client_keys.h"

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
    meant_ = keys_.front();
    if (accepted_.has_value()) AddNew(*accepted_, candidates);
    return candidates;
  }

  void Accepted(const jose::NamedSigner& key) override {
    std::lock_guard lock(mutex_);
    accepted_ = key;
  }

  KeyTrouble Trouble() override {
    ReadFiles();
    std::lock_guard lock(mutex_);
    for (const std::string& why : unread_) {
      if (why.empty()) continue;
      return {"a private key file cannot be used (" + why +
                  "), the key that it held before serves, and is lost when this process ends",
              "mend the file"};
    }
    // Of a key that was put there since Okta has said nothing.
    if (!accepted_.has_value() || Same(*accepted_, *meant_) || !Same(*meant_, keys_.front())) return {};
    const std::string refused =
        "Okta does not accept the key of " + files_.front().entry + " (key id " + Escape(meant_->kid) + "), ";
    for (size_t i = 1; i < keys_.size(); ++i) {
      if (!Same(*accepted_, keys_[i])) continue;
      return {refused + "the one of " + files_[i].entry + " serves",
              "register what `oktasync jwks` prints, or make that key the first one and take the other out"};
    }
    return {refused + "one that its file held before serves (key id " + Escape(accepted_->kid) +
                "), and is lost when this process ends",
            "register what `oktasync jwks` prints"};
  }

 private:
  static void AddNew(const jose::NamedSigner& key, std::vector<jose::NamedSigner>& keys) {
    for (const jose::NamedSigner& known : keys) {
      if (Same(known, key)) return;
    }
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
                 "a private key file cannot be used; the key that it held before goes on signing",
                 {{"error", Describe(read[i].status())}});
    }
  }

  const std::vector<KeyFile> files_;
  LogSink& log_;
  std::mutex mutex_;
  std::vector<jose::NamedSigner> keys_;        // as last read, one for each file
  std::vector<std::string> unread_;            // why not, at the last try, one for each file; "": it was read
  std::optional<jose::NamedSigner> meant_;     // the first of the last Candidates
  std::optional<jose::NamedSigner> accepted_;  // in that try or one before
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
      const bool same_id = keys[i].kid == key->kid;
      if (!same_id && keys[i].signer->PublicJwk() != key->signer->PublicJwk()) continue;
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
