#include "tarn/ingest/mysql/mysql_source.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <arrow/record_batch.h>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/ingest/internal/piece_source.h"
#include "tarn/ingest/mysql/row_reader.h"

namespace tarn::ingest::mysql {
namespace {

/// Smaller tables are read by one connection.
constexpr int64_t kPieceBytes = int64_t{32} << 20;
constexpr int64_t kPiecesMax = 256;
/// A lock that is not granted within it is done without; who waits for the table's lock
/// makes writers wait behind it.
constexpr char kLockWait[] = "SET SESSION lock_wait_timeout = 2";

class StatementReader final : public internal::PieceReader {
 public:
  StatementReader(std::unique_ptr<Connection> connection, DecodeOptions options)
      : connection_(std::move(connection)), options_(options) {}

  Status Read(const std::string& piece, const Push& push,
              const std::function<bool()>& is_over) override {
    ARROW_ASSIGN_OR_RAISE(const auto reader,
                          RowReader::Prepare(*connection_, piece, options_));
    return reader->ReadAll(push, is_over);
  }
  void Abort() override { connection_->Abort(); }

 private:
  const std::unique_ptr<Connection> connection_;
  const DecodeOptions options_;
};

std::string QuotedName(const std::vector<std::string>& parts) {
  std::string quoted;
  for (const std::string& part : parts) {
    quoted += (quoted.empty() ? "" : ".") + Connection::Quoted(part);
  }
  return quoted;
}

std::string PartOf(const std::vector<std::string>& parts) {
  const std::string database =
      parts.size() > 1 ? Connection::QuotedText(parts.front()) : "DATABASE()";
  return "table_schema = " + database +
         " AND table_name = " + Connection::QuotedText(parts.back());
}

__extension__ using Wide = __int128;

std::optional<Wide> WholeNumber(const std::optional<std::string>& text) {
  if (!text) {
    return std::nullopt;
  }
  const char* const end = text->data() + text->size();
  if (text->starts_with('-')) {
    int64_t number = 0;
    const auto read = std::from_chars(text->data(), end, number);
    return read.ptr == end ? std::optional<Wide>(number) : std::nullopt;
  }
  uint64_t number = 0;
  const auto read = std::from_chars(text->data(), end, number);
  const bool is_whole = read.ec == std::errc() && read.ptr == end;
  return is_whole ? std::optional<Wide>(number) : std::nullopt;
}

std::string NumberText(Wide number) {
  return number < 0 ? std::to_string(static_cast<int64_t>(number))
                    : std::to_string(static_cast<uint64_t>(number));
}

/// Statements that read a table in parts by ranges of its key's first column; the first
/// and the last have no bound, so that nothing is missed.
std::vector<std::string> PiecesOf(const std::string& select, const std::string& column,
                                  Wide min, Wide max, int64_t count) {
  std::vector<std::string> pieces;
  const Wide width = std::max<Wide>((max - min) / count, 1);
  for (int64_t i = 0; i < count; ++i) {
    std::string condition;
    if (i > 0) {
      condition = column + " >= " + NumberText(min + width * i);
    }
    if (i + 1 < count) {
      condition += (condition.empty() ? "" : " AND ") + column + " < " +
                   NumberText(min + width * (i + 1));
    }
    pieces.push_back(select + " WHERE " + condition);
  }
  return pieces;
}

/// One statement that reads all, or several; by what the table says of itself.
Result<std::vector<std::string>> PartsOf(Connection& connection, const std::string& table,
                                         const std::string& select) {
  const std::vector<std::string> whole = {select};
  ARROW_ASSIGN_OR_RAISE(const auto parts, SplitTableName(table));
  ARROW_ASSIGN_OR_RAISE(
      const auto about,
      connection.Query("SELECT data_length FROM information_schema.tables WHERE " +
                       PartOf(parts) + " AND engine = 'InnoDB'"));
  const auto bytes = about.empty() ? std::nullopt : WholeNumber(about.front()[0]);
  const auto count =
      static_cast<int64_t>(std::min<Wide>(bytes.value_or(0) / kPieceBytes, kPiecesMax));
  ARROW_ASSIGN_OR_RAISE(const auto key, PrimaryKeyOf(connection, table));
  if (count < 2 || key.empty()) {
    return whole;
  }
  ARROW_ASSIGN_OR_RAISE(
      const auto type,
      connection.Query("SELECT data_type FROM information_schema.columns WHERE " +
                       PartOf(parts) +
                       " AND column_name = " + Connection::QuotedText(key.front())));
  const std::string name = type.empty() ? "" : type.front()[0].value_or("");
  const bool is_integer = name == "int" || name == "bigint" || name == "mediumint" ||
                          name == "smallint" || name == "tinyint";
  if (!is_integer) {
    return whole;
  }
  const std::string column = Connection::Quoted(key.front());
  ARROW_ASSIGN_OR_RAISE(const auto bounds,
                        connection.Query("SELECT min(" + column + "), max(" + column +
                                         ") FROM " + QuotedName(parts)));
  const auto min = WholeNumber(bounds.front()[0]);
  const auto max = WholeNumber(bounds.front()[1]);
  const bool is_wide = min && max && *max - *min >= Wide{count};
  return is_wide ? PiecesOf(select, column, *min, *max, count) : whole;
}

/// Connections that see one moment; empty where the server does not let them.
std::vector<std::unique_ptr<Connection>> Together(const MySqlRequest& request,
                                                  const std::string& table,
                                                  size_t count) {
  auto locker = Connection::Open(request.target);
  if (!locker.ok() || !(*locker)->Execute(kLockWait).ok() ||
      !(*locker)->Execute("LOCK TABLES " + table + " READ").ok()) {
    return {};
  }
  std::vector<std::unique_ptr<Connection>> together;
  while (together.size() < count) {
    auto connection = Connection::Open(request.target);
    if (!connection.ok() || !(*connection)->BeginSnapshot().ok()) {
      break;
    }
    together.push_back(*std::move(connection));
  }
  // Those that have begun are of one moment if none of them began after the lock's end.
  return (*locker)->Execute("UNLOCK TABLES").ok()
             ? std::move(together)
             : std::vector<std::unique_ptr<Connection>>();
}

}  // namespace

Result<std::vector<std::string>> SplitTableName(const std::string& name) {
  std::vector<std::string> parts(1);
  bool is_quoted = false;
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (c == '`' && is_quoted && i + 1 < name.size() && name[i + 1] == '`') {
      parts.back() += c;
      ++i;
    } else if (c == '`') {
      is_quoted = !is_quoted;
    } else if (c == '.' && !is_quoted) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  const bool has_empty =
      std::ranges::any_of(parts, [](const auto& part) { return part.empty(); });
  if (is_quoted || has_empty || parts.size() > 2) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "This is no name of a table; write database.table, and `Quoted` "
                     "where it has a point: " +
                         name);
  }
  return parts;
}

