#include "enroll/identity_checks.h"

#include <string>

#include "base/status.h"
#include "base/text.h"
#include "teleport/host_key.h"
#include "teleport/identity_keeper.h"

namespace oktasync::enroll {
namespace {

constexpr char kOfHost[] = "The host hands the identity over, and is to renew it";

// Who sees to it that the identity is renewed.
std::string RenewedBy(const TeleportInputs& in) {
  return in.identity_of_host ? kOfHost : teleport::kThreeFiles;
}

}  // namespace

void JudgeIdentity(const TeleportInputs& in, const TeleportFacts& facts, Sheet& sheet) {
  if (facts.secured_by_host) {
    constexpr char kKept[] = "the host secures its connections itself and keeps its identity";
    sheet.NotKnown(kTeleportIdentity, kKept);
    sheet.NotKnown(kTeleportSystemRole, kKept);
    sheet.NotKnown(kTeleportExpiry, kKept);
    return;
  }
  if (!facts.identity.ok()) {
    sheet.Fail(
        kTeleportIdentity, Message(facts.identity.status()),
        in.identity_file.empty()
            ? "Put key, certificate and host CA of one host certificate with the system role Okta where "
              "teleport.identity says; a token for joining: tctl tokens add --type=okta"
            : "When the file is not there yet or is spoilt, " + teleport::JoinAgain(in.identity_file));
    sheet.Lacks(kTeleportSystemRole, {kTeleportIdentity});
    sheet.Lacks(kTeleportExpiry, {kTeleportIdentity});
    return;
  }
  const teleport::IdentityFacts& identity = *facts.identity;
  sheet.Pass(kTeleportIdentity,
             Escape(identity.common_name, 256) + ": key, certificate and CA belong together");
  if (teleport::HoldsOktaRole(identity)) {
    sheet.Pass(kTeleportSystemRole, Escape(identity.role, 128));
  } else {
    sheet.Fail(kTeleportSystemRole,
               "the certificate is of " + Escape(teleport::DescribeIdentity(identity), 256) +
                   " and does not hold the system role Okta, which alone may write users of origin okta",
               "Make a token with tctl tokens add --type=okta and join with it");
  }
  const absl::Duration left = identity.not_after - facts.now;
  if (left <= absl::ZeroDuration()) {
    sheet.Fail(
        kTeleportExpiry, "expired at " + teleport::TimeInWords(identity.not_after),
        "Check this machine's clock; if it is right: " +
            (in.identity_file.empty() ? RenewedBy(in) : Sentence(teleport::JoinAgain(in.identity_file))));
    return;
  }
  if (identity.not_before > facts.now) {
    sheet.Fail(kTeleportExpiry, "not valid before " + teleport::TimeInWords(identity.not_before),
               "Check the clocks of this machine and of the auth server");
    return;
  }
  const std::string until = "valid until " + teleport::TimeInWords(identity.not_after);
  if (left > teleport::SoonBefore(identity)) {
    sheet.Pass(kTeleportExpiry, until);
    return;
  }
  sheet.Fail(
      kTeleportExpiry, until + ", which is in " + absl::FormatDuration(absl::Trunc(left, absl::Minutes(1))),
      in.identity_file.empty()
          ? RenewedBy(in)
          : "Each run renews it in time, so there was none, or it could not: run oktasync sync and look at "
            "its notices; if the cluster refuses, " +
                teleport::JoinAgain(in.identity_file));
}

void JudgeRenewal(const TeleportInputs& in, const TeleportFacts& facts, Sheet& sheet) {
  if (facts.secured_by_host) {
    sheet.NotKnown(kTeleportRenewal, "the host keeps its identity");
  } else if (!facts.keepable.ok()) {
    sheet.Fail(
        kTeleportRenewal, Message(facts.keepable),
        "A renewed identity that cannot be kept is lost with its process, and then the cluster must be "
        "joined again: let the user that oktasync runs as write in that folder");
  } else if (!sheet.Lacks(kTeleportRenewal, {kTeleportTunnel})) {
    if (!facts.renewal.has_value() || !facts.renewal->ok()) {
      sheet.NotKnown(kTeleportRenewal, "the cluster's CA could not be looked at", kTeleportReads);
    } else if ((*facts.renewal)->empty()) {
      sheet.Pass(kTeleportRenewal, in.identity_file.empty()
                                       ? "the cluster's CA is the one that the identity knows"
                                       : "not due, and the file can be replaced");
    } else if (in.identity_file.empty()) {
      sheet.Fail(
          kTeleportRenewal, **facts.renewal,
          "Before the rotation ends the identity must be made anew, or the cluster no longer accepts it. " +
              RenewedBy(in));
    } else {
      sheet.Pass(kTeleportRenewal, "due: " + **facts.renewal,
                 "The next run renews it, and says when it cannot");
    }
  }
}

}  // namespace oktasync::enroll
