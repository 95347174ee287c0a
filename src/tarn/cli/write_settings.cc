#include "tarn/cli/write_settings.h"

#include <arrow/memory_pool.h>

#include "tarn/base/clock.h"
#include "tarn/base/error.h"

namespace tarn::cli {
namespace {

constexpr char kDefaultCodec[] = "storage.parquet.compression.default";
constexpr char kCodecOverrides[] = "storage.parquet.compression.column_overrides";

Result<storage::Codec> CodecFrom(const Config& config, const std::string& key,
                                 const std::string& column, const std::string& text) {
  auto codec = storage::CodecFromString(text);
  if (!codec.ok()) {
    return WithContext(
        config.OriginOf(key) + ": " + key + (column.empty() ? "" : "." + column) + ": ",
        codec.status());
  }
  return codec;
}

}  // namespace

Result<std::unique_ptr<storage::TableWriterOptions>> WriteSettingsFrom(
    const Config& config, const std::string& home) {
  auto options = std::make_unique<storage::TableWriterOptions>();
  storage::ParquetOptions& parquet = options->parquet;
  ARROW_ASSIGN_OR_RAISE(
      parquet.codec, CodecFrom(config, kDefaultCodec, "", config.GetText(kDefaultCodec)));
  for (const auto& [column, text] : config.GetMap(kCodecOverrides)) {
    ARROW_ASSIGN_OR_RAISE(parquet.codec_overrides[column],
                          CodecFrom(config, kCodecOverrides, column, text));
  }
  parquet.page_bytes = config.GetInteger("storage.parquet.page_size");
  parquet.row_group_bytes_max = config.GetInteger("storage.parquet.row_group_size");
  options->file_bytes_max = config.GetInteger("storage.parquet.max_file_size");
  options->file_age_max = config.GetDuration("storage.parquet.rotation_timeout");
  options->batch_rows_max = config.GetInteger("storage.parquet.batch_size");
  options->memory_bytes_max = config.GetInteger("storage.parquet.memory.max_usage");
  options->memory = std::make_shared<storage::WriteMemory>(options->memory_bytes_max);
  options->reuse = std::make_shared<storage::MemoryReuse>(
      config.GetInteger("storage.parquet.memory.pool_size"),
      arrow::default_memory_pool());
  options->figures = std::make_shared<storage::WriteFigures>();
  options->spill_directory = home + "/spill";
  // On disk only once a file is written.
  ARROW_ASSIGN_OR_RAISE(
      options->journal,
      storage::WriteJournal::Open(home + "/journal", SystemClock(), SystemRandom()));
  return options;
}

}  // namespace tarn::cli
