#include "teleport/user_page.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <optional>

#include "base/status.h"
#include "teleport/codec.h"
#include "teleport/legacy/types/types.pb.h"
#include "teleport/users/v1/users_service.pb.h"

namespace oktasync::teleport {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using Response = ::teleport::users::v1::ListUsersResponse;

// Walks the fields of an encoded message. The callback gets the number and the bytes of each field of type
// LEN; others are skipped. False when the bytes are no message.
template <class OnField>
bool ForEachLengthField(std::string_view bytes, OnField on_field) {
  CodedInputStream in(reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
  while (const uint32_t tag = in.ReadTag()) {
    if (WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      if (!WireFormatLite::SkipField(&in, tag)) return false;
      continue;
    }
    uint32_t size = 0;
    if (!in.ReadVarint32(&size)) return false;
    const size_t at = static_cast<size_t>(in.CurrentPosition());
    if (size > bytes.size() - at || !in.Skip(static_cast<int>(size))) return false;
    on_field(WireFormatLite::GetTagFieldNumber(tag), bytes.substr(at, size));
  }
  return in.ConsumedEntireMessage();
}

// As a whole decode sees it: the last one counts.
std::optional<std::string_view> NameOf(std::string_view user) {
  std::string_view name;
  bool good = true;
  const bool whole = ForEachLengthField(user, [&](int number, std::string_view metadata) {
    if (number != ::types::UserV2::kMetadataFieldNumber) return;
    good = good && ForEachLengthField(metadata, [&](int inner, std::string_view value) {
             if (inner == ::types::Metadata::kNameFieldNumber) name = value;
           });
  });
  return whole && good ? std::optional(name) : std::nullopt;
}

}  // namespace

absl::StatusOr<ListedPage> ReadUserPage(std::string_view bytes, const Wanted& wanted,
                                        const std::function<absl::Status(const UserRecord&)>& visit) {
  ListedPage page;
  absl::Status visited;
  bool good = bytes.size() < (size_t{1} << 31);
  ::types::UserV2 user;  // reused: it keeps its memory from one user to the next
  const auto on_user = [&](std::string_view raw) {
    const std::optional<std::string_view> name = NameOf(raw);
    if (!name.has_value()) {
      good = false;
      return;
    }
    if (page.first.empty()) page.first = *name;
    page.ascending = page.ascending && *name > page.last;
    page.last = *name;
    if (wanted != nullptr && !wanted(*name)) return;
    if (!user.ParseFromArray(raw.data(), static_cast<int>(raw.size()))) {
      good = false;
      return;
    }
    visited = visit(DecodeUser(user, raw));
  };
  const bool whole = good && ForEachLengthField(bytes, [&](int number, std::string_view value) {
                       if (!visited.ok() || !good) return;
                       if (number == Response::kUsersFieldNumber) on_user(value);
                       if (number == Response::kNextPageTokenFieldNumber) page.next_token = value;
                     });
  OKTASYNC_RETURN_IF_ERROR(visited);
  if (!whole || !good) {
    return MakeStatus(absl::StatusCode::kDataLoss, "ListUsers: the server's answer cannot be decoded");
  }
  return page;
}

}  // namespace oktasync::teleport
