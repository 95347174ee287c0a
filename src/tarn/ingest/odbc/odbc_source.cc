#include "tarn/ingest/odbc/odbc_source.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/ingest/internal/piece_source.h"
#include "tarn/ingest/odbc/connection.h"

namespace tarn::ingest::odbc {
namespace {

constexpr size_t kBlockRowsMax = 1'024;
constexpr size_t kBlockBytesMax = size_t{4} << 20;
constexpr size_t kLongBytesFirst = 4'096;
constexpr size_t kTerminatorBytes = sizeof(char16_t);

constexpr std::pair<std::string_view, AsNumeric> kNumericWords[] = {
    {"decimal", AsNumeric::kDecimal},
    {"double", AsNumeric::kDouble},
    {"text", AsNumeric::kText}};
constexpr std::pair<std::string_view, bool> kFetchWords[] = {{"block", true},
                                                             {"value", false}};

SQLPOINTER Number(uintptr_t number) {
  return reinterpret_cast<SQLPOINTER>(number);  // as ODBC passes numbers
}

/// Where a driver puts a block of one column's values.
struct Place {
  std::unique_ptr<Cell> cell;
  size_t stride = 0;
  std::vector<char> bytes = {};
  std::vector<SQLLEN> lengths = {};
};

class StatementReader final : public internal::PieceReader {
 public:
  StatementReader(std::unique_ptr<Connection> connection, bool reads_blocks)
      : connection_(std::move(connection)),
        calls_(connection_->calls()),
        reads_blocks_(reads_blocks) {}

  /// What SQLite stores does not depend on what it declares.
  Status Prepare(const std::string& query, const DecodeOptions& options) {
    ARROW_ASSIGN_OR_RAISE(statement_, connection_->NewStatement());
    std::u16string text = Wide(query);
    RETURN_NOT_OK(Check(calls_.prepare(statement_->get(), Characters(text), SQL_NTS)));
    SQLSMALLINT num_columns = 0;
    RETURN_NOT_OK(Check(calls_.num_result_cols(statement_->get(), &num_columns)));
    if (num_columns < 1) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "The query gives no rows; a load reads with SELECT");
    }
    std::set<std::string> names;
    arrow::FieldVector fields;
    for (SQLSMALLINT i = 1; i <= num_columns; ++i) {
      ARROW_ASSIGN_OR_RAISE(const Column column, Describe(i));
      if (!names.insert(column.name).second) {
        return MakeError(
            ErrorCode::kInvalidArgument,
            "The query has two columns of one name, rename one: " + column.name);
      }
      Place place;
      ARROW_ASSIGN_OR_RAISE(place.cell, MakeCell(column, options));
      fields.push_back(arrow::field(column.name, place.cell->type()));
      places_.push_back(std::move(place));
    }
    schema_ = arrow::schema(std::move(fields));
    return Status::OK();
  }

  const std::shared_ptr<arrow::Schema>& schema() const { return schema_; }

  Status Read(const std::string& piece, const Push& push,
              const std::function<bool()>& is_over) override {
    static_cast<void>(piece);  // there is one, which is prepared
    const bool has_long = std::ranges::any_of(
        places_, [](const Place& place) { return place.cell->bytes_max() == 0; });
    const bool is_sqlite =
        connection_->Info(SQL_DBMS_NAME).find("SQLite") != std::string::npos;
    const size_t block_rows = has_long || is_sqlite || !reads_blocks_ ? 1 : BlockRows();
    const bool is_block = block_rows > 1;
    RETURN_NOT_OK(is_block ? BindBlock(block_rows) : Status::OK());
    RETURN_NOT_OK(Check(calls_.execute(statement_->get())));
    for (;;) {
      rows_fetched_ = 1;
      const SQLRETURN fetched = calls_.fetch(statement_->get());
      if (fetched == SQL_NO_DATA) {
        break;
      }
      RETURN_NOT_OK(Check(fetched));
      RETURN_NOT_OK(is_block ? TakeBlock() : TakeRow());
      if (is_over()) {
        return MakeError(ErrorCode::kCancelled, "The load was cancelled");
      }
      if (num_rows_ >= internal::kPieceBatchRows ||
          num_bytes_ >= internal::kPieceBatchBytes) {
        RETURN_NOT_OK(Flush(push));
      }
    }
    return Flush(push);
  }

  void Abort() override { calls_.cancel(statement_->get()); }

 private:
  Status Check(SQLRETURN result) const { return connection_->Check(result, *statement_); }

