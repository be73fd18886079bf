#include "plan_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "nlohmann/json.hpp"
#include "render.h"

namespace oktasync::host {
namespace {

using nlohmann::json;

constexpr size_t kMaxBytes = size_t{1} << 30;
constexpr size_t kChunk = size_t{1} << 20;
constexpr JsonLimits kLimits{kMaxBytes, 16};

std::string NameOf(const std::string& file) { return file == "-" ? "standard input" : Escape(file, 256); }

absl::Status Failed(const std::string& file, const std::string& why) {
  return MakeStatus(absl::StatusCode::kInvalidArgument, NameOf(file) + ": " + why);
}

std::string Digests(const ReportView& plan) {
  std::string text;
  for (const ReportView::Held& set : plan.held) {
    text += (text.empty() ? "" : ", ") + Escape(set.digest, 64) + " (" + HeldKindWords(set.kind) + ")";
  }
  return text;
}

}  // namespace

absl::StatusOr<std::string> ReadDocument(const std::string& file) {
  std::ifstream opened;
  if (file != "-") {
    opened.open(file, std::ios::binary);
    if (!opened) return Failed(file, std::string("cannot be read: ") + std::strerror(errno));
  }
  std::istream& in = file == "-" ? std::cin : opened;
  std::string text;
  std::string chunk(kChunk, '\0');
  while (in.read(chunk.data(), static_cast<std::streamsize>(chunk.size())) || in.gcount() > 0) {
    text.append(chunk, 0, static_cast<size_t>(in.gcount()));
    if (text.size() > kMaxBytes) return Failed(file, "larger than 1 GiB, so it is no plan");
  }
  if (in.bad()) return Failed(file, "cannot be read to its end");
  return text;
}

absl::StatusOr<SavedPlan> ReadPlan(const std::string& file, uint64_t limit) {
  OKTASYNC_ASSIGN_OR_RETURN(const std::string text, ReadDocument(file));
  SavedPlan plan;
  absl::StatusOr<ReportView> view = ParseReport(text, limit);
  if (!view.ok()) return Failed(file, Message(view.status()));
  plan.view = *std::move(view);
  const absl::StatusOr<json> whole = ParseJson(text, kLimits);
  if (!whole.ok()) return Failed(file, Message(whole.status()));
  json part = json::object();
  for (const char* key : {"org", "app_id", "ended", "held"}) {
    if (const auto it = whole->find(key); it != whole->end()) part[key] = *it;
  }
  plan.for_approval = DumpJson(part);
  return plan;
}

absl::StatusOr<ReportView::Held> ChooseHeld(const ReportView& plan, const std::string& digest) {
  if (plan.held.empty()) {
    return MakeStatus(absl::StatusCode::kNotFound, "nothing is held in it, so there is nothing to approve");
  }
  if (digest.empty() && plan.held.size() == 1) return plan.held.front();
  if (digest.empty()) {
    return MakeStatus(
        absl::StatusCode::kInvalidArgument,
        "it holds " + std::to_string(plan.held.size()) + " sets; name one by its digest: " + Digests(plan));
  }
  if (const ReportView::Held* set = plan.HeldSet(digest)) return *set;
  return MakeStatus(absl::StatusCode::kNotFound,
                    "it shows no held set " + Escape(digest, 64) + ", but " + Digests(plan));
}

}  // namespace oktasync::host
