#include "tarn/ingest/records/xml_records.h"

#include <algorithm>
#include <optional>

#include <arrow/io/interfaces.h>

#include "tarn/base/error.h"
#include "tarn/ingest/internal/file_error.h"

namespace tarn::ingest::records {
namespace {

enum class Round : uint8_t { kLearn, kWrite };

Status WriteRows(XmlReader& reader, Round round, Shape* shape, RecordFile* out,
                 const std::function<bool()>& cancelled) {
  constexpr int64_t kAskEvery = 1'024;
  std::string line;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const std::optional<Element> row, reader.Next());
    if (!row) {
      return Status::OK();
    }
    if (round == Round::kLearn) {
      RETURN_NOT_OK(shape->Learn(*row));
    }
    // Once it is known that all is written again, the first round only learns.
    if (round == Round::kWrite || !shape->is_outgrown()) {
      line.clear();
      shape->Write(*row, &line);
      RETURN_NOT_OK(out->Write(line));
    }
    if (cancelled && out->num_records() % kAskEvery == 0 && cancelled()) {
      return MakeError(ErrorCode::kCancelled, "Cancelled");
    }
  }
}

Status WriteFile(io::FileIO& io, const std::string& path, const RowPath& rows,
                 Round round, Shape* shape, RecordFile* out,
                 const std::function<bool()>& cancelled) {
  ARROW_ASSIGN_OR_RAISE(auto file, io.OpenInput(path));
  ARROW_ASSIGN_OR_RAISE(auto reader, XmlReader::Open(std::move(file), rows));
  return WriteRows(*reader, round, shape, out, cancelled);
}

/// All files into one file of records, from its front.
Result<RecordFile> WriteFiles(io::FileIO& io, const std::vector<std::string>& paths,
                              const RowPath& rows, Round round, Shape* shape,
                              const std::string& target,
                              const std::function<bool()>& cancelled) {
  ARROW_ASSIGN_OR_RAISE(RecordFile out, RecordFile::Open(target));
  for (const std::string& path : paths) {
    RETURN_NOT_OK(
        internal::InFile(path, WriteFile(io, path, rows, round, shape, &out, cancelled)));
  }
  RETURN_NOT_OK(out.Close());
  return out;
}

}  // namespace

Result<Records> RecordsOfXml(io::FileIO& io, const std::vector<std::string>& paths,
                             const RowPath& rows, const std::string& directory,
                             const std::function<bool()>& cancelled) {
  const std::string target = io::JoinLocation(directory, "rows.jsonl");
  Shape shape;
  ARROW_ASSIGN_OR_RAISE(RecordFile out, WriteFiles(io, paths, rows, Round::kLearn, &shape,
                                                   target, cancelled));
  if (shape.is_outgrown()) {
    ARROW_ASSIGN_OR_RAISE(
        out, WriteFiles(io, paths, rows, Round::kWrite, &shape, target, cancelled));
  }
  if (out.num_records() == 0) {
    return MakeError(ErrorCode::kInvalidData,
                     "No element of " + paths.front() +
                         " is a row; name the element that is one with --row-element "
                         "(rowElement)");
  }
  Records records{.paths = {target},
                  .columns = shape.columns(),
                  .longest_bytes = out.longest_bytes()};
  if (records.columns.empty()) {
    return MakeError(ErrorCode::kInvalidData,
                     "The rows of " + paths.front() +
                         " have neither attributes nor elements nor text");
  }
  return records;
}

}  // namespace tarn::ingest::records
