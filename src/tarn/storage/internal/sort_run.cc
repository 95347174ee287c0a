#include "tarn/storage/internal/sort_run.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/dictionary.h>
#include <arrow/ipc/options.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/util/byte_size.h>
#include <arrow/util/compression.h>
#include <arrow/util/parallel.h>
#include <arrow/util/thread_pool.h>

#include "tarn/base/error.h"

namespace tarn::storage {
namespace {

Result<RunBlock> AppendBlock(SpillFile& file, const arrow::RecordBatch& rows) {
  auto options = arrow::ipc::IpcWriteOptions::Defaults();
  options.use_threads = false;  // blocks are written side by side instead
  ARROW_ASSIGN_OR_RAISE(options.codec,
                        arrow::util::Codec::Create(arrow::Compression::LZ4_FRAME));
  ARROW_ASSIGN_OR_RAISE(const auto bytes,
                        arrow::ipc::SerializeRecordBatch(rows, options));
  RunBlock block{.rows = rows.num_rows(), .bytes = arrow::util::TotalBufferSize(rows)};
  ARROW_ASSIGN_OR_RAISE(block.extent, file.Append(std::string_view(*bytes)));
  return block;
}

Result<std::shared_ptr<const SortedRows>> ReadBlock(
    const SortRun& run, size_t number, const std::shared_ptr<arrow::Schema>& schema,
    const KeyOrder& order) {
  const RunBlock& block = run.blocks[number];
  ARROW_ASSIGN_OR_RAISE(const auto bytes, run.file->Read(block.extent));
  auto options = arrow::ipc::IpcReadOptions::Defaults();
  options.use_threads = false;
  arrow::ipc::DictionaryMemo dictionaries;
  arrow::io::BufferReader input(bytes);
  const auto rows = std::make_shared<SortedRows>();
  ARROW_ASSIGN_OR_RAISE(
      rows->batch, arrow::ipc::ReadRecordBatch(schema, &dictionaries, options, &input));
  if (rows->batch->num_rows() != block.rows) {
    return MakeError(ErrorCode::kInternal, "A block of sorted rows has lost rows");
  }
  ARROW_ASSIGN_OR_RAISE(rows->keys, EncodeKeys(order.plan(), *rows->batch));
  rows->row_bytes = block.bytes / block.rows + 1;
  rows->prefixes.reserve(static_cast<size_t>(block.rows));
  for (size_t row = 0; row < static_cast<size_t>(block.rows); ++row) {
    rows->prefixes.push_back(order.Prefix(rows->keys.key(order.plan(), row)));
  }
  return rows;
}

}  // namespace

int64_t SortRun::block_bytes_max() const {
  int64_t bytes = 0;
  for (const RunBlock& block : blocks) {
    bytes = std::max(bytes, block.bytes);
  }
  return bytes;
}

Status AppendBlocks(
    SortRun& run, size_t count,
    const std::function<Result<std::shared_ptr<arrow::RecordBatch>>(size_t)>& make_rows) {
  const size_t first = run.blocks.size();
  run.blocks.resize(first + count);
  return arrow::internal::ParallelFor(static_cast<int>(count), [&](int task) -> Status {
    const auto i = static_cast<size_t>(task);
    ARROW_ASSIGN_OR_RAISE(const auto rows, make_rows(i));
    ARROW_ASSIGN_OR_RAISE(run.blocks[first + i], AppendBlock(*run.file, *rows));
    return Status::OK();
  });
}

RunReader::RunReader(std::shared_ptr<const SortRun> run,
                     std::shared_ptr<arrow::Schema> schema,
                     std::shared_ptr<const KeyOrder> order)
    : run_(std::move(run)), schema_(std::move(schema)), order_(std::move(order)) {}

RunReader::~RunReader() {
  if (ahead_) {
    ahead_->Wait();
  }
}

Status RunReader::ReadAhead() {
  ahead_.reset();
  if (next_ == run_->blocks.size()) {
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(ahead_, arrow::internal::GetCpuThreadPool()->Submit(
                                    [run = run_, number = next_, schema = schema_,
                                     order = order_]() -> Result<Block> {
                                      return ReadBlock(*run, number, schema, *order);
                                    }));
  ++next_;
  return Status::OK();
}

Result<std::shared_ptr<const SortedRows>> RunReader::Next() {
  if (!ahead_ && next_ == 0) {
    ARROW_RETURN_NOT_OK(ReadAhead());
  }
  if (!ahead_) {
    return nullptr;
  }
  const Result<Block> block = ahead_->result();
  ARROW_RETURN_NOT_OK(block.status());
  ARROW_RETURN_NOT_OK(ReadAhead());
  return *block;
}

}  // namespace tarn::storage
