#include "http/curl_error.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>

#include "base/status.h"
#include "base/text.h"
#include "http/stage.h"

namespace oktasync::http {
namespace {

using absl::StatusCode;

bool Has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::string Show(absl::Duration duration) { return absl::FormatDuration(duration); }

struct Verdict {
  StatusCode code;
  std::string words;
};

// What we ended ourselves, from within a callback.
Verdict OfFault(Fault fault, const std::string& limit) {
  switch (fault) {
    case Fault::kBodyTooLarge:
      return {StatusCode::kDataLoss, "the answer is larger than " + limit + " bytes (after decompression)"};
    case Fault::kHeadersTooLarge:
      return {StatusCode::kDataLoss, "the answer has too many or too large headers"};
    case Fault::kBrokenHeader:
      return {StatusCode::kDataLoss, "the answer has a header line that cannot be read"};
    case Fault::kOutOfMemory:
      return {StatusCode::kResourceExhausted, "no memory is left for the answer"};
    case Fault::kOutOfFiles:
      return {
          StatusCode::kUnavailable,
          "no connection: this process has too many open files; raise its limit (ulimit -n, LimitNOFILE)"};
    case Fault::kNone:
      break;
  }
  return {StatusCode::kUnknown, ""};
}

// libcurl does not say why a file could not be read. Its socket, open at that time, is closed by now: so it is two
// descriptors that must be there.
bool NoFilesLeft() {
  const int in_place_of_socket = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const bool none = file < 0 && (errno == EMFILE || errno == ENFILE);
  if (file >= 0) close(file);
  if (in_place_of_socket >= 0) close(in_place_of_socket);
  return none;
}

Verdict OfCertificate(const std::string& reason, const ClientOptions& options) {
  if (Has(reason, "target host name")) {
    return {StatusCode::kFailedPrecondition,
            "the server's certificate is for another host name: " + reason +
                "; check the address, and that nothing between us and it answers in its place"};
  }
  std::string words = "the server's certificate is not trusted: " + reason;
  if (Has(reason, "expired") || Has(reason, "not yet valid")) {
    words += "; check the server's certificate and this machine's clock";
  } else if (options.ca_file.empty()) {
    words +=
        "; set okta.ca_file if the server, or a proxy that inspects TLS, has a certificate of a CA that this "
        "machine does not know";
  } else {
    words += "; the only CAs accepted are those in okta.ca_file (" + Escape(options.ca_file, 200) + ")";
  }
  return {StatusCode::kFailedPrecondition, words};
}

Verdict OfTimeout(const Transfer& transfer, const std::string& reason, const ClientOptions& options) {
  if (!transfer.connected()) {
    return {StatusCode::kDeadlineExceeded, "no connection within " + Show(options.connect_timeout) + ": " +
                                               reason +
                                               "; check that this machine may reach it, or set https_proxy"};
  }
  return {StatusCode::kDeadlineExceeded,
          "the answer was not complete within " + Show(options.total_timeout) + ": " + reason};
}

// The status with which an HTTP proxy refused CONNECT; 0: it did not.
long ProxyRefusal(const Transfer& transfer) {
  long status = 0;
  curl_easy_getinfo(transfer.handle(), CURLINFO_HTTP_CONNECTCODE, &status);
  return status >= 200 && status < 300 ? 0 : status;
}

Verdict OfProxy(long status) {
  const std::string said = "the proxy (https_proxy) answered CONNECT with " + std::to_string(status) + ": ";
  if (status == 407) {
    return {StatusCode::kFailedPrecondition,
            said +
                "it wants a name and a password, or does not accept those of its URL "
                "(https_proxy=http://name:password@host:port)"};
  }
  if (status >= 500) {
    return {StatusCode::kUnavailable, said + "it cannot reach the server; check the address, and its log"};
  }
  return {
      StatusCode::kFailedPrecondition,
      said +
          "it does not let us through; have it allow CONNECT to this server, or name the server in no_proxy"};
}

// libcurl 7.88 does not tell whether a proxy was in between, but it names whom it could not connect to.
bool ConnectsToProxy(const Transfer& transfer, const std::string& reason) {
  return Has(reason, "Failed to connect to ") && !Has(reason, "Failed to connect to " + transfer.url().host);
}

Verdict OfCode(CURLcode code, const Transfer& transfer, const std::string& reason,
               const ClientOptions& options) {
  // libcurl repeats the whole address then, with name and password.
  if (reason.starts_with("Unsupported proxy")) {
    return {StatusCode::kFailedPrecondition,
            "the proxy's address (https_proxy) is not one that libcurl can use; expected http://host:port or "
            "http://name:password@host:port, with what is special in them percent-encoded"};
  }
  if (const long status = ProxyRefusal(transfer)) return OfProxy(status);
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return {StatusCode::kUnavailable, "its name cannot be resolved: " + reason};
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {StatusCode::kUnavailable, "the name of the proxy (https_proxy) cannot be resolved: " + reason};
    case CURLE_PROXY:
      return {StatusCode::kUnavailable, "the proxy (https_proxy) refused: " + reason};
    case CURLE_COULDNT_CONNECT:
      return {StatusCode::kUnavailable,
              (ConnectsToProxy(transfer, reason) ? "no connection to the proxy of https_proxy: "
                                                 : "no connection: ") +
                  reason};
    case CURLE_OPERATION_TIMEDOUT:
      return OfTimeout(transfer, reason, options);
    case CURLE_PARTIAL_FILE:
      return {StatusCode::kUnavailable, "the answer was cut short: " + reason};
    case CURLE_GOT_NOTHING:
      return {StatusCode::kUnavailable, "the server closed the connection without an answer: " + reason};
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return {StatusCode::kUnavailable, "the connection broke: " + reason};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return OfCertificate(reason, options);
    case CURLE_SSL_CACERT_BADFILE:
      if (NoFilesLeft()) return OfFault(Fault::kOutOfFiles, "");
      return {StatusCode::kFailedPrecondition,
              "the CA file cannot be used: " + reason + "; check okta.ca_file"};
    case CURLE_SSL_CONNECT_ERROR:
      if (const std::string_view why = transfer.certificate_error(); !why.empty()) {
        return OfCertificate(std::string(why), options);
      }
      if (Has(reason, "wrong version number") || Has(reason, "unsupported protocol") ||
          Has(reason, "protocol version") || Has(reason, "http request")) {
        return {StatusCode::kFailedPrecondition,
                "it does not speak TLS 1.2 or newer on that port: " + reason};
      }
      return {StatusCode::kUnavailable, "TLS could not be set up: " + reason};
    case CURLE_BAD_CONTENT_ENCODING:
      return {StatusCode::kDataLoss, "the answer's compression is broken or not gzip: " + reason};
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return {StatusCode::kDataLoss, "what came back is not HTTP: " + reason};
    case CURLE_URL_MALFORMAT:
      return {StatusCode::kInvalidArgument, "the URL is not acceptable to libcurl"};
    case CURLE_OUT_OF_MEMORY:
      return {StatusCode::kResourceExhausted, "no memory is left for the exchange"};
    default:
      return {StatusCode::kUnavailable, reason};
  }
}

Stage StageOfCode(CURLcode code, const Transfer& transfer, const std::string& reason) {
  if (ProxyRefusal(transfer) != 0 || reason.starts_with("Unsupported proxy")) return Stage::kProxy;
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return Stage::kName;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
      return Stage::kProxy;
    case CURLE_COULDNT_CONNECT:
      return ConnectsToProxy(transfer, reason) ? Stage::kProxy : Stage::kConnection;
    case CURLE_OPERATION_TIMEDOUT:
      return transfer.connected() ? Stage::kConversation : Stage::kConnection;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CONNECT_ERROR:
      return Stage::kTls;
    default:
      return Stage::kConversation;
  }
}

}  // namespace

absl::Status ExplainFailure(CURLcode code, const Transfer& transfer, const ClientOptions& options) {
  std::string reason = Escape(transfer.error_text(), CURL_ERROR_SIZE);
  if (reason.empty()) reason = curl_easy_strerror(code);
  const Verdict verdict = transfer.fault() != Fault::kNone
                              ? OfFault(transfer.fault(), std::to_string(transfer.max_body_bytes()))
                              : OfCode(code, transfer, reason, options);
  return AtStage(StageOfCode(code, transfer, reason),
                 MakeStatus(verdict.code, transfer.url().Origin() + ": " + verdict.words));
}

absl::Status ExplainCutHead(const Transfer& transfer) {
  return AtStage(Stage::kConversation,
                 MakeStatus(StatusCode::kUnavailable,
                            transfer.url().Origin() +
                                ": the answer was cut short: the connection ended within its headers"));
}

absl::Status ExplainSilence(const Transfer& transfer, const ClientOptions& options) {
  return AtStage(Stage::kConversation, MakeStatus(StatusCode::kDeadlineExceeded,
                                                  transfer.url().Origin() + ": the server sent nothing for " +
                                                      Show(options.idle_timeout)));
}

}  // namespace oktasync::http
