// libcurl's result codes as words for the person who must act. Pure; safe on any thread.
#pragma once

#include <curl/curl.h>

#include "absl/status/status.h"
#include "http/client.h"
#include "http/transfer.h"

namespace oktasync::http {

// Why the exchange failed: the host's origin, the reason, what to do. Holds no path, query, header or body.
absl::Status ExplainFailure(CURLcode code, const Transfer& transfer, const ClientOptions& options);

// libcurl saw no error, but the connection ended within the answer's headers.
absl::Status ExplainCutHead(const Transfer& transfer);

// The exchange was ended by us because nothing came for ClientOptions::idle_timeout.
absl::Status ExplainSilence(const Transfer& transfer, const ClientOptions& options);

}  // namespace oktasync::http