  Result<Column> Describe(SQLSMALLINT number) const {
    constexpr size_t kNameCharacters = 512;
    std::u16string name(kNameCharacters, u'\0');
    SQLSMALLINT length = 0;
    SQLSMALLINT nullable = 0;
    SQLULEN size = 0;
    Column column;
    RETURN_NOT_OK(Check(
        calls_.describe_col(statement_->get(), static_cast<SQLUSMALLINT>(number),
                            Characters(name), static_cast<SQLSMALLINT>(name.size()),
                            &length, &column.type, &size, &column.digits, &nullable)));
    name.resize(std::min(name.size(), static_cast<size_t>(std::max<int>(length, 0))));
    ARROW_ASSIGN_OR_RAISE(column.name, Narrow(name));
    constexpr SQLULEN kSizeMax = SQLULEN{1} << 40;  // some say -4 for what is not known
    column.size = size > kSizeMax ? 0 : size;
    SQLLEN is_unsigned = SQL_FALSE;
    const SQLRETURN told =
        calls_.col_attribute(statement_->get(), static_cast<SQLUSMALLINT>(number),
                             SQL_DESC_UNSIGNED, nullptr, 0, nullptr, &is_unsigned);
    column.is_unsigned = SQL_SUCCEEDED(told) && is_unsigned == SQL_TRUE;
    return column;
  }

  size_t BlockRows() const {
    size_t row_bytes = 1;
    for (const Place& place : places_) {
      row_bytes += place.cell->bytes_max() + kTerminatorBytes + sizeof(SQLLEN);
    }
    return std::clamp<size_t>(kBlockBytesMax / row_bytes, 1, kBlockRowsMax);
  }

  Status BindBlock(size_t rows) {
    SQLHANDLE const statement = statement_->get();
    RETURN_NOT_OK(
        Check(calls_.set_stmt_attr(statement, SQL_ATTR_ROW_ARRAY_SIZE, Number(rows), 0)));
    RETURN_NOT_OK(Check(
        calls_.set_stmt_attr(statement, SQL_ATTR_ROWS_FETCHED_PTR, &rows_fetched_, 0)));
    for (size_t i = 0; i < places_.size(); ++i) {
      Place& place = places_[i];
      place.stride = place.cell->bytes_max() + kTerminatorBytes;
      place.stride += place.stride % 2;  // wide characters are aligned
      if (!IsText(place)) {
        place.stride = place.cell->bytes_max();
      }
      place.bytes.resize(place.stride * rows);
      place.lengths.resize(rows);
      RETURN_NOT_OK(Check(calls_.bind_col(
          statement, static_cast<SQLUSMALLINT>(i + 1), place.cell->c_type(),
          place.bytes.data(), static_cast<SQLLEN>(place.stride), place.lengths.data())));
    }
    return Status::OK();
  }

  static bool IsText(const Place& place) {
    return place.cell->c_type() == SQL_C_WCHAR || place.cell->c_type() == SQL_C_CHAR;
  }

  Status TakeBlock() {
    const size_t rows = std::min<size_t>(rows_fetched_, places_.front().lengths.size());
    for (size_t i = 0; i < places_.size(); ++i) {
      Place& place = places_[i];
      for (size_t row = 0; row < rows; ++row) {
        const Status status = AppendBound(place, row);
        if (!status.ok()) {
          return InColumn(i, static_cast<int64_t>(row), status);
        }
      }
    }
    num_rows_ += static_cast<int64_t>(rows);
    return Status::OK();
  }

  Status AppendBound(Place& place, size_t row) {
    const SQLLEN length = place.lengths[row];
    if (length == SQL_NULL_DATA) {
      return place.cell->AppendNull();
    }
    const bool has_length = IsText(place) || place.cell->c_type() == SQL_C_BINARY;
    const size_t room = place.cell->bytes_max();
    if (has_length && (length < 0 || static_cast<size_t>(length) > room)) {
      return MakeError(ErrorCode::kTypeMismatch,
                       "A value is longer than the driver says; read values one by one "
                       "with the option fetch=value");
    }
    const size_t size = has_length ? static_cast<size_t>(length) : room;
    num_bytes_ += static_cast<int64_t>(size);
    return place.cell->Append({place.bytes.data() + row * place.stride, size});
  }

  Status TakeRow() {
    for (size_t i = 0; i < places_.size(); ++i) {
      const Status status =
          AppendLong(*places_[i].cell, static_cast<SQLUSMALLINT>(i + 1));
      if (!status.ok()) {
        return InColumn(i, 0, status);
      }
    }
    ++num_rows_;
    return Status::OK();
  }

