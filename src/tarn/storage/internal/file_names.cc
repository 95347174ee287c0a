#include "tarn/storage/internal/file_names.h"

#include <chrono>
#include <ctime>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "tarn/iceberg/partition_spec.h"
#include "tarn/io/file_io.h"

namespace tarn::storage {
namespace {

/// "orders" of ".../orders-1f3a…": what the catalog appended is cut off. Only characters
/// that every store takes.
std::string NameOfTable(const std::string& location) {
  std::string_view path = location;
  while (path.ends_with('/')) {
    path.remove_suffix(1);
  }
  std::string name(path.substr(path.find_last_of('/') + 1));
  const size_t dash = name.find_last_of('-');
  const bool has_suffix =
      dash != std::string::npos && dash > 0 && name.size() - dash > 6 &&
      name.find_first_not_of("0123456789abcdefABCDEF", dash + 1) == std::string::npos;
  if (has_suffix) {
    name.resize(dash);
  }
  return name;
}

std::string SafeFileName(std::string name) {
  for (char& c : name) {
    const bool safe = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      (c >= '0' && c <= '9') || c == '_' || c == '-';
    if (!safe) {
      c = '_';
    }
  }
  constexpr size_t kNameBytesMax = 100;
  if (name.size() > kNameBytesMax) {
    name.resize(kNameBytesMax);
  }
  return name.empty() ? "table" : name;
}

}  // namespace

FileNames::FileNames(std::shared_ptr<const iceberg::TableMetadata> metadata,
                     const std::string& table_name, Clock& clock, Random& random)
    : metadata_(std::move(metadata)),
      data_location_(metadata_->Property("write.data.path",
                                         io::JoinLocation(metadata_->location, "data"))),
      table_name_(SafeFileName(table_name.empty() ? NameOfTable(metadata_->location)
                                                  : table_name)),
      clock_(clock),
      random_(random) {}

std::string FileNames::Name(std::string_view kind, std::string_view extension) {
  const auto now = clock_.Now();
  const std::time_t seconds =
      std::chrono::duration_cast<std::chrono::seconds>(now).count();
  return fmt::format("{}_{}_{:%Y%m%d}_{}.{}", table_name_, kind, fmt::gmtime(seconds),
                     NewUlid(now, random_), extension);
}

std::string FileNames::InPartition(const iceberg::PartitionSpec& spec,
                                   const iceberg::PartitionTuple& tuple,
                                   std::string_view kind, std::string_view extension) {
  const std::string path = iceberg::PartitionPath(spec, metadata_->schema(), tuple);
  return io::JoinLocation(
      path.empty() ? data_location_ : io::JoinLocation(data_location_, path),
      Name(kind, extension));
}

std::string FileNames::InTable(std::string_view kind, std::string_view extension) {
  return io::JoinLocation(data_location_, Name(kind, extension));
}

}  // namespace tarn::storage
