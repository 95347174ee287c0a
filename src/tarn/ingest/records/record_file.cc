#include "tarn/ingest/records/record_file.h"

#include <algorithm>

#include "tarn/base/error.h"

namespace tarn::ingest::records {

void AppendJsonText(std::string_view text, std::string* out) {
  constexpr char kHex[] = "0123456789abcdef";
  *out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      *out += '\\';
      *out += c;
    } else if (byte < 0x20) {
      *out += "\\u00";
      *out += kHex[byte >> 4];
      *out += kHex[byte & 15];
    } else {
      *out += c;
    }
  }
  *out += '"';
}

Result<RecordFile> RecordFile::Open(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto output, internal::LocalOutput::Open(path));
  return RecordFile(std::move(output));
}

Status RecordFile::Write(std::string_view line) {
  if (line.size() > kRecordBytesMax) {
    return MakeError(
        ErrorCode::kResourceLimit,
        "One record has more than " + std::to_string(kRecordBytesMax) + " bytes");
  }
  ++num_records_;
  longest_bytes_ = std::max(longest_bytes_, line.size());
  RETURN_NOT_OK(output_.Write(line));
  return output_.Write("\n");
}

}  // namespace tarn::ingest::records
