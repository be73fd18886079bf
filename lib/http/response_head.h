// Reads an answer's status line and headers, line by line as libcurl hands them over.
//
// Of several heads (100 Continue, a proxy's answer to CONNECT) the last one counts. Bounded: whoever sends headers
// without end is cut off. Source: RFC 9112 sections 4 and 5 (folded lines: 5.2); libcurl's CURLOPT_HEADERFUNCTION.
//
// Used by transfer.h. Thread-compatible.
#pragma once

#include <cstddef>
#include <string_view>

#include "http/message.h"

namespace oktasync::http {

class ResponseHead {
 public:
  enum class Verdict { kGood, kTooLarge, kBroken };

  // Fills status and headers of `response`, which must outlive the head.
  explicit ResponseHead(Response& response) : response_(response) {}

  // With its line end. After a verdict that is not good the answer is of no use.
  Verdict Take(std::string_view line);
  // Its end was seen, of the final answer. libcurl takes an answer that is cut within its headers for a whole one.
  bool whole() const { return whole_; }

 private:
  Response& response_;
  size_t bytes_ = 0;
  size_t lines_ = 0;
  bool whole_ = false;  // what comes after the body are trailers
};

}  // namespace oktasync::http
