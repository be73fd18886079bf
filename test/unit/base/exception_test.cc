#include "base/exception.h"

#include <catch2/catch.hpp>
#include <new>
#include <stdexcept>
#include <string>

namespace oktasync {
namespace {

template <typename T>
std::string Told(const T& thrown) {
  try {
    throw thrown;
  } catch (...) {
    return CurrentException();
  }
}

TEST_CASE("secrets: of an exception only the type is told, never its text") {
  CHECK(Told(std::runtime_error("-----BEGIN PRIVATE KEY-----")) == "exception of type std::runtime_error");
  CHECK(Told(std::bad_alloc()) == "exception of type std::bad_alloc");
  CHECK(Told(7) == "exception of type int");
}

}  // namespace
}  // namespace oktasync