  /// A value of any length, in as many parts as the driver gives.
  Status AppendLong(Cell& cell, SQLUSMALLINT column) {
    const size_t end_bytes = cell.c_type() == SQL_C_WCHAR  ? sizeof(char16_t)
                             : cell.c_type() == SQL_C_CHAR ? 1
                                                           : 0;
    const bool has_parts = end_bytes > 0 || cell.c_type() == SQL_C_BINARY;
    size_t size = 0;
    for (;;) {
      if (value_.size() < size + kLongBytesFirst) {
        value_.resize(std::max(value_.size() * 2, size + kLongBytesFirst));
      }
      const size_t room = (value_.size() - size) & ~size_t{1};
      SQLLEN left = 0;
      const SQLRETURN got =
          calls_.get_data(statement_->get(), column, cell.c_type(), value_.data() + size,
                          static_cast<SQLLEN>(room), &left);
      if (got == SQL_NO_DATA) {
        break;
      }
      RETURN_NOT_OK(Check(got));
      if (left == SQL_NULL_DATA) {
        return cell.AppendNull();
      }
      if (!has_parts) {
        size = cell.bytes_max();
        break;
      }
      const size_t part = room - end_bytes;
      const bool is_whole = left != SQL_NO_TOTAL && static_cast<size_t>(left) <= part;
      size += is_whole ? static_cast<size_t>(left) : part;
      if (is_whole) {
        break;
      }
    }
    num_bytes_ += static_cast<int64_t>(size);
    return cell.Append({value_.data(), size});
  }

  Status InColumn(size_t column, int64_t row, const Status& status) const {
    return WithContext(fmt::format("Column {}, row {}: ",
                                   schema_->field(static_cast<int>(column))->name(),
                                   rows_before_ + num_rows_ + row + 1),
                       status);
  }

  Status Flush(const Push& push) {
    if (num_rows_ == 0) {
      return Status::OK();
    }
    arrow::ArrayVector arrays;
    for (Place& place : places_) {
      ARROW_ASSIGN_OR_RAISE(arrays.emplace_back(), place.cell->Finish());
    }
    rows_before_ += num_rows_;
    num_bytes_ = 0;
    return push(arrow::RecordBatch::Make(schema_, std::exchange(num_rows_, 0),
                                         std::move(arrays)));
  }

  const std::unique_ptr<Connection> connection_;
  const DriverManager& calls_;
  const bool reads_blocks_;
  std::vector<Place> places_;
  SQLULEN rows_fetched_ = 0;
  std::unique_ptr<Handle> statement_;  // writes to those two
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<char> value_;
  int64_t rows_before_ = 0;
  int64_t num_rows_ = 0;
  int64_t num_bytes_ = 0;
};

}  // namespace

Result<OdbcRequest> RequestFrom(const DatabaseTarget& target,
                                const DatabaseRequest& source) {
  OdbcRequest request{.target = target, .cancelled = source.cancelled};
  std::string table;
  for (const auto& [option, value] : source.options) {
    if (option == "table") {
      table = value;
    } else if (option == "query") {
      request.query = internal::WithoutSemicolon(value);
    } else if (option == "unheld") {
      RETURN_NOT_OK(internal::ChooseWord<internal::Unheld>(
          option, value, internal::kUnheldWords, &request.decode.unheld));
    } else if (option == "numeric") {
      RETURN_NOT_OK(internal::ChooseWord<AsNumeric>(option, value, kNumericWords,
                                                    &request.decode.numeric));
    } else if (option == "fetch") {
      RETURN_NOT_OK(
          internal::ChooseWord<bool>(option, value, kFetchWords, &request.reads_blocks));
    } else {
      return MakeError(ErrorCode::kInvalidArgument,
                       "A load by ODBC has the options table, query, unheld, numeric and "
                       "fetch, not " +
                           option);
    }
  }
  if (table.empty() == request.query.empty()) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "A load by ODBC needs the option table=schema.name, or query=SELECT …");
  }
  if (!table.empty()) {
    request.query = "SELECT * FROM " + table;
  }
  return request;
}

Result<std::unique_ptr<Source>> OpenOdbcSource(const OdbcRequest& request) {
  ARROW_ASSIGN_OR_RAISE(auto connection, Connection::Open(request.target));
  auto reader =
      std::make_unique<StatementReader>(std::move(connection), request.reads_blocks);
  RETURN_NOT_OK(reader->Prepare(request.query, request.decode));
  internal::PieceSourceOptions options{.schema = reader->schema(),
                                       .format = Format::kOdbc,
                                       .pieces = {request.query},
                                       .cancelled = request.cancelled};
  options.readers.push_back(std::move(reader));
  return internal::ReadPieces(std::move(options));
}

}  // namespace tarn::ingest::odbc
