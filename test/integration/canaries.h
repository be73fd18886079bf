// Looks for secrets in whatever was written: as they are, in parts, and in the forms that text takes on its way.
//
// For canary_test.cc. A secret is cut into pieces, so that a message that is cut or wrapped is seen as well, and each
// piece is looked for as it is, in hexadecimal, in base64 and base64url at every alignment, percent-encoded and
// escaped as JSON. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace integration {

class Canaries {
 public:
  // `secret` as its bytes; shorter ones than 12 bytes would be found anywhere and are refused (std::invalid_argument).
  void Add(const std::string& name, std::string_view secret);
  // Takes out the pieces that are in this public text: a private key's file holds the public key as well, and so does
  // its certificate, in the same digits.
  void Spare(std::string_view public_text);
  // Names of those that are in `text`, each with the form in which it was found: "client key (base64)".
  std::set<std::string> FoundIn(std::string_view text) const;
  size_t size() const { return secrets_; }

 private:
  struct Needle {
    std::string text;
    std::string name;
  };
  void AddPiece(const std::string& name, std::string_view piece);
  void AddNeedle(const std::string& name, std::string text);

  size_t secrets_ = 0;
  std::set<std::string> known_;
  std::unordered_map<uint64_t, std::vector<Needle>> needles_;  // by their first eight bytes
};

// The forms that are looked for, by name; for the test that shows that each of them is found.
std::map<std::string, std::string> FormsOf(std::string_view bytes);

// A private key's file: its lines, its whole DER, and the private number alone as a JWK would have it and as bytes.
void AddKeyFile(Canaries& canaries, const std::string& name, const std::string& file);
// A JWT: payload and signature, each for itself. The header is nobody's secret.
void AddJwt(Canaries& canaries, const std::string& name, const std::string& jwt);

}  // namespace integration
