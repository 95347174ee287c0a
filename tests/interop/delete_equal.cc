// Deletes rows by equality, as a stream would: writes one equality delete file.
//
//   tarn_delete_equal HOME NS.TABLE COLUMN ARROW_JSON      e.g. '["Bob", null]'

#include <cstdio>
#include <string>

#include <arrow/array.h>
#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/base/error.h"
#include "tarn/cli/table_name.h"
#include "tarn/cli/workspace.h"
#include "tarn/storage/arrow_schema.h"
#include "tarn/storage/delete_file_writer.h"
#include "tarn/table/write.h"

namespace tarn {
namespace {

/// The keys as rows of the table, null in all other columns.
Result<std::shared_ptr<arrow::RecordBatch>> RowsOf(const iceberg::Schema& schema,
                                                   const std::string& column,
                                                   const std::string& json) {
  ARROW_ASSIGN_OR_RAISE(const auto arrow_schema, storage::ArrowSchemaOf(schema));
  const auto field = arrow_schema->GetFieldByName(column);
  if (field == nullptr) {
    return MakeError(ErrorCode::kNoSuchColumn, "Column does not exist: " + column);
  }
  ARROW_ASSIGN_OR_RAISE(const auto keys,
                        arrow::json::ArrayFromJSONString(field->type(), json));
  arrow::ArrayVector columns;
  for (const auto& other : arrow_schema->fields()) {
    if (other == field) {
      columns.push_back(keys);
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(auto nulls,
                          arrow::MakeArrayOfNull(other->type(), keys->length()));
    columns.push_back(std::move(nulls));
  }
  return arrow::RecordBatch::Make(arrow_schema, keys->length(), std::move(columns));
}

Status DeleteEqual(const std::string& home, const std::string& name,
                   const std::string& column, const std::string& json) {
  ARROW_ASSIGN_OR_RAISE(const auto workspace, cli::Workspace::Open({.home = home}));
  ARROW_ASSIGN_OR_RAISE(const iceberg::TableIdent ident, cli::ParseTableName(name));
  ARROW_ASSIGN_OR_RAISE(const auto loaded, workspace->catalog().LoadTable(ident));
  const iceberg::Schema& schema = loaded.metadata->schema();
  ARROW_ASSIGN_OR_RAISE(const auto rows, RowsOf(schema, column, json));
  const table::Context context = workspace->context();
  ARROW_ASSIGN_OR_RAISE(const auto writer,
                        storage::EqualityDeleteWriter::Open(
                            context.io, loaded.metadata, {schema.FindByName(column)->id},
                            {}, context.clock, context.random));
  RETURN_NOT_OK(writer->Append(*rows));
  table::WriteRequest request;
  request.ident = ident;
  request.mode = table::WriteMode::kRowDelta;
  ARROW_ASSIGN_OR_RAISE(request.delete_files, writer->Finish());
  return table::Write(context, request).status();
}

}  // namespace
}  // namespace tarn

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fputs("usage: tarn_delete_equal HOME NS.TABLE COLUMN ARROW_JSON\n", stderr);
    return 2;
  }
  const tarn::Status status = tarn::DeleteEqual(argv[1], argv[2], argv[3], argv[4]);
  if (!status.ok()) {
    std::fprintf(stderr, "tarn_delete_equal: %s\n", status.message().c_str());
    return 1;
  }
  return 0;
}
