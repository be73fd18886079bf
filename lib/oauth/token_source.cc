#include "oauth/token_source.h"

#include <utility>

#include "oauth/cached_source.h"
#include "oauth/minter.h"

namespace oktasync::oauth {

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
  return MakeCachedSource(mint, clock, log);
}

}  // namespace oktasync::oauth
