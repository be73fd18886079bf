// How far an exchange came that failed without an answer. Pure; safe on any thread.
//
// For those who tell an admin where to look first (enroll); all others read the status' code and words.
#pragma once

#include "absl/status/status.h"

namespace oktasync::http {

enum class Stage {
  kName,         // the host's name was not resolved
  kConnection,   // no TCP connection, or none through the proxy
  kTls,          // no TLS: a certificate that is not accepted, or something else than TLS on that port
  kConversation  // the request was sent, or nothing is known of how far it came
};

// Of a status that Client::Send gave; Annotate keeps it.
Stage StageOf(const absl::Status& failure);

// `failure` with its stage.
absl::Status AtStage(Stage stage, absl::Status failure);

}  // namespace oktasync::http
