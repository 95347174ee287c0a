#include "tarn/ingest/source.h"

#include <utility>

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/base/error.h"
#include "tarn/ingest/database.h"
#include "tarn/ingest/internal/download.h"
#include "tarn/ingest/internal/locate.h"
#include "tarn/ingest/internal/parquet_source.h"
#include "tarn/ingest/internal/prepare.h"
#include "tarn/ingest/internal/reader_source.h"
#include "tarn/ingest/internal/spool.h"

namespace tarn::ingest {
namespace {

/// A source of files that were made for it, which live as long as it does and which
/// nobody knows by their names.
class SpooledSource final : public Source {
 public:
  SpooledSource(internal::Spool spool, Format format, std::string note,
                std::unique_ptr<Source> source)
      : spool_(std::move(spool)),
        format_(format),
        note_(std::move(note)),
        source_(std::move(source)) {}
  std::shared_ptr<arrow::Schema> schema() const override { return source_->schema(); }
  Format format() const override { return format_; }
  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    auto batch = source_->Next();
    return batch.ok() ? batch : spool_.Shown(batch.status());
  }
  Result<std::vector<engine::RejectedRow>> Rejects() override {
    auto rejects = source_->Rejects();
    if (rejects.ok()) {
      for (engine::RejectedRow& row : *rejects) {
        row.file = spool_.Shown(std::move(row.file));
        row.message = spool_.Shown(std::move(row.message));
      }
    }
    return rejects;
  }
  std::optional<double> progress() const override { return source_->progress(); }
  Status ReadAs(const arrow::Schema& wanted) override {
    return spool_.Shown(source_->ReadAs(wanted));
  }
  std::string note() const override {
    const std::string note = source_->note();
    return note_ + (note_.empty() || note.empty() ? "" : "; ") + note;
  }

 private:
  internal::Spool spool_;
  const Format format_;
  const std::string note_;
  std::unique_ptr<Source> source_;
};

bool NeedsEngine(Format format) {
  return format == Format::kCsv || format == Format::kJson || format == Format::kParquet;
}

Result<std::unique_ptr<Source>> OpenFiles(const EngineGiver& engine, io::FileIO& io,
                                          const SourceRequest& request,
                                          const internal::PreparedFiles& files) {
  if (!NeedsEngine(files.reader)) {
    if (!files.options.empty()) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Format " + std::string(FormatName(files.format)) +
                           " takes no reader options: " + files.options.front().first);
    }
    return OpenColumnarSource(io, files.reader, files.paths);
  }
  if (files.reader == Format::kParquet && files.options.empty()) {
    ARROW_ASSIGN_OR_RAISE(auto plain, internal::OpenPlainParquet(io, files.paths));
    if (plain != nullptr) {
      return plain;
    }
  }
  ARROW_ASSIGN_OR_RAISE(engine::Engine * opened, engine());
  return internal::OpenReaderSource(*opened,
                                    {.format = files.reader,
                                     .paths = files.paths,
                                     .options = files.options,
                                     .guessed_columns = files.columns,
                                     .collect_rejects = request.collect_rejects});
}

Result<std::unique_ptr<Source>> OpenRows(DatabaseKind kind,
                                         const SourceRequest& request) {
  const std::string title(DatabaseKindTitle(kind));
  if (request.format != Format::kAuto) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "A load from " + title + " takes no format: it reads no files");
  }
  if (request.collect_rejects) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "Rejected rows are collected for CSV only; this source is a database: " + title);
  }
  ARROW_ASSIGN_OR_RAISE(const DatabaseTarget target,
                        DatabaseTargetFrom(request.location));
  return OpenDatabase(target,
                      {.options = request.options, .cancelled = request.cancelled});
}

}  // namespace

Status Source::ReadAs(const arrow::Schema& wanted) {
  static_cast<void>(wanted);
  return Status::OK();
}

Result<std::unique_ptr<Source>> OpenSource(const EngineGiver& engine, io::FileIO& io,
                                           const SourceRequest& request) {
  if (const auto kind = DatabaseKindOf(request.location)) {
    return OpenRows(*kind, request);
  }
  ARROW_ASSIGN_OR_RAISE(
      internal::LocatedFiles located,
      internal::Locate(io, request.location, request.format, request.cancelled));
  internal::Spool spool(std::move(located.downloaded), request.location);
  auto prepared = internal::Prepare(io, std::move(located.paths), request, &spool);
  if (!prepared.ok()) {
    return spool.Shown(prepared.status());
  }
  if (request.collect_rejects && prepared->format != Format::kCsv) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Rejected rows are collected for CSV only; this source is " +
                         std::string(FormatName(prepared->format)) + ": " +
                         internal::WithoutSecrets(request.location));
  }
  auto source = OpenFiles(engine, io, request, *prepared);
  if (!source.ok()) {
    return spool.Shown(source.status());
  }
  if (spool.is_empty()) {
    return source;
  }
  return std::make_unique<SpooledSource>(std::move(spool), prepared->format,
                                         std::move(prepared->note), std::move(*source));
}

}  // namespace tarn::ingest
