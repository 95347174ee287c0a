// Bodies that say they are multipart/form-data: however they are cut, the same comes out.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tarn/base/error.h"
#include "tarn/net/multipart_reader.h"

namespace {

std::string Read(std::string_view type, std::string_view body, size_t piece) {
  std::string seen;
  auto reader = tarn::net::MultipartReader::Make(
      type, {.on_part =
                 [&](const tarn::net::MultipartPart& part) {
                   seen +=
                       "part " + part.name + '/' + part.file_name.value_or("-") + '\n';
                   return tarn::Status::OK();
                 },
             .on_bytes =
                 [&](std::string_view bytes) {
                   seen += bytes;
                   return tarn::Status::OK();
                 },
             .on_part_end =
                 [&] {
                   seen += "\nend\n";
                   return tarn::Status::OK();
                 }});
  if (!reader.ok()) {
    return "no boundary";
  }
  tarn::Status status;
  for (; status.ok() && !body.empty(); body.remove_prefix(std::min(piece, body.size()))) {
    status = reader->Feed(body.substr(0, piece));
  }
  if (status.ok()) {
    status = reader->Finish();
  }
  return status.ok() ? seen : "error";
}

}  // namespace

/// The first line is the Content-Type, the rest the body.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t line = std::min(input.find('\n'), input.size());
  const std::string_view type = input.substr(0, line);
  const std::string_view body = input.substr(std::min(line + 1, input.size()));
  static_cast<void>(tarn::net::IsMultipart(type));
  const std::string whole = Read(type, body, std::max<size_t>(body.size(), 1));
  TARN_CHECK(Read(type, body, 1) == whole);
  TARN_CHECK(Read(type, body, 7) == whole);
  return 0;
}
