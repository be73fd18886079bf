#include "integration/canaries.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>

#include "nlohmann/json.hpp"

namespace integration {
namespace {

constexpr size_t kLeast = 12;
constexpr size_t kPiece = 32;

uint64_t First8(const char* at) {
  uint64_t word = 0;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

std::string Hex(std::string_view bytes, const char* digits) {
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += {digits[byte >> 4], digits[byte & 15u]};
  }
  return out;
}

std::string Base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(size));
  return out;
}

// What stands in the base64 of any text that holds `bytes` with `before` (0 to 2) bytes modulo 3 in front: without the
// digits that neighbours have a part in.
std::string InnerBase64(std::string_view bytes, size_t before) {
  const std::string whole = Base64(std::string(before, '\0') + std::string(bytes));
  const size_t first = before == 0 ? 0 : before + 1;
  const size_t last = (before + bytes.size()) * 8 / 6;
  return whole.substr(first, last - first);
}

std::string Url(std::string base64) {
  for (char& c : base64) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return base64;
}

std::string Percent(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += "%" + Hex(std::string_view(&c, 1), "0123456789ABCDEF");
    }
  }
  return out;
}

std::string Json(std::string_view bytes, bool slashes) {
  const std::string quoted =
      nlohmann::json(std::string(bytes)).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string out;
  for (const char c : quoted.substr(1, quoted.size() - 2)) {
    if (c == '/' && slashes) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::map<std::string, std::string> FormsOf(std::string_view bytes) {
  std::map<std::string, std::string> forms = {
      {"as it is", std::string(bytes)},
      {"hexadecimal", Hex(bytes, "0123456789abcdef")},
      {"HEXADECIMAL", Hex(bytes, "0123456789ABCDEF")},
      {"percent-encoded", Percent(bytes)},
      {"as JSON", Json(bytes, false)},
      {"as JSON with its slashes escaped", Json(bytes, true)},
  };
  for (size_t before = 0; before < 3; ++before) {
    const std::string inner = InnerBase64(bytes, before);
    forms["base64 after " + std::to_string(before)] = inner;
    forms["base64url after " + std::to_string(before)] = Url(inner);
  }
  return forms;
}

void Canaries::Add(const std::string& name, std::string_view secret) {
  if (secret.size() < kLeast) throw std::invalid_argument(name + " is too short to be looked for");
  if (!known_.emplace(secret).second) return;
  ++secrets_;
  for (size_t at = 0; at < secret.size(); at += kPiece) {
    // The last piece is as long as the others, so it begins earlier.
    const size_t from = secret.size() < kPiece ? 0 : std::min(at, secret.size() - kPiece);
    AddPiece(name, secret.substr(from, kPiece));
  }
}

void Canaries::AddPiece(const std::string& name, std::string_view piece) {
  std::set<std::string> once;
  for (auto& [form, text] : FormsOf(piece)) {
    if (once.insert(text).second) AddNeedle(name + " (" + form + ")", text);
  }
}

void Canaries::AddNeedle(const std::string& name, std::string text) {
  if (text.size() < kLeast) throw std::invalid_argument(name + " is too short to be looked for");
  const uint64_t first = First8(text.data());
  needles_[first].push_back({std::move(text), name});
}

void Canaries::Spare(std::string_view public_text) {
  for (auto& [first, needles] : needles_) {
    needles.erase(std::remove_if(needles.begin(), needles.end(),
                                 [&](const Needle& needle) {
                                   return public_text.find(needle.text) != std::string_view::npos;
                                 }),
                  needles.end());
  }
}

std::set<std::string> Canaries::FoundIn(std::string_view text) const {
  std::set<std::string> found;
  for (size_t at = 0; at + sizeof(uint64_t) <= text.size(); ++at) {
    const auto candidates = needles_.find(First8(text.data() + at));
    if (candidates == needles_.end()) continue;
    for (const Needle& needle : candidates->second) {
      if (text.substr(at, needle.text.size()) == needle.text) found.insert(needle.name);
    }
  }
  return found;
}

void AddKeyFile(Canaries& canaries, const std::string& name, const std::string& file) {
  std::ifstream in(file);
  std::stringstream pem;
  pem << in.rdbuf();
  std::istringstream lines(pem.str());
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("-----END", 0) == 0) break;  // certificates may follow
    if (line.size() >= kLeast && line.rfind("-----", 0) != 0) canaries.Add(name, line);
  }
  const std::string text = pem.str();
  const std::unique_ptr<BIO, decltype(&BIO_free)> source(
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(source.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  if (key == nullptr) throw std::runtime_error(file + " holds no private key");
  // EC: the private number; RSA: d and a prime.
  for (const char* param : {OSSL_PKEY_PARAM_PRIV_KEY, OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_FACTOR1}) {
    BIGNUM* raw = nullptr;
    if (EVP_PKEY_get_bn_param(key.get(), param, &raw) != 1) continue;
    const std::unique_ptr<BIGNUM, decltype(&BN_clear_free)> number(raw, BN_clear_free);
    std::string bytes(static_cast<size_t>(BN_num_bytes(raw)), '\0');
    BN_bn2bin(raw, reinterpret_cast<unsigned char*>(bytes.data()));
    canaries.Add(name + ": private number", bytes);
    std::reverse(bytes.begin(), bytes.end());
    canaries.Add(name + ": private number as it stands in memory", bytes);
  }
}

void AddJwt(Canaries& canaries, const std::string& name, const std::string& jwt) {
  const size_t first = jwt.find('.');
  const size_t second = first == std::string::npos ? first : jwt.find('.', first + 1);
  if (second == std::string::npos) {
    canaries.Add(name, jwt);
    return;
  }
  canaries.Add(name + ": payload", std::string_view(jwt).substr(first + 1, second - first - 1));
  canaries.Add(name + ": signature", std::string_view(jwt).substr(second + 1));
}

}  // namespace integration
