#include "tarn/catalog/internal/metadata_files.h"

#include <utility>

#include "tarn/base/error.h"

namespace tarn::catalog::internal {
namespace {

Status Unreadable(const std::string& location, const Status& why) {
  if (CodeOf(why) == ErrorCode::kNoSuchFile) {
    // Java clients know it by these words.
    return MakeError(ErrorCode::kNoSuchFile, "Failed to open input stream for file: " +
                                                 location + ": the metadata is gone");
  }
  return WithContext("Cannot read metadata file " + location + ": ", why);
}

int64_t NextVersion(const std::string& previous) {
  if (previous.empty()) {
    return 0;
  }
  return iceberg::MetadataVersionOf(previous) +
         1;  // a name without a version counts as -1
}

std::string ViewDirectory(const iceberg::ViewMetadata& view) {
  const auto path = view.properties.find("write.metadata.path");
  return path == view.properties.end() ? io::JoinLocation(view.location, "metadata")
                                       : path->second;
}

}  // namespace

Result<std::string> MetadataFiles::ReadText(const std::string& location) {
  Result<std::string> bytes = io_.ReadAll(location);
  if (!bytes.ok()) {
    return Unreadable(location, bytes.status());
  }
  Result<std::string> text = iceberg::MetadataBytesToJson(*std::move(bytes));
  if (!text.ok()) {
    return Unreadable(location, text.status());
  }
  return text;
}

Status MetadataFiles::CheckIsThere(const std::string& location) {
  if (!io::LocalPathOf(location)) {
    return Status::OK();
  }
  const Result<io::FileInfo> info = io_.Stat(location);
  return info.ok() ? Status::OK() : Unreadable(location, info.status());
}

void MetadataFiles::Keep(const std::string& location, TableFile file, size_t text_bytes) {
  const size_t bytes = file.text == nullptr ? text_bytes : 2 * text_bytes;
  tables_.Put(location, std::make_shared<const TableFile>(std::move(file)), bytes);
}

Result<TableFile> MetadataFiles::ReadTableFile(const std::string& location) {
  if (const auto cached = tables_.Find(location)) {
    RETURN_NOT_OK(CheckIsThere(location));
    if (cached->text != nullptr) {
      return *cached;
    }
    // Asked for again: a server's table, which will be sent many times.
    TableFile file = *cached;
    file.text =
        std::make_shared<const std::string>(iceberg::TableMetadataToJson(*file.metadata));
    Keep(location, file, file.text->size());
    return file;
  }
  return LoadTableFile(location);
}

Result<TableFile> MetadataFiles::LoadTableFile(const std::string& location) {
  ARROW_ASSIGN_OR_RAISE(const std::string text, ReadText(location));
  auto metadata = iceberg::TableMetadataFromJson(text);
  if (!metadata.ok()) {
    return Unreadable(location, metadata.status());
  }
  TableFile file{*std::move(metadata), nullptr};
  Keep(location, file, text.size());
  return file;
}

Result<std::shared_ptr<const iceberg::TableMetadata>> MetadataFiles::ReadTable(
    const std::string& location) {
  if (const auto cached = tables_.Find(location)) {
    RETURN_NOT_OK(CheckIsThere(location));
    return cached->metadata;
  }
  ARROW_ASSIGN_OR_RAISE(TableFile file, LoadTableFile(location));
  return std::move(file.metadata);
}

std::shared_ptr<const std::string> MetadataFiles::TextOf(const std::string& location) {
  const auto cached = tables_.Find(location);
  return cached == nullptr ? nullptr : cached->text;
}

Result<std::shared_ptr<const iceberg::ViewMetadata>> MetadataFiles::ReadView(
    const std::string& location) {
  if (auto cached = views_.Find(location)) {
    RETURN_NOT_OK(CheckIsThere(location));
    return cached;
  }
  ARROW_ASSIGN_OR_RAISE(const std::string text, ReadText(location));
  auto metadata = iceberg::ViewMetadataFromJson(text);
  if (!metadata.ok()) {
    return Unreadable(location, metadata.status());
  }
  views_.Put(location, *metadata, text.size());
  return metadata;
}

Status MetadataFiles::WriteText(const std::string& location, std::string_view bytes) {
  const Status written = io_.WriteNew(location, bytes);
  if (!written.ok() && CodeOf(written) != ErrorCode::kAlreadyExists) {
    Discard(location);  // an error does not say that nothing is there
  }
  return WithContext("Cannot write metadata file " + location + ": ", written);
}

Result<std::string> MetadataFiles::WriteTable(
    const std::shared_ptr<const iceberg::TableMetadata>& metadata,
    const std::string& previous) {
  const std::string location =
      iceberg::MetadataFileName(*metadata, NextVersion(previous), NewUuid(random_));
  ARROW_ASSIGN_OR_RAISE(std::string bytes, iceberg::TableMetadataToFileBytes(*metadata));
  ARROW_RETURN_NOT_OK(WriteText(location, bytes));
  if (bytes.starts_with('{')) {  // not compressed
    const size_t size = bytes.size();
    Keep(location, {metadata, std::make_shared<const std::string>(std::move(bytes))},
         size);
  } else {
    std::string text = iceberg::TableMetadataToJson(*metadata);
    const size_t size = text.size();
    Keep(location, {metadata, std::make_shared<const std::string>(std::move(text))},
         size);
  }
  return location;
}

Result<std::string> MetadataFiles::WriteView(
    const std::shared_ptr<const iceberg::ViewMetadata>& metadata,
    const std::string& previous) {
  const std::string location =
      iceberg::MetadataFileName(std::string_view(ViewDirectory(*metadata)),
                                NextVersion(previous), NewUuid(random_));
  const std::string json = iceberg::ViewMetadataToJson(*metadata);
  ARROW_RETURN_NOT_OK(WriteText(location, json));
  views_.Put(location, metadata, json.size());
  return location;
}

void MetadataFiles::Discard(const std::string& location) {
  if (location.empty()) {
    return;
  }
  const Status ignored = io_.Delete(location);
  static_cast<void>(ignored);
}

}  // namespace tarn::catalog::internal
