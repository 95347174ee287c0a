#include "tarn/ingest/postgres/postgres_source.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <arrow/record_batch.h>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/ingest/internal/piece_source.h"

namespace tarn::ingest::postgres {
namespace {

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

class CopyReader final : public internal::PieceReader {
 public:
  CopyReader(std::unique_ptr<Connection> connection,
             std::shared_ptr<const Selection> selection, DecodeOptions decode)
      : connection_(std::move(connection)),
        selection_(std::move(selection)),
        decode_(decode) {}

  Status Read(const std::string& piece, const Push& push,
              const std::function<bool()>& is_over) override {
    ARROW_ASSIGN_OR_RAISE(const auto decoder,
                          CopyDecoder::Make(selection_->columns, decode_));
    RETURN_NOT_OK(connection_->StartCopy(selection_->Copy(piece)));
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(const auto bytes, connection_->NextBytes(is_over));
      if (!bytes) {
        break;
      }
      RETURN_NOT_OK(decoder->Append(*bytes));
      const bool is_full = decoder->num_rows() >= internal::kPieceBatchRows ||
                           decoder->num_bytes() >= internal::kPieceBatchBytes;
      if (is_full) {
        RETURN_NOT_OK(Flush(*decoder, push));
      }
    }
    if (!decoder->has_ended()) {
      return MakeError(ErrorCode::kInvalidData,
                       "PostgreSQL's answer ends in the middle of a row");
    }
    return Flush(*decoder, push);
  }

 private:
  static Status Flush(CopyDecoder& decoder, const Push& push) {
    ARROW_ASSIGN_OR_RAISE(auto batch, decoder.Flush());
    return batch == nullptr ? Status::OK() : push(std::move(batch));
  }

  const std::unique_ptr<Connection> connection_;
  const std::shared_ptr<const Selection> selection_;
  const DecodeOptions decode_;
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
  internal::PieceSourceOptions options{.schema = decoder->schema(),
                                       .format = Format::kPostgres,
                                       .pieces = std::move(pieces),
                                       .cancelled = request.cancelled};
  const auto shared = std::make_shared<const Selection>(std::move(selection));
  for (auto& connection : connections) {
    options.readers.push_back(
        std::make_unique<CopyReader>(std::move(connection), shared, request.decode));
  }
  return internal::ReadPieces(std::move(options));
}

}  // namespace tarn::ingest::postgres
