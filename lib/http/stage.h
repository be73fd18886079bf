// How far an exchange came that failed without an answer. Pure; safe on any thread.
//
// For those who tell an admin where to look first (enroll); all others read the status' code and words.
#pragma once

#include "absl/status/status.h"

namespace oktasync::http {

enum class Stage {
  kUnknown,      // nothing is known of how far it came
  kName,         // the host's name was not resolved
  kProxy,        // the HTTP proxy of the environment was not reached, or made no connection
  kConnection,   // no TCP connection
  kTls,          // no TLS: a certificate that is not accepted, or something else than TLS on that port
  kConversation  // the request was sent
};

// Of a status that Client::Send gave; Annotate keeps it.
Stage StageOf(const absl::Status& failure);

// `failure` with its stage.
absl::Status AtStage(Stage stage, absl::Status failure);

}  // namespace oktasync::http
