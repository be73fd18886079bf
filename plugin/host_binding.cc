#include "host_binding.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "barrier.h"
#include "base/secret.h"
#include "base/status.h"
#include "buffers.h"

namespace oktasync::plugin {
namespace {

class HostClock final : public Clock {
 public:
  explicit HostClock(const HostBinding& host) : host_(host) {}
  absl::Time Now() const override {
    const int64_t now = host_.table.clock_wall_ns(host_.ctx);
    OKTASYNC_THROW_POINT("callback", "clock_wall_ns");
    return absl::FromUnixNanos(now);
  }
  absl::Duration SinceBoot() const override {
    const int64_t since_boot = host_.table.clock_boot_ns(host_.ctx);
    OKTASYNC_THROW_POINT("callback", "clock_boot_ns");
    return absl::Nanoseconds(since_boot);
  }

 private:
  const HostBinding host_;
};

class HostSigner final : public jose::Signer {
 public:
  HostSigner(const HostBinding& host, jose::Algorithm algorithm, std::string key_id)
      : host_(host), algorithm_(algorithm), key_id_(std::move(key_id)) {}

  jose::Algorithm algorithm() const override { return algorithm_; }

  absl::StatusOr<std::string> Sign(std::string_view input) const override {
    uint8_t bytes[2048];  // RSA keys of up to 16384 bits
    uint64_t length = 0;
    oktasync_error err = OKTASYNC_ERROR_INIT;
    const int32_t algorithm =
        algorithm_ == jose::Algorithm::kEs256 ? OKTASYNC_SIGN_ES256 : OKTASYNC_SIGN_RS256;
    const int32_t code = host_.table.sign(host_.ctx, Borrow(key_id_), algorithm, Borrow(input), bytes,
                                          sizeof(bytes), &length, &err);
    OKTASYNC_RETURN_IF_ERROR(FromHost("sign", code, err));
    if (algorithm_ == jose::Algorithm::kEs256 && length != 64) {
      return Wrong(length, "ES256 needs the 64 bytes r || s of RFC 7518 section 3.4, not DER");
    }
    if (algorithm_ == jose::Algorithm::kRs256 && (length < 256 || length > sizeof(bytes))) {
      return Wrong(length, "RS256 needs the 256 bytes or more of an RSA key of at least 2048 bits");
    }
    return std::string(reinterpret_cast<const char*>(bytes), length);
  }

  std::string PublicJwk() const override { return {}; }

 private:
  static absl::Status Wrong(uint64_t length, const std::string& what) {
    return MakeStatus(absl::StatusCode::kInternal,
                      "the host's sign gave " + std::to_string(length) + " bytes: " + what);
  }

  const HostBinding host_;
  const jose::Algorithm algorithm_;
  const std::string key_id_;
};

// Gives the identity back to the host when the copy is made, whatever happens meanwhile. Null: nothing was given.
class Release {
 public:
  Release(const HostBinding& host, oktasync_identity* identity) : host_(host), identity_(identity) {}
  ~Release() {
    if (identity_ != nullptr) host_.table.identity_release(host_.ctx, identity_);
  }
  Release(const Release&) = delete;
  Release& operator=(const Release&) = delete;

