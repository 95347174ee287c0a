#include "tarn/ingest/internal/reader_source.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>

#include "tarn/base/error.h"
#include "tarn/ingest/internal/file_error.h"
#include "tarn/ingest/internal/reader_types.h"

namespace tarn::ingest::internal {
namespace {

/// The engine's readers take patterns; a file that is really called "a[1].csv" must not
/// be one.
std::string WithoutPattern(const std::string& path) {
  std::string out;
  for (const char c : path) {
    if (c == '[' || c == '*' || c == '?') {
      out += '[';
      out += c;
      out += ']';
    } else {
      out += c;
    }
  }
  return out;
}

engine::FileKind KindOf(Format format) {
  if (format == Format::kJson) {
    return engine::FileKind::kJson;
  }
  return format == Format::kParquet ? engine::FileKind::kParquet : engine::FileKind::kCsv;
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// The reader's own name of an option: decimalSeparator is decimal_separator.
std::string OptionName(const std::string& name) {
  std::string snake;
  for (size_t i = 0; i < name.size(); ++i) {
    const bool is_upper = std::isupper(static_cast<unsigned char>(name[i])) != 0;
    const bool after_lower =
        i > 0 && std::islower(static_cast<unsigned char>(name[i - 1])) != 0;
    snake += is_upper && after_lower ? "_" : "";
    snake += name[i];
  }
  snake = Lower(std::move(snake));
  if (snake == "delimiter" || snake == "separator") {
    return "delim";
  }
  return snake == "null_value" || snake == "null_string" ? "nullstr" : snake;
}

bool HasOption(const engine::ReadFilesRequest& request, std::string_view name) {
  return std::any_of(request.options.begin(), request.options.end(),
                     [&](const auto& option) { return option.first == name; });
}

/// A delimiter inside the name of an only column; '\0' if all is well.
char DelimiterInName(const arrow::Schema& schema) {
  if (schema.num_fields() != 1) {
    return '\0';
  }
  const std::string& name = schema.field(0)->name();
  const size_t at = name.find_first_of(",;\t|");
  return at == std::string::npos ? '\0' : name[at];
}

bool IsText(const arrow::DataType& type) {
  return type.id() == arrow::Type::STRING || type.id() == arrow::Type::LARGE_STRING ||
         type.id() == arrow::Type::STRING_VIEW;
}

/// Words for what is missing, besides the empty text.
const std::vector<std::string>& NullWords() {
  static const std::vector<std::string> words = {"NA", "N/A", "NULL", "null", "\\N"};
  return words;
}

/// True if text casts to `type` in one way only; dates may be written in the file's own
/// format, which only its reader knows.
bool CastsFromText(const arrow::DataType& type) {
  return type.id() == arrow::Type::BOOL || arrow::is_numeric(type.id());
}

/// The columns that are text in `before` and something else in `after`, with that type;
/// empty if the columns differ.
std::vector<engine::WordedColumn> NewlyTyped(const arrow::Schema& before,
                                             const arrow::Schema& after) {
  std::vector<engine::WordedColumn> columns;
  if (before.field_names() != after.field_names()) {
    return columns;
  }
  for (int i = 0; i < before.num_fields(); ++i) {
    const arrow::DataType& type = *after.field(i)->type();
    if (!IsText(*before.field(i)->type()) || IsText(type)) {
      continue;
    }
    const auto name = ReaderTypeOf(type);
    if (name.has_value() && CastsFromText(type)) {
      columns.push_back({before.field(i)->name(), *name});
    }
  }
  return columns;
}

bool HasText(const arrow::Schema& schema) {
  const auto& fields = schema.fields();
  return std::any_of(fields.begin(), fields.end(),
                     [](const auto& field) { return IsText(*field->type()); });
}

std::string NamesOf(const std::vector<engine::WordedColumn>& columns) {
  std::string names;
  for (const engine::WordedColumn& column : columns) {
    names += (names.empty() ? "" : ", ") + column.name;
  }
  return names;
}

/// Text columns of `before` that have a type in `after`.
std::string TypedNames(const arrow::Schema& before, const arrow::Schema& after) {
  std::string names;
  for (int i = 0; i < before.num_fields(); ++i) {
    if (IsText(*before.field(i)->type()) && !IsText(*after.field(i)->type())) {
      names += (names.empty() ? "" : ", ") + before.field(i)->name();
    }
  }
  return names;
}

class ReaderSource final : public Source {
 public:
  ReaderSource(engine::Engine& engine, ReaderRequest request)
      : engine_(engine), format_(request.format) {
    location_ = request.paths.front();
    if (request.paths.size() > 1) {
      location_ += " and " + std::to_string(request.paths.size() - 1) + " more";
    }
    request_.kind = KindOf(request.format);
    for (const std::string& path : request.paths) {
      request_.paths.push_back(WithoutPattern(path));
    }
    for (const auto& [name, value] : request.options) {
      request_.options.emplace_back(OptionName(name), value);
    }
    if (!request.guessed_columns.empty()) {
      are_columns_guessed_ = true;
      request_.options.emplace_back("columns", ReaderTypeMap(request.guessed_columns));
    }
    // By position, or with columns of later files dropped, rows of unequal files would go
    // wrong silently.
    if (request.paths.size() > 1 && !HasOption(request_, "union_by_name")) {
      request_.options.emplace_back("union_by_name", "true");
    }
    request_.store_rejects = request.collect_rejects && request.format == Format::kCsv;
  }

  Status Open() {
    RETURN_NOT_OK(Open(request_));
    return format_ == Format::kCsv ? ReadMissingValues() : Status::OK();
  }

  std::shared_ptr<arrow::Schema> schema() const override { return read_.rows->schema(); }
  Format format() const override { return format_; }

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    auto batch = read_.rows->Next();
    if (!batch.ok()) {
      return InFile(location_, batch.status());
    }
    return batch;
  }

  Result<std::vector<engine::RejectedRow>> Rejects() override {
    if (!read_.rejects) {
      return std::vector<engine::RejectedRow>();
    }
    return read_.rejects();
  }

  std::optional<double> progress() const override {
    if (!read_.progress) {
      return std::nullopt;
    }
    const engine::Progress progress = read_.progress();
    if (progress.percent < 0) {
      return std::nullopt;
    }
    return std::clamp(progress.percent / 100, 0.0, 1.0);
  }

  std::string note() const override { return note_; }

  Status ReadAs(const arrow::Schema& wanted) override {
    if (format_ == Format::kParquet || HasOption(request_, "types") ||
        (HasOption(request_, "columns") && !are_columns_guessed_)) {
      return Status::OK();
    }
    const std::shared_ptr<arrow::Schema> guessed = schema();
    std::vector<std::pair<std::string, std::string>> changed;
    std::vector<std::pair<std::string, std::string>> all;
    bool all_known = true;
    for (const auto& field : guessed->fields()) {
      const arrow::DataType* type = WantedType(wanted, *field);
      std::optional<std::string> name =
          type == nullptr ? std::nullopt : ReaderTypeOf(*type);
      if (name && !type->Equals(*field->type()) && !RetypeWorded(field->name(), *name)) {
        changed.emplace_back(field->name(), *name);
      }
      if (!name) {
        name = ReaderTypeOf(*field->type());
      }
      all_known = all_known && name.has_value();
      if (name) {
        all.emplace_back(field->name(), *name);
      }
    }
    // JSON's reader takes the types of all columns or of none.
    if (retyped_words_ && changed.empty()) {
      return Open(read_request_);
    }
    if (changed.empty() || (format_ == Format::kJson && !all_known)) {
      return Status::OK();
    }
    engine::ReadFilesRequest request = read_request_;
    if (format_ == Format::kJson) {
      std::erase_if(request.options,
                    [](const auto& option) { return option.first == "columns"; });
      request.options.emplace_back("columns", ReaderTypeMap(all));
    } else {
      request.options.emplace_back("types", ReaderTypeMap(changed));
    }
    return Open(request);
  }

 private:
  /// The reader leaves first lines out until the others have equally many columns. Titles
  /// are meant by that; but one row with a value too many would cost the header and all
  /// rows before it. So if the first line is one of several values, it counts.
  Result<engine::FileRead> FromFirstLine(engine::ReadFilesRequest* request,
                                         engine::FileRead read) {
    for (const char* decided : {"skip", "columns", "auto_detect"}) {
      if (HasOption(*request, decided)) {
        return read;
      }
    }
    engine::ReadFilesRequest whole = *request;
    whole.options.emplace_back("skip", "0");
    auto from_first = engine::ReadFiles(engine_, whole);
    if (!from_first.ok()) {
      return read;
    }
    const arrow::Schema& schema = *from_first->rows->schema();
    const bool counts = HasOption(*request, "delim") ? schema.num_fields() > 1
                                                     : DelimiterInName(schema) != '\0';
    if (!counts || schema.field_names() == read.rows->schema()->field_names()) {
      return read;
    }
    *request = std::move(whole);
    return from_first;
  }

  Status Open(engine::ReadFilesRequest request) {
    auto read = engine::ReadFiles(engine_, request);
    if (format_ == Format::kCsv && read.ok()) {
      read = FromFirstLine(&request, *std::move(read));
    }
    if (format_ == Format::kCsv && !read.ok()) {
      // One bad row can keep the reader from finding out the columns. With bad rows set
      // aside it names them, and the load refuses them by file and line.
      request = WithRejects(std::move(request), {});
      auto lenient = engine::ReadFiles(engine_, request);
      if (lenient.ok()) {
        read = std::move(lenient);
      }
    } else if (format_ == Format::kCsv && !HasOption(request, "delim")) {
      // For the same reason, or because of a quote that is never closed, it may have
      // taken whole lines as one column.
      const char delimiter = DelimiterInName(*read->rows->schema());
      if (delimiter != '\0') {
        request = WithRejects(std::move(request),
                              {{"delim", std::string(1, delimiter)}, {"quote", "\""}});
        read = engine::ReadFiles(engine_, request);
      }
    }
    if (!read.ok()) {
      return Explained(InFile(location_, read.status()));
    }
    read_ = std::move(*read);
    read_request_ = std::move(request);
    return Status::OK();
  }

  /// A column of numbers in which NA stands for what is missing would be text. If reading
  /// such words as null gives columns a type they are read so, and only they: NA in a
  /// column of names is Namibia.
  Status ReadMissingValues() {
    for (const char* decided : {"nullstr", "types", "dtypes", "columns", "column_types",
                                "all_varchar", "auto_detect"}) {
      if (HasOption(request_, decided)) {
        return Status::OK();
      }
    }
    const std::shared_ptr<arrow::Schema> before = schema();
    if (!HasText(*before)) {
      return Status::OK();
    }
    engine::ReadFilesRequest request = read_request_;
    request.options.emplace_back("nullstr", NullWordsOption());
    auto read = engine::ReadFiles(engine_, request);
    if (!read.ok() || before->field_names() != read->rows->schema()->field_names()) {
      return Status::OK();
    }
    const std::shared_ptr<arrow::Schema> after = read->rows->schema();
    if (!HasText(*after)) {
      Note(TypedNames(*before, *after));
      read_request_ = std::move(request);
      read_ = std::move(*read);
      return Status::OK();
    }
    // Rows that a cast refuses cannot be set aside, so that text stays text then.
    const std::vector<engine::WordedColumn> typed = NewlyTyped(*before, *after);
    if (typed.empty() || read_request_.store_rejects) {
      return Status::OK();
    }
    Note(NamesOf(typed));
    request = read_request_;
    request.worded_columns = typed;
    request.null_words = NullWords();
    return Open(std::move(request));
  }

  /// True if the column is read as text and cast: then to `type` from now on.
  bool RetypeWorded(const std::string& name, const std::string& type) {
    std::vector<engine::WordedColumn>& worded = read_request_.worded_columns;
    const auto found = std::ranges::find(worded, name, &engine::WordedColumn::name);
    if (found == worded.end()) {
      return false;
    }
    retyped_words_ = true;
    if (type == "VARCHAR") {
      worded.erase(found);  // a text column keeps every word
    } else {
      found->type = type;
    }
    return true;
  }

  void Note(const std::string& columns) {
    note_ = "NA, N/A, NULL and \\N are read as null in: " + columns +
            " (--option nullstr= keeps them)";
  }

  static std::string NullWordsOption() {
    std::string option = "[''";
    for (const std::string& word : NullWords()) {
      option += ", '" + word + "'";
    }
    return option + "]";
  }

  static engine::ReadFilesRequest WithRejects(
      engine::ReadFilesRequest request,
      const std::vector<std::pair<std::string, std::string>>& options) {
    request.store_rejects = true;
    for (const auto& option : options) {
      if (!HasOption(request, option.first)) {
        request.options.push_back(option);
      }
    }
    return request;
  }

  /// What to do when the reader does not find out how a CSV file is written.
  static Status Explained(const Status& status) {
    if (status.message().find("automatically detect the CSV") == std::string::npos) {
      return status;
    }
    return MakeError(
        CodeOf(status),
        status.message() +
            "; is a quote not closed? --option delimiter=… quote=… says how to read it");
  }

  /// The type that `field`'s values should be read as; nullptr to leave it as guessed.
  const arrow::DataType* WantedType(const arrow::Schema& wanted,
                                    const arrow::Field& field) const {
    const arrow::DataType* found = nullptr;
    for (const auto& candidate : wanted.fields()) {
      if (Lower(candidate->name()) == Lower(field.name())) {
        found = candidate->type().get();
      }
    }
    if (found == nullptr) {
      return nullptr;
    }
    // JSON says itself what is a whole number; a cast checks that it fits. The rest was
    // guessed.
    return format_ == Format::kJson && arrow::is_integer(found->id()) ? nullptr : found;
  }

  engine::Engine& engine_;
  const Format format_;
  std::string location_;              // for messages
  engine::ReadFilesRequest request_;  // as asked for
  engine::ReadFilesRequest
      read_request_;  // with what turned out to be needed; gave `read_`
  engine::FileRead read_;
  bool are_columns_guessed_ = false;
  bool retyped_words_ = false;  // read_request_ is ahead of read_
  std::string note_;
};

}  // namespace

Result<std::unique_ptr<Source>> OpenReaderSource(engine::Engine& engine,
                                                 ReaderRequest request) {
  auto source = std::make_unique<ReaderSource>(engine, std::move(request));
  RETURN_NOT_OK(source->Open());
  return source;
}

}  // namespace tarn::ingest::internal
