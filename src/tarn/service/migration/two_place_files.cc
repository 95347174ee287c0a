#include "tarn/service/migration/two_place_files.h"

#include <algorithm>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>

#include "tarn/base/error.h"

namespace tarn::service {
namespace {

constexpr int64_t kPartBytes = int64_t{8} << 20;

}  // namespace

TwoPlaceFiles::TwoPlaceFiles(io::FileIO& first, io::FileIO& second, std::string directory)
    : first_(first),
      second_(second),
      directory_(io::JoinLocation(std::move(directory), "")) {}

io::FileIO& TwoPlaceFiles::Of(const std::string& location) {
  return (location + "/").starts_with(directory_) ? second_ : first_;
}

Result<std::shared_ptr<arrow::io::RandomAccessFile>> TwoPlaceFiles::OpenInput(
    const std::string& location, std::optional<int64_t> size_bytes) {
  return Of(location).OpenInput(location, size_bytes);
}

Result<std::shared_ptr<arrow::io::OutputStream>> TwoPlaceFiles::OpenOutput(
    const std::string& location) {
  return Of(location).OpenOutput(location);
}

Status TwoPlaceFiles::WriteNew(const std::string& location, std::string_view bytes) {
  return Of(location).WriteNew(location, bytes);
}

Result<std::string> TwoPlaceFiles::ReadAll(const std::string& location,
                                           int64_t bytes_max) {
  return Of(location).ReadAll(location, bytes_max);
}

Result<io::FileInfo> TwoPlaceFiles::Stat(const std::string& location) {
  return Of(location).Stat(location);
}

Result<std::vector<io::FileInfo>> TwoPlaceFiles::List(const std::string& directory) {
  return Of(directory).List(directory);
}

Status TwoPlaceFiles::Delete(const std::string& location) {
  return Of(location).Delete(location);
}

Result<int64_t> CopyFile(io::FileIO& files, const std::string& from,
                         const std::string& to) {
  ARROW_ASSIGN_OR_RAISE(const auto input, files.OpenInput(from));
  ARROW_ASSIGN_OR_RAISE(const int64_t size, input->GetSize());
  ARROW_ASSIGN_OR_RAISE(const auto output, files.OpenOutput(to));
  for (int64_t at = 0; at < size;) {
    ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<arrow::Buffer> part,
                          input->ReadAt(at, std::min(kPartBytes, size - at)));
    if (part->size() == 0) {
      return MakeError(ErrorCode::kInvalidData, "The file ends too early: " + from);
    }
    RETURN_NOT_OK(output->Write(part));
    at += part->size();
  }
  RETURN_NOT_OK(output->Close());
  return size;
}

}  // namespace tarn::service
