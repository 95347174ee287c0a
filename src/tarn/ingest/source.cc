#include "tarn/ingest/source.h"

#include <utility>

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/base/error.h"
#include "tarn/ingest/internal/download.h"
#include "tarn/ingest/internal/file_error.h"
#include "tarn/ingest/internal/locate.h"
#include "tarn/ingest/internal/parquet_source.h"
#include "tarn/ingest/internal/reader_source.h"
#include "tarn/ingest/postgres/request_options.h"

namespace tarn::ingest {
namespace {

/// A source of downloaded files, which live as long as it does.
class DownloadedSource final : public Source {
 public:
  DownloadedSource(std::unique_ptr<internal::TemporaryDirectory> directory,
                   std::unique_ptr<Source> source)
      : directory_(std::move(directory)), source_(std::move(source)) {}
  std::shared_ptr<arrow::Schema> schema() const override { return source_->schema(); }
  Format format() const override { return source_->format(); }
  Result<std::shared_ptr<arrow::RecordBatch>> Next() override { return source_->Next(); }
  Result<std::vector<engine::RejectedRow>> Rejects() override {
    return source_->Rejects();
  }
  std::optional<double> progress() const override { return source_->progress(); }
  Status ReadAs(const arrow::Schema& wanted) override { return source_->ReadAs(wanted); }
  std::string note() const override { return source_->note(); }

 private:
  std::unique_ptr<internal::TemporaryDirectory> directory_;
  std::unique_ptr<Source> source_;
};

bool NeedsEngine(Format format) {
  return format == Format::kCsv || format == Format::kJson || format == Format::kParquet;
}

Result<std::unique_ptr<Source>> OpenFiles(const EngineGiver& engine, io::FileIO& io,
                                          const SourceRequest& request,
                                          const internal::LocatedFiles& located) {
  if (!NeedsEngine(located.format)) {
    if (!request.options.empty()) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Format " + std::string(FormatName(located.format)) +
                           " takes no reader options: " + request.options.front().first);
    }
    return OpenColumnarSource(io, located.format, located.paths);
  }
  if (located.format == Format::kParquet && request.options.empty()) {
    ARROW_ASSIGN_OR_RAISE(auto plain, internal::OpenPlainParquet(io, located.paths));
    if (plain != nullptr) {
      return plain;
    }
  }
  ARROW_ASSIGN_OR_RAISE(engine::Engine * opened, engine());
  return internal::OpenReaderSource(*opened,
                                    {.format = located.format,
                                     .paths = located.paths,
                                     .options = request.options,
                                     .collect_rejects = request.collect_rejects});
}

}  // namespace

Status Source::ReadAs(const arrow::Schema& wanted) {
  static_cast<void>(wanted);
  return Status::OK();
}

Result<std::unique_ptr<Source>> OpenSource(const EngineGiver& engine, io::FileIO& io,
                                           const SourceRequest& request) {
  if (postgres::IsPostgresUri(request.location)) {
    ARROW_ASSIGN_OR_RAISE(postgres::PostgresRequest database,
                          postgres::RequestFrom(request));
    return postgres::OpenPostgresSource(std::move(database));
  }
  ARROW_ASSIGN_OR_RAISE(
      internal::LocatedFiles located,
      internal::Locate(io, request.location, request.format, request.cancelled));
  if (request.collect_rejects && located.format != Format::kCsv) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Rejected rows are collected for CSV only; this source is " +
                         std::string(FormatName(located.format)) + ": " +
                         internal::WithoutSecrets(request.location));
  }
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<Source> source,
                        OpenFiles(engine, io, request, located));
  if (located.downloaded == nullptr) {
    return source;
  }
  return std::make_unique<DownloadedSource>(std::move(located.downloaded),
                                            std::move(source));
}

}  // namespace tarn::ingest
