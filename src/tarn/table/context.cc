#include "tarn/table/context.h"

#include "tarn/storage/table_writer.h"

namespace tarn::table {

Result<storage::TableWriterOptions> WriterOptionsFor(
    const Context& context, const iceberg::TableMetadata& metadata) {
  ARROW_ASSIGN_OR_RAISE(
      storage::TableWriterOptions options,
      storage::TableWriterOptionsFor(metadata, context.writing == nullptr
                                                   ? storage::TableWriterOptions{}
                                                   : *context.writing));
  ARROW_ASSIGN_OR_RAISE(options.ordering, storage::RowOrderingFor(metadata));
  return options;
}

}  // namespace tarn::table
