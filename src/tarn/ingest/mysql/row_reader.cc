#include "tarn/ingest/mysql/row_reader.h"

#include <set>
#include <utility>

#include <arrow/array/array_base.h>
#include <arrow/array/builder_base.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/ingest/internal/piece_source.h"
#include "tarn/ingest/mysql/client_library.h"
#include "tarn/ingest/mysql/value_appender.h"

namespace tarn::ingest::mysql {
namespace {

/// How many rows are read between two questions whether they are still wanted.
constexpr int64_t kRowsBetweenQuestions = 1'024;

struct StatementCloser {
  const ClientLibrary* calls;
  void operator()(MYSQL_STMT* statement) const { calls->stmt_close(statement); }
};
struct ResultFreer {
  const ClientLibrary* calls;
  void operator()(MYSQL_RES* result) const { calls->free_result(result); }
};

}  // namespace

class RowReader::Impl {
 public:
  explicit Impl(Connection& connection)
      : connection_(connection),
        calls_(connection.calls_),
        statement_(nullptr, StatementCloser{&calls_}) {}

  ~Impl() {
    if (is_reading_) {
      // Closing would read all the rest.
      calls_.cancel(connection_.connection_.get());
    }
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Status Prepare(const std::string& sql, const DecodeOptions& options) {
    statement_.reset(calls_.stmt_init(connection_.connection_.get()));
    if (statement_ == nullptr) {
      return MakeError(ErrorCode::kOutOfMemory, "Cannot prepare a statement");
    }
    RETURN_NOT_OK(Check(calls_.stmt_prepare(statement_.get(), sql.data(), sql.size())));
    const std::unique_ptr<MYSQL_RES, ResultFreer> about(
        calls_.stmt_result_metadata(statement_.get()), ResultFreer{&calls_});
    if (about == nullptr) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "The query gives no rows; a load reads with SELECT");
    }
    const MYSQL_FIELD* const fields = calls_.fetch_fields(about.get());
    std::set<std::string> names;
    arrow::FieldVector arrow_fields;
    for (unsigned int i = 0; i < calls_.num_fields(about.get()); ++i) {
      Column column = ColumnOf(fields[i], options);
      if (!names.insert(column.name).second) {
        return MakeError(
            ErrorCode::kInvalidArgument,
            "The query has two columns of one name, rename one: " + column.name);
      }
      ARROW_ASSIGN_OR_RAISE(values_.emplace_back(), MakeValueAppender(column, options));
      arrow_fields.push_back(arrow::field(column.name, ArrowTypeOf(column)));
      columns_.push_back(std::move(column));
    }
    binds_.resize(columns_.size());
    schema_ = arrow::schema(std::move(arrow_fields));
    return Status::OK();
  }

  Status ReadAll(const Push& push, const std::function<bool()>& is_over) {
    is_reading_ = true;
    RETURN_NOT_OK(Check(calls_.stmt_execute(statement_.get())));
    RETURN_NOT_OK(Bind());
    for (;;) {
      const int fetched = calls_.stmt_fetch(statement_.get());
      if (fetched == MYSQL_NO_DATA) {
        break;
      }
      if (fetched != 0 && fetched != MYSQL_DATA_TRUNCATED) {
        return Check(fetched);
      }
      RETURN_NOT_OK(TakeRow());
      if (num_rows_ % kRowsBetweenQuestions == 0 && is_over()) {
        return MakeError(ErrorCode::kCancelled, "The load was cancelled");
      }
      if (num_rows_ >= internal::kPieceBatchRows ||
          num_bytes_ >= internal::kPieceBatchBytes) {
        RETURN_NOT_OK(Flush(push));
      }
    }
    is_reading_ = false;
    return Flush(push);
  }

  const std::shared_ptr<arrow::Schema>& schema() const { return schema_; }
  const std::vector<Column>& columns() const { return columns_; }

 private:
  /// What breaks while rows come, only the connection knows.
  Status Check(int result) const {
    if (result == 0) {
      return Status::OK();
    }
    const unsigned int number = calls_.stmt_error_number(statement_.get());
    return number == 0 ? connection_.LastError()
                       : connection_.ErrorOf(number, calls_.stmt_error(statement_.get()));
  }

  Status Bind() {
    for (size_t i = 0; i < values_.size(); ++i) {
      binds_[i] = {};
      values_[i]->Bind(&binds_[i]);
    }
    return Check(calls_.stmt_bind_result(statement_.get(), binds_.data()));
  }

  Status TakeRow() {
    bool has_grown = false;
    for (size_t i = 0; i < values_.size(); ++i) {
      ValueAppender& value = *values_[i];
      if (value.GrowBy() > 0) {
        MYSQL_BIND again = {};
        value.Bind(&again);
        RETURN_NOT_OK(Check(calls_.stmt_fetch_column(statement_.get(), &again,
                                                     static_cast<unsigned int>(i), 0)));
        has_grown = true;
      }
      const Status status = value.Append();
      if (!status.ok()) {
        return WithContext(fmt::format("Column {}, row {}: ", columns_[i].name,
                                       rows_before_ + num_rows_ + 1),
                           status);
      }
      num_bytes_ += static_cast<int64_t>(value.num_bytes());
    }
    ++num_rows_;
    return has_grown ? Bind() : Status::OK();
  }

  Status Flush(const Push& push) {
    if (num_rows_ == 0) {
      return Status::OK();
    }
    arrow::ArrayVector arrays;
    for (const auto& value : values_) {
      ARROW_ASSIGN_OR_RAISE(arrays.emplace_back(), value->builder()->Finish());
    }
    rows_before_ += num_rows_;
    num_bytes_ = 0;
    return push(arrow::RecordBatch::Make(schema_, std::exchange(num_rows_, 0),
                                         std::move(arrays)));
  }

  Connection& connection_;
  const ClientLibrary& calls_;
  std::vector<std::unique_ptr<ValueAppender>> values_;
  std::vector<MYSQL_BIND> binds_;
  std::unique_ptr<MYSQL_STMT, StatementCloser> statement_;  // uses those two
  std::vector<Column> columns_;
  std::shared_ptr<arrow::Schema> schema_;
  bool is_reading_ = false;
  int64_t rows_before_ = 0;
  int64_t num_rows_ = 0;
  int64_t num_bytes_ = 0;
};

RowReader::RowReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RowReader::~RowReader() = default;

Result<std::unique_ptr<RowReader>> RowReader::Prepare(Connection& connection,
                                                      const std::string& sql,
                                                      const DecodeOptions& options) {
  auto impl = std::make_unique<Impl>(connection);
  RETURN_NOT_OK(impl->Prepare(sql, options));
  return std::unique_ptr<RowReader>(new RowReader(std::move(impl)));
}

std::shared_ptr<arrow::Schema> RowReader::schema() const { return impl_->schema(); }
const std::vector<Column>& RowReader::columns() const { return impl_->columns(); }

Status RowReader::ReadAll(const Push& push, const std::function<bool()>& is_over) {
  return impl_->ReadAll(push, is_over);
}

}  // namespace tarn::ingest::mysql
