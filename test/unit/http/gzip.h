// gzip streams written by hand (RFC 1951, RFC 1952): the tests need no compressor.
#pragma once

#include <string>
#include <string_view>

namespace oktasync::http_test {

// `text` (less than 64 KiB) in one stored block.
std::string Gzip(std::string_view text);

// `repeats` * 258 + 1 zero bytes, 13 bits for each 258 of them.
std::string GzipBomb(size_t repeats);

}  // namespace oktasync::http_test
