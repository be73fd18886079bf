#include "oauth/token_source.h"

#include <utility>

#include "oauth/cached_source.h"
#include "oauth/minter.h"

namespace oktasync::oauth {
namespace {

// The cached tokens of a minter, which knows whether it waits.
class MintedSource final : public TokenSource {
 public:
  MintedSource(std::shared_ptr<const Minter> minter, std::unique_ptr<TokenSource> cached)
      : minter_(std::move(minter)), cached_(std::move(cached)) {}
  absl::StatusOr<AccessToken> Get(Cancel& cancel) override { return cached_->Get(cancel); }
  void Refused(uint64_t generation) override { cached_->Refused(generation); }
  absl::Duration RateWait() const override { return minter_->RateWait(); }

 private:
  const std::shared_ptr<const Minter> minter_;
  const std::unique_ptr<TokenSource> cached_;
};

}  // namespace

std::unique_ptr<TokenSource> MakeClientCredentialsSource(ClientCredentials options,
                                                         std::shared_ptr<ClientKeys> keys,
                                                         std::shared_ptr<Dpop> dpop, http::Client& http,
                                                         CorrectedClock& clock, LogSink& log) {
  auto minter = std::make_shared<Minter>(std::move(options), std::move(keys), std::move(dpop), http, clock,
                                         log, RealSleep);
  const auto mint = [minter](bool patient, Cancel& cancel) {
    MintLimits limits;
    if (!patient) {
      limits.tries = 1;
      limits.patience = absl::ZeroDuration();
    }
    return minter->Mint(limits, cancel);
  };
  return std::make_unique<MintedSource>(minter, MakeCachedSource(mint, clock, log));
}

}  // namespace oktasync::oauth
