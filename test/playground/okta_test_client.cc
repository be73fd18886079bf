#include "okta_test_client.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <stdexcept>

#include "httplib.h"
#include "okta/crypto.h"
#include "okta/text.h"

namespace playground_test {
namespace {

using playground::okta::Base64UrlEncode;
using playground::okta::PercentEncode;

playground::okta::Key ReadKey(const std::string& file) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> in(std::fopen(file.c_str(), "r"), std::fclose);
  if (in == nullptr) throw std::runtime_error("cannot read " + file);
  return playground::okta::Key(PEM_read_PrivateKey(in.get(), nullptr, nullptr, nullptr));
}

std::string Signature(EVP_PKEY* key, const std::string& text) {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key);
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  size_t size = 0;
  EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size());
  std::string out(size, '\0');
  EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes, text.size());
  out.resize(size);
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC) return out;
  const auto* der = reinterpret_cast<const unsigned char*>(out.data());
  const std::unique_ptr<ECDSA_SIG, void (*)(ECDSA_SIG*)> pair(
      d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(out.size())), ECDSA_SIG_free);
  std::string raw(64, '\0');
  BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), reinterpret_cast<unsigned char*>(raw.data()), 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), reinterpret_cast<unsigned char*>(raw.data()) + 32, 32);
  return raw;
}

Answer FromResult(const httplib::Result& result) {
  Answer answer;
  if (!result) {
    answer.error = httplib::to_string(result.error());
    return answer;
  }
  answer.status = result->status;
  for (const auto& [name, value] : result->headers) {
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    answer.headers.emplace(lower, value);
  }
  answer.text = result->body;
  answer.body = nlohmann::json::parse(result->body, nullptr, false);
  return answer;
}

}  // namespace

std::string SignJws(EVP_PKEY* key, const nlohmann::json& header, const nlohmann::json& claims) {
  const std::string text = Base64UrlEncode(header.dump()) + "." + Base64UrlEncode(claims.dump());
  return text + "." + Base64UrlEncode(Signature(key, text));
}

std::string Answer::Header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

std::string Answer::Link(const std::string& rel) const {
  const auto [first, last] = headers.equal_range("link");
  for (auto it = first; it != last; ++it) {
    if (it->second.find("rel=\"" + rel + "\"") == std::string::npos) continue;
    return it->second.substr(1, it->second.find('>') - 1);
  }
  return "";
}

Okta::Okta(std::vector<std::string> args)
    : control_(std::make_unique<playground::Client>(PLAYGROUND_PROGRAM, std::move(args))) {}

nlohmann::json Okta::Claims() const {
  const auto now = static_cast<int64_t>(std::time(nullptr));
  return {{"iss", control_->Info("client_id")},
          {"sub", control_->Info("client_id")},
          {"aud", control_->Info("okta_url") + "/oauth2/v1/token"},
          {"iat", now - 5},
          {"exp", now + 300},
          {"jti", Base64UrlEncode(playground::okta::RandomBytes(16))}};
}

std::string Okta::Sign(const nlohmann::json& claims, bool rsa, const std::string& kid) const {
  const nlohmann::json header = {{"alg", rsa ? "RS256" : "ES256"},
                                 {"kid", !kid.empty() ? kid : control_->Info(rsa ? "rsa_key_id" : "key_id")}};
  const auto key = ReadKey(control_->Info(rsa ? "rsa_private_key_file" : "private_key_file"));
  return SignJws(key.get(), header, claims);
}

std::string Okta::TokenForm(const std::string& assertion, const std::string& scope) const {
  return "grant_type=client_credentials&scope=" + PercentEncode(scope) +
         "&client_assertion_type=" + PercentEncode("urn:ietf:params:oauth:client-assertion-type:jwt-bearer") +
         "&client_assertion=" + assertion;
}

Answer Okta::Token(const std::string& assertion, const std::string& scope) {
  return PostForm(TokenForm(assertion, scope));
}

Answer Okta::Ask(const std::string& method, const std::string& path, const Headers& headers,
                 const std::string& form) {
  httplib::Client client(control_->Info("okta_url"));
  client.set_ca_cert_path(control_->Info("okta_ca_file").c_str());
  httplib::Request request;
  request.method = method;
  request.path = path;
  for (const auto& [name, value] : headers) request.headers.emplace(name, value);
  if (!form.empty()) {
    request.set_header("Content-Type", "application/x-www-form-urlencoded");
    request.body = form;
  }
  return FromResult(client.send(request));
}

Answer Okta::PostForm(const std::string& form) {
  httplib::Client client(control_->Info("okta_url"));
  client.set_ca_cert_path(control_->Info("okta_ca_file").c_str());
  return FromResult(client.Post("/oauth2/v1/token", form, "application/x-www-form-urlencoded"));
}

std::string Okta::AccessToken() { return Token(Sign(Claims())).body.at("access_token").get<std::string>(); }

Answer Okta::Get(std::string path, const std::string& token) {
  const std::string url = control_->Info("okta_url");
  if (path.rfind(url, 0) == 0) path = path.substr(url.size());
  return Send("GET", path, token);
}

Answer Okta::Send(const std::string& method, const std::string& path, const std::string& token) {
  httplib::Client client(control_->Info("okta_url"));
  client.set_ca_cert_path(control_->Info("okta_ca_file").c_str());
  client.set_read_timeout(5);
  httplib::Request request;
  request.method = method;
  request.path = path;
  if (!token.empty()) request.set_header("Authorization", "Bearer " + token);
  return FromResult(client.send(request));
}

std::vector<nlohmann::json> Okta::Walk(int limit, bool expand) {
  const std::string extra = expand ? "&expand=user" : "";
  std::vector<nlohmann::json> people;
  std::string path = AppPath() + "/users?limit=" + std::to_string(limit) + extra;
  while (!path.empty()) {
    const Answer page = Get(path);
    if (page.status != 200) throw std::runtime_error("page refused: " + page.text);
    for (const auto& row : page.body) people.push_back(row);
    path = page.Link("next");
    if (!path.empty()) path += extra;
  }
  return people;
}

}  // namespace playground_test
