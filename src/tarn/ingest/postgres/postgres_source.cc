#include "tarn/ingest/postgres/postgres_source.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <arrow/record_batch.h>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/ingest/internal/batch_queue.h"

namespace tarn::ingest::postgres {
namespace {

/// Batches as the writers like them.
constexpr int64_t kBatchRows = 32'768;
constexpr int64_t kBatchBytes = int64_t{8} << 20;
constexpr int64_t kQueueBytes = int64_t{16} << 20;
/// Blocks of a table that one COPY reads; smaller tables are read by one connection.
constexpr int64_t kPieceBlocks = 4'096;  // 32 MB
constexpr int64_t kPiecesMax = 256;
constexpr int kBlockRangesVersion = 140'000;  // scans only the blocks it is asked for

/// Conditions that take a table apart by its blocks; the last one has no end, so that
/// nothing is missed.
std::vector<std::string> PiecesOf(int64_t num_blocks) {
  const int64_t count = std::clamp<int64_t>(num_blocks / kPieceBlocks, 1, kPiecesMax);
  std::vector<std::string> pieces;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t begin = num_blocks * i / count;
    const int64_t end = num_blocks * (i + 1) / count;
    std::string piece;
    if (i > 0) {
      piece = fmt::format("ctid >= '({},0)'::tid", begin);
    }
    if (i + 1 < count) {
      piece += fmt::format("{}ctid < '({},0)'::tid", piece.empty() ? "" : " AND ", end);
    }
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

class CopySource final : public Source {
 public:
  CopySource(PostgresRequest request, Selection selection,
             std::shared_ptr<arrow::Schema> schema, std::vector<std::string> pieces)
      : request_(std::move(request)),
        selection_(std::move(selection)),
        schema_(std::move(schema)),
        pieces_(std::move(pieces)),
        queue_(kQueueBytes) {}

  ~CopySource() override {
    is_closed_ = true;
    queue_.Close();
    for (std::thread& reader : readers_) {
      reader.join();
    }
  }
  CopySource(const CopySource&) = delete;
  CopySource& operator=(const CopySource&) = delete;

  /// Each connection sees the same moment.
  void Start(std::vector<std::unique_ptr<Connection>> connections) {
    reading_ = static_cast<int>(connections.size());
    for (auto& connection : connections) {
      readers_.emplace_back([this, own = std::move(connection)] { Read(*own); });
    }
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  Format format() const override { return Format::kPostgres; }

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    auto batch = queue_.Pop();
    if (batch == nullptr) {
      const std::lock_guard lock(mutex_);
      RETURN_NOT_OK(error_);
    }
    return batch;
  }

  Result<std::vector<engine::RejectedRow>> Rejects() override {
    return std::vector<engine::RejectedRow>();
  }

  std::optional<double> progress() const override {
    if (pieces_.size() < 2) {
      return std::nullopt;
    }
    return static_cast<double>(pieces_done_) / static_cast<double>(pieces_.size());
  }

 private:
  void Read(Connection& connection) {
    Status status;
    for (size_t piece = next_piece_++; status.ok() && piece < pieces_.size();
         piece = next_piece_++) {
      status = ReadPiece(connection, pieces_[piece]);
      ++pieces_done_;
    }
    if (!status.ok()) {
      const std::lock_guard lock(mutex_);
      if (error_.ok()) {
        error_ = status;
      }
      is_closed_ = true;
    }
    const bool is_last = --reading_ == 0;
    if (is_closed_) {
      queue_.Close();  // after an error what is queued is of no use
    } else if (is_last) {
      queue_.End();
    }
  }

  Status ReadPiece(Connection& connection, const std::string& piece) {
    ARROW_ASSIGN_OR_RAISE(const auto decoder,
                          CopyDecoder::Make(selection_.columns, request_.decode));
    RETURN_NOT_OK(connection.StartCopy(selection_.Copy(piece)));
    const auto cancelled = [this] {
      return is_closed_ || (request_.cancelled && request_.cancelled());
    };
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(const auto bytes, connection.NextBytes(cancelled));
      if (!bytes) {
        break;
      }
      RETURN_NOT_OK(decoder->Append(*bytes));
      const bool is_full =
          decoder->num_rows() >= kBatchRows || decoder->num_bytes() >= kBatchBytes;
      if (is_full) {
        RETURN_NOT_OK(Flush(*decoder));
      }
    }
    if (!decoder->has_ended()) {
      return MakeError(ErrorCode::kInvalidData,
                       "PostgreSQL's answer ends in the middle of a row");
    }
    return Flush(*decoder);
  }

  Status Flush(CopyDecoder& decoder) {
    ARROW_ASSIGN_OR_RAISE(auto batch, decoder.Flush());
    if (batch != nullptr && !queue_.Push(std::move(batch))) {
      return MakeError(ErrorCode::kCancelled, "The load was cancelled");
    }
    return Status::OK();
  }

  const PostgresRequest request_;
  const Selection selection_;
  const std::shared_ptr<arrow::Schema> schema_;
  const std::vector<std::string> pieces_;
  internal::BatchQueue queue_;
  std::atomic<size_t> next_piece_ = 0;
  std::atomic<size_t> pieces_done_ = 0;
  std::atomic<int> reading_ = 0;
  std::atomic<bool> is_closed_ = false;
  std::mutex mutex_;
  Status error_;  // guarded by mutex_
  std::vector<std::thread> readers_;
};

/// More connections that see what `first` sees; as many as the server gives.
std::vector<std::unique_ptr<Connection>> Join(Connection& first, const Target& target,
                                              size_t count) {
  std::vector<std::unique_ptr<Connection>> joined;
  const auto exported = first.Query("SELECT pg_export_snapshot()");
  while (exported.ok() && joined.size() < count) {
    auto connection = Connection::Open(target);
    if (!connection.ok()) {
      break;
    }
    const std::string snapshot = exported->front()[0].value_or("");
    if (!(*connection)->TakeSnapshot(snapshot).ok()) {
      break;
    }
    joined.push_back(*std::move(connection));
  }
  return joined;
}

}  // namespace

Result<std::unique_ptr<Source>> OpenPostgresSource(PostgresRequest request) {
  ARROW_ASSIGN_OR_RAISE(auto first, Connection::Open(request.target));
  ARROW_ASSIGN_OR_RAISE(Selection selection, Select(*first, request.selection));
  ARROW_ASSIGN_OR_RAISE(const auto decoder,
                        CopyDecoder::Make(selection.columns, request.decode));
  const bool has_ranges =
      selection.num_blocks.has_value() && first->server_version() >= kBlockRangesVersion;
  std::vector<std::string> pieces = PiecesOf(has_ranges ? *selection.num_blocks : 0);
  const size_t wanted =
      std::min(pieces.size(), static_cast<size_t>(std::max(request.connections_max, 1)));
  std::vector<std::unique_ptr<Connection>> connections;
  if (wanted > 1) {
    connections = Join(*first, request.target, wanted - 1);
  }
  connections.push_back(std::move(first));
  auto source = std::make_unique<CopySource>(std::move(request), std::move(selection),
                                             decoder->schema(), std::move(pieces));
  source->Start(std::move(connections));
  return source;
}

}  // namespace tarn::ingest::postgres
