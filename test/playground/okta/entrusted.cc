#include "okta/entrusted.h"

namespace playground::okta {

void Entrusted::See(const Request& request, const Reply& reply) {
  std::lock_guard lock(mutex_);
  const std::string_view authorization = request.Header("Authorization");
  if (const size_t space = authorization.find(' '); space != std::string_view::npos) {
    tokens_.emplace(authorization.substr(space + 1));
  }
  if (const std::string_view proof = request.Header("DPoP"); !proof.empty()) proofs_.emplace(proof);
  if (request.path != "/oauth2/v1/token") return;
  for (const auto& [name, value] : ParseParameters(request.body)) {
    if (name == "client_assertion") assertions_.insert(value);
  }
  const nlohmann::json answer = nlohmann::json::parse(reply.body, nullptr, false);
  if (answer.is_object() && answer.contains("access_token")) {
    tokens_.insert(answer["access_token"].get<std::string>());
  }
}

nlohmann::json Entrusted::Show() const {
  std::lock_guard lock(mutex_);
  return {{"assertions", assertions_}, {"proofs", proofs_}, {"tokens", tokens_}};
}

}  // namespace playground::okta
