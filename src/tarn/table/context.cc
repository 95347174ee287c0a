#include "tarn/table/context.h"

#include "tarn/storage/table_writer.h"

namespace tarn::table {

Result<storage::TableWriterOptions> WriterOptionsFor(
    const Context& context, const iceberg::TableMetadata& metadata) {
  return storage::TableWriterOptionsFor(metadata, context.writing == nullptr
                                                      ? storage::TableWriterOptions{}
                                                      : *context.writing);
}

}  // namespace tarn::table
