#include "teleport/identity_keeper.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/status.h"
#include "base/text.h"
#include "teleport/host_key.h"
#include "teleport/identity_file.h"
#include "teleport/pem.h"

namespace oktasync::teleport {
namespace {

constexpr absl::Duration kEnough = absl::Hours(30 * 24);

// Of several CAs the one that was made last.
absl::StatusOr<std::string> NewestOf(const std::string& cas) {
  OKTASYNC_ASSIGN_OR_RETURN(const auto certificates, ParseCertificates(cas));
  OKTASYNC_ASSIGN_OR_RETURN(const auto texts, SplitCertificates(cas));
  size_t newest = 0;
  for (size_t i = 1; i < certificates.size(); ++i) {
    // Of two of the same second the first one issues.
    if (ASN1_TIME_compare(X509_get0_notBefore(certificates[i].get()),
                          X509_get0_notBefore(certificates[newest].get())) > 0) {
      newest = i;
    }
  }
  return texts[newest];
}

// By joining again, say; not the one that was renewed, put back.
bool NoOlder(const Identity& one, const Identity& other) {
  const absl::StatusOr<IdentityFacts> of_one = Inspect(one);
  const absl::StatusOr<IdentityFacts> of_other = Inspect(other);
  return of_one.ok() && (!of_other.ok() || of_one->not_before >= of_other->not_before);
}

}  // namespace

absl::StatusOr<std::string> WhyRotate(const Identity& identity, const std::string& cas) {
  OKTASYNC_ASSIGN_OR_RETURN(const auto held, FingerprintsOf(identity.ca_pem));
  OKTASYNC_ASSIGN_OR_RETURN(const auto present, FingerprintsOf(cas));
  if (held != present) return "the cluster's host CA is being rotated, or was";
  if (present.size() > 1) {
    // Who issues may change while the same two are trusted.
    Identity by_newest = identity;
    OKTASYNC_ASSIGN_OR_RETURN(by_newest.ca_pem, NewestOf(cas));
    if (!Inspect(by_newest).ok())
      return "the cluster's host CA is being rotated, and ours is of the older one";
  }
  return "";
}

absl::StatusOr<std::string> WhyRenew(const Identity& identity, const IdentityFacts& facts,
                                     const std::string& cas, absl::Time now) {
  OKTASYNC_ASSIGN_OR_RETURN(std::string why, WhyRotate(identity, cas));
  if (!why.empty()) return why;
  const absl::Duration life = facts.not_after - facts.not_before;
  const absl::Duration left = facts.not_after - now;
  // One that lives for weeks only is not renewed before a third of it is used up.
  if (left < life / 3 || (left < kEnough && left < life * 2 / 3)) {
    return "the certificate is valid until " + TimeInWords(facts.not_after);
  }
  return "";
}

absl::Duration SoonBefore(const IdentityFacts& facts) {
  return std::min(absl::Duration(absl::Hours(14 * 24)), (facts.not_after - facts.not_before) / 4);
}

std::string JoinAgain(const std::string& file) {
  return "join again: tctl tokens add --type=okta, then oktasync join --force --token-file FILE (it "
         "replaces " +
         Escape(file) + ")";
}

std::string JoinAgainAdvice(const std::string& file) {
  return "; when the identity is no longer accepted, because the host CA was rotated meanwhile or the "
         "certificate has expired, " +
         JoinAgain(file);
}

IdentityKeeper::IdentityKeeper(std::string file, const Clock& clock, LogSink& log)
    : file_(std::move(file)), clock_(clock), log_(log) {}

absl::StatusOr<Identity> IdentityKeeper::Current() {
  absl::StatusOr<Identity> of_file = ReadIdentityFile(file_);
  std::lock_guard lock(mutex_);
  unread_why_ = of_file.ok() ? std::string() : Message(of_file.status());
  if (!of_file.ok() && held_.key_pem.empty()) return of_file;
  if (!of_file.ok()) return held_;
  const bool put_there = of_file->generation != std::exchange(seen_, of_file->generation);
  if (!unsaved_ || (put_there && NoOlder(*of_file, held_))) {
    held_ = *std::move(of_file);
    unsaved_ = false;
  }
  return held_;
}

// What was just renewed; or before, and the folder may have been mended meanwhile.
absl::Status IdentityKeeper::KeepUnsaved() {
  Identity unsaved;
  bool tried_before = false;
  {
    std::lock_guard lock(mutex_);
    if (!unsaved_) return absl::OkStatus();
    unsaved = held_;
    tried_before = !unsaved_why_.empty();
  }
  const absl::Status saved = WriteIdentityFile(file_, unsaved);
  {
    std::lock_guard lock(mutex_);
    unsaved_why_ = Message(saved);
    if (saved.ok()) {
      unsaved_ = false;
      seen_ = unsaved.generation;
    }
  }
  if (saved.ok() && tried_before)
    log_.Write(LogLevel::kInfo, "teleport", "the renewed identity is in its file now", {{"file", file_}});
  return saved;
}

void IdentityKeeper::Look(Client& client, Cancel& cancel) {
  const absl::StatusOr<Identity> identity = Current();
  if (!identity.ok()) return;  // the run itself says so
  (void)KeepUnsaved();         // what hinders it is told by Trouble
  const absl::StatusOr<IdentityFacts> facts = Inspect(*identity);
  if (!facts.ok()) return;
  const absl::StatusOr<std::string> cas = client.GetClusterCas(cancel);
  if (!cas.ok()) {
    // What is wrong with the connection the run meets too.
    log_.Write(LogLevel::kDebug, "teleport", "the cluster's CA could not be looked at",
               {{"error", Describe(cas.status())}});
    return;
  }
  const absl::StatusOr<std::string> reason = WhyRenew(*identity, *facts, *cas, clock_.Now());
  const bool due = !reason.ok() || !reason->empty();
  const absl::Status status = !reason.ok() ? reason.status()
                              : due        ? Renew(client, *facts, *cas, *reason, cancel)
                                           : absl::OkStatus();
  if (cancel.requested()) return;
  const std::string why = reason.ok() ? *reason : std::string();
  {
    std::lock_guard lock(mutex_);
    unrenewed_why_.clear();
    if (!status.ok()) {
      unrenewed_why_ = " is due to be renewed" + (why.empty() ? "" : " (" + why + ")") +
                       ", and could not be: " + Message(status) +
                       ". Each run tries again; once the cluster no longer accepts the identity " +
                       JoinAgain(file_);
    }
  }
  if (status.ok()) return;
  log_.Write(LogLevel::kWarn, "teleport",
             "our identity could not be renewed; it is tried again at the next run, and when the identity is "
             "no longer "
             "accepted one must join again (oktasync join --force)",
             {{"identity", DescribeIdentity(*facts)},
              {"reason", why},
              {"valid_until", TimeInWords(facts->not_after)},
              {"error", Describe(status)}});
}

std::string IdentityKeeper::Trouble() const {
  std::lock_guard lock(mutex_);
  std::string kept;
  if (unsaved_) {
    kept = "our renewed identity is used, but could not be kept: " + unsaved_why_ +
           ". The next run that can write it to its file does. It ends with this process; " +
           (unread_why_.empty() ? "the old one of the file serves after that only as long as the cluster "
                                  "accepts it, then "
                                : "the old one cannot be used either (" + unread_why_ + "), so then ") +
           JoinAgain(file_);
  } else if (!unread_why_.empty() && !held_.key_pem.empty()) {
    kept =
        "our identity's file cannot be used, and the identity that it held before serves, which is lost "
        "when this process ends: " +
        unread_why_ + ". Put the file back, or " + JoinAgain(file_);
  }
  if (unrenewed_why_.empty()) return kept;
  if (kept.empty()) return "our identity of " + Escape(file_) + unrenewed_why_;
  return kept + ". Besides, the identity in use" + unrenewed_why_;
}

absl::Status IdentityKeeper::Renew(Client& client, const IdentityFacts& facts, const std::string& cas,
                                   const std::string& reason, Cancel& cancel) {
  OKTASYNC_ASSIGN_OR_RETURN(HostKey key, NewHostKey());
  OKTASYNC_ASSIGN_OR_RETURN(
      HostCerts certs,
      client.GenerateHostCerts({facts.host_id, key.public_key_pem, key.public_ssh_key}, cancel));
  Identity renewed;
  renewed.key_pem = std::move(key.key_pem);
  renewed.cert_pem = std::move(certs.cert_pem);
  // In the order in which they are compared the next time. Whoever answered holds one of the CAs that we knew.
  renewed.ca_pem = cas;
  if (renewed.ca_pem.empty() || renewed.ca_pem.back() != '\n') renewed.ca_pem += '\n';
  OKTASYNC_ASSIGN_OR_RETURN(const IdentityFacts new_facts, CheckIssued(renewed, facts.host_id, clock_.Now()));
  if (new_facts.cluster != facts.cluster) {
    return MakeStatus(absl::StatusCode::kDataLoss,
                      "the new certificate is of the cluster " + Escape(new_facts.cluster));
  }
  renewed.generation = GenerationOf(renewed);

  {
    std::lock_guard lock(mutex_);
    held_ = std::move(renewed);
    unsaved_ = true;
    unsaved_why_.clear();
  }
  const absl::Status saved = KeepUnsaved();
  log_.Write(LogLevel::kInfo, "teleport", "our identity was renewed",
             {{"identity", DescribeIdentity(new_facts)},
              {"reason", reason},
              {"valid_until", TimeInWords(new_facts.not_after)}});
  if (!saved.ok()) {
    log_.Write(LogLevel::kWarn, "teleport",
               "the renewed identity is used, but could not be kept: this process alone has it, and after a "
               "restart the "
               "old one of the file is used, as long as the cluster accepts that",
               {{"error", Describe(saved)}});
  }
  client.IdentityChanged();
  return absl::OkStatus();
}

}  // namespace oktasync::teleport