 private:
  const HostBinding& host_;
  oktasync_identity* identity_;
};

absl::StatusOr<teleport::Identity> AskIdentity(const HostBinding& host) {
  oktasync_identity given{};
  given.struct_size = sizeof(given);
  oktasync_error err = OKTASYNC_ERROR_INIT;
  const int32_t code = host.table.identity(host.ctx, &given, &err);
  const Release release(host, code == OKTASYNC_OK ? &given : nullptr);
  OKTASYNC_RETURN_IF_ERROR(FromHost("identity", code, err));

  OKTASYNC_RETURN_IF_ERROR(CheckStr("the identity's key_pem", given.key_pem));
  OKTASYNC_RETURN_IF_ERROR(CheckStr("the identity's cert_pem", given.cert_pem));
  OKTASYNC_RETURN_IF_ERROR(CheckStr("the identity's ca_pem", given.ca_pem));
  for (const auto& [name, text] : {std::pair{"key_pem", given.key_pem}, std::pair{"cert_pem", given.cert_pem},
                                   std::pair{"ca_pem", given.ca_pem}}) {
    if (text.len == 0) {
      return MakeStatus(absl::StatusCode::kFailedPrecondition,
                        std::string("the host's identity has no ") + name +
                            "; it must hand over key, certificate and host CA in PEM");
    }
  }
  teleport::Identity identity;
  identity.key_pem = Secret(std::string(View(given.key_pem)));
  identity.cert_pem = std::string(View(given.cert_pem));
  identity.ca_pem = std::string(View(given.ca_pem));
  identity.generation = given.generation;
  return identity;
}

}  // namespace

absl::Status CheckHost(const oktasync_host* host) {
  const auto bad = [](absl::StatusCode code, const std::string& what) { return MakeStatus(code, what); };
  if (host == nullptr) return bad(absl::StatusCode::kInvalidArgument, "no host table was given");
  if (!OKTASYNC_HAS(oktasync_host, host, log)) {
    return bad(absl::StatusCode::kFailedPrecondition,
               "the host's table has " + std::to_string(host->struct_size) + " bytes, this plugin needs " +
                   std::to_string(offsetof(oktasync_host, log) + sizeof(host->log)) +
                   " or more: the host was built against an older plugin.h, or did not set struct_size");
  }
  const HostBinding seen = Bind(*host, 0);
  const auto missing = [&](const std::string& what) {
    return bad(absl::StatusCode::kInvalidArgument, "the host's table " + what);
  };
  if (seen.table.log == nullptr) return missing("has no log, which is required");
  if ((seen.table.identity == nullptr) != (seen.table.identity_release == nullptr)) {
    return missing("has one of identity and identity_release without the other");
  }
  if ((seen.table.clock_wall_ns == nullptr) != (seen.table.clock_boot_ns == nullptr)) {
    return missing("has one of clock_wall_ns and clock_boot_ns without the other");
  }
  return absl::OkStatus();
}

HostBinding Bind(const oktasync_host& host, uint64_t ctx) {
  HostBinding binding;
  const size_t size = std::min<size_t>(host.struct_size, sizeof(binding.table));
  std::memcpy(&binding.table, &host, size);
  // A host of another minor may end in the middle of what we know; half a pointer is no pointer.
  const size_t whole = size - size % sizeof(void*);
  std::memset(reinterpret_cast<unsigned char*>(&binding.table) + whole, 0, sizeof(binding.table) - whole);
  binding.table.struct_size = sizeof(binding.table);
  binding.ctx = ctx;
  return binding;
}

teleport::IdentitySource MakeIdentitySource(const HostBinding& host) {
  if (host.table.identity == nullptr) return nullptr;
  return [host] { return AskIdentity(host); };
}

std::unique_ptr<Clock> MakeClock(const HostBinding& host) {
  if (host.table.clock_wall_ns == nullptr) return nullptr;
  return std::make_unique<HostClock>(host);
}

absl::StatusOr<std::shared_ptr<const jose::Signer>> MakeSigner(const HostBinding& host, int32_t algorithm,
                                                               std::string key_id) {
  if (algorithm == OKTASYNC_SIGN_NONE) return std::shared_ptr<const jose::Signer>();
  if (algorithm != OKTASYNC_SIGN_ES256 && algorithm != OKTASYNC_SIGN_RS256) {
    return MakeStatus(absl::StatusCode::kInvalidArgument, "sign_algorithm " + std::to_string(algorithm) +
                                                              " is not known; ES256 is 1, RS256 is 2");
  }
  if (host.table.sign == nullptr) {
    return MakeStatus(absl::StatusCode::kInvalidArgument,
                      "sign_algorithm is set, but the host's table has no sign");
  }
  return std::make_shared<const HostSigner>(
      host, algorithm == OKTASYNC_SIGN_ES256 ? jose::Algorithm::kEs256 : jose::Algorithm::kRs256,
      std::move(key_id));
}

absl::Status SendAuditEvent(const HostBinding& host, std::string_view type, std::string_view json) {
  if (host.table.audit_event == nullptr) return absl::OkStatus();
  oktasync_error err = OKTASYNC_ERROR_INIT;
  const int32_t code = host.table.audit_event(host.ctx, Borrow(type), Borrow(json), &err);
  return FromHost("audit_event", code, err);
}

}  // namespace oktasync::plugin