Result<std::vector<std::string>> PrimaryKeyOf(Connection& connection,
                                              const std::string& table) {
  ARROW_ASSIGN_OR_RAISE(const auto parts, SplitTableName(table));
  ARROW_ASSIGN_OR_RAISE(
      const auto rows,
      connection.Query("SELECT column_name FROM information_schema.key_column_usage "
                       "WHERE constraint_name = 'PRIMARY' AND " +
                       PartOf(parts) + " ORDER BY ordinal_position"));
  std::vector<std::string> columns;
  for (const TextRow& row : rows) {
    columns.push_back(row[0].value_or(""));
  }
  return columns;
}

Result<std::unique_ptr<Source>> OpenMySqlSource(const MySqlRequest& request) {
  ARROW_ASSIGN_OR_RAISE(auto first, Connection::Open(request.target));
  RETURN_NOT_OK(first->BeginSnapshot());
  std::string select = internal::WithoutSemicolon(request.query);
  std::string table;
  if (!request.table.empty()) {
    ARROW_ASSIGN_OR_RAISE(const auto parts, SplitTableName(request.table));
    table = QuotedName(parts);
    select = "SELECT * FROM " + table;
  }
  ARROW_ASSIGN_OR_RAISE(auto described,
                        RowReader::Prepare(*first, select, request.decode));
  internal::PieceSourceOptions options{.schema = described->schema(),
                                       .format = Format::kMySql,
                                       .pieces = {select},
                                       .cancelled = request.cancelled};
  described.reset();
  std::vector<std::unique_ptr<Connection>> connections;
  if (!table.empty() && request.connections_max > 1) {
    ARROW_ASSIGN_OR_RAISE(auto pieces, PartsOf(*first, request.table, select));
    if (pieces.size() > 1) {
      const size_t count =
          std::min(pieces.size(), static_cast<size_t>(request.connections_max));
      connections = Together(request, table, count);
      if (!connections.empty()) {
        options.pieces = std::move(pieces);
      } else {
        options.note =
            "One connection reads the whole table: for several, the user "
            "needs the privilege LOCK TABLES";
      }
    }
  }
  if (connections.empty()) {
    connections.push_back(std::move(first));
  }
  for (auto& connection : connections) {
    options.readers.push_back(
        std::make_unique<StatementReader>(std::move(connection), request.decode));
  }
  return internal::ReadPieces(std::move(options));
}

}  // namespace tarn::ingest::mysql
