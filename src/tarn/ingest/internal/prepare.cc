#include "tarn/ingest/internal/prepare.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>

#include "tarn/base/error.h"
#include "tarn/ingest/internal/file_error.h"
#include "tarn/ingest/internal/locate.h"
#include "tarn/ingest/internal/transcode.h"
#include "tarn/ingest/packed/gzip_input.h"
#include "tarn/ingest/packed/unpack.h"
#include "tarn/ingest/records/json_records.h"
#include "tarn/ingest/records/sheet_records.h"
#include "tarn/ingest/records/xml_records.h"

namespace tarn::ingest::internal {
namespace {

namespace fs = std::filesystem;

using Options = std::vector<std::pair<std::string, std::string>>;
using Paths = std::vector<std::string>;

/// Archives within each other.
constexpr int kPackedDepthMax = 3;
constexpr int64_t kHeadBytes = 512;

/// An option's name without case and '_': "rowElement" is "row_element".
std::string Squeezed(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c != '_') {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return out;
}

std::optional<std::string> TakeOption(std::string_view name, Options* options) {
  std::optional<std::string> value;
  for (const auto& [key, text] : *options) {
    if (Squeezed(key) == name) {
      value = text;
    }
  }
  std::erase_if(*options,
                [&](const auto& option) { return Squeezed(option.first) == name; });
  return value;
}

bool IsWrongUse(const Status& status) {
  return !status.ok() && CodeOf(status) == ErrorCode::kInvalidArgument;
}

bool IsRegularFile(const std::string& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

class Preparer {
 public:
  Preparer(io::FileIO& io, const SourceRequest& request, Spool* spool)
      : io_(io),
        format_(request.format),
        location_(request.location),
        cancelled_(request.cancelled),
        spool_(spool) {
    prepared_.options = request.options;
    members_ = TakeOption("members", &prepared_.options);
    encoding_ = TakeOption("encoding", &prepared_.options);
    row_element_ = TakeOption("rowelement", &prepared_.options);
    json_path_ = TakeOption("jsonpath", &prepared_.options);
    sheet_ = TakeOption("sheet", &prepared_.options);
    range_ = TakeOption("range", &prepared_.options);
  }

  Result<PreparedFiles> Run(Paths paths) {
    const size_t num_found = paths.size();
    for (const std::string& path : paths) {
      RETURN_NOT_OK(UnpackFile(path, 0));
    }
    if (members_ && !has_unpacked_) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "The option members is of archives (zip, tar); this is none: " +
                           spool_->Shown(paths.front()));
    }
    if (has_unpacked_ || prepared_.paths.size() != num_found) {
      RETURN_NOT_OK(RefuseEmpty(io_, prepared_.paths));
    }
    if (format_ == Format::kAuto) {
      ARROW_ASSIGN_OR_RAISE(format_, CommonFormat(io_, prepared_.paths, location_));
    }
    prepared_.format = prepared_.reader = format_;
    RETURN_NOT_OK(RefuseOptionsOfOthers());
    if (format_ == Format::kCsv || format_ == Format::kJson) {
      RETURN_NOT_OK(DecodeFiles());
    }
    RETURN_NOT_OK(MakeRecords());
    return std::move(prepared_);
  }

 private:
  bool HasEncoding() const { return encoding_ && !IsUtf8Name(*encoding_); }

  /// The readers of CSV and JSON unpack gzip and Zstandard themselves while they read
  /// local files, if a file's name says so.
  bool UnpacksItself(const std::string& path) const {
    const Format format = format_ == Format::kAuto ? FormatByExtension(path) : format_;
    const bool is_text =
        format == Format::kCsv || (format == Format::kJson && !json_path_);
    const bool is_local = path.find("://") == std::string::npos;
    return is_text && is_local && !HasEncoding() &&
           (path.ends_with(".gz") || path.ends_with(".zst"));
  }

  /// The first bytes of a file that may be packed; empty if there is no need to look.
  Result<std::string> HeadOf(const std::string& path) const {
    const bool is_local = path.find("://") == std::string::npos;
    if (UnpacksItself(path) || (is_local && !IsRegularFile(path))) {
      return std::string();  // a pipe can be read once only
    }
    const bool has_plain_name =
        packed::NameWithin(path) == path && FormatByExtension(path) != Format::kAuto;
    if (!is_local && has_plain_name) {
      return std::string();  // a request for each of many objects
    }
    ARROW_ASSIGN_OR_RAISE(auto file, io_.OpenInput(path));
    ARROW_ASSIGN_OR_RAISE(const auto head, file->ReadAt(0, kHeadBytes));
    return head->ToString();
  }

  packed::Packing PackingOf(const std::string& path, const std::string& head) const {
    const packed::Packing packing = packed::PackingByContent(head);
    const bool is_workbook =
        format_ == Format::kExcel || FormatByExtension(path) == Format::kExcel ||
        (!path.ends_with(".zip") && FormatByContent(head) == Format::kExcel);
    return packing == packed::Packing::kZip && is_workbook ? packed::Packing::kNone
                                                           : packing;
  }

  /// DuckDB's readers take what gzip gives without looking at its checksum.
  Status CheckFile(const std::string& path) {
    if (!path.ends_with(".gz") || !UnpacksItself(path) || !IsRegularFile(path)) {
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(auto file, io_.OpenInput(path));
    ARROW_ASSIGN_OR_RAISE(const auto head, file->ReadAt(0, kHeadBytes));
    const bool is_gzip = packed::IsGzip(head->ToString());
    const Status sound =
        is_gzip ? packed::CheckGzip(io_, path, cancelled_) : Status::OK();
    return sound.ok() || CodeOf(sound) == ErrorCode::kCancelled ? sound
                                                                : InFile(path, sound);
  }

  /// Adds the file, or those in it.
  Status UnpackFile(const std::string& path, int depth) {
    RETURN_NOT_OK(CheckFile(path));
    ARROW_ASSIGN_OR_RAISE(const std::string head, HeadOf(path));
    const packed::Packing packing = PackingOf(path, head);
    if (packing == packed::Packing::kNone || depth >= kPackedDepthMax) {
      prepared_.paths.push_back(path);
      return Status::OK();
    }
    const std::string shown = spool_->Shown(path);
    ARROW_ASSIGN_OR_RAISE(const std::string directory, spool_->NewDirectory(shown));
    const bool is_archive = packing != packed::Packing::kCompressed;
    const auto unpacked =
        packed::Unpack(io_, {.path = path,
                             .directory = directory,
                             .packing = packing,
                             .members = is_archive ? members_.value_or("") : "",
                             .cancelled = cancelled_});
    if (!unpacked.ok()) {
      return InFile(path, unpacked.status());
    }
    has_unpacked_ = has_unpacked_ || is_archive;
    if (!is_archive && unpacked->size() == 1) {
      spool_->Show(unpacked->front(), shown);
    }
    for (const std::string& file : *unpacked) {
      RETURN_NOT_OK(UnpackFile(file, depth + 1));
    }
    return Status::OK();
  }

  Status RefuseOptionsOfOthers() const {
    struct Owned {
      const char* name;
      bool is_given;
      bool is_known;
    };
    const bool is_text = format_ == Format::kCsv || format_ == Format::kJson;
    for (const Owned& option :
         {Owned{"encoding", HasEncoding(), is_text},
          {"row_element", row_element_.has_value(), format_ == Format::kXml},
          {"json_path", json_path_.has_value(), format_ == Format::kJson},
          {"sheet", sheet_.has_value(), format_ == Format::kExcel},
          {"range", range_.has_value(), format_ == Format::kExcel}}) {
      if (option.is_given && !option.is_known) {
        return MakeError(ErrorCode::kInvalidArgument,
                         "Format " + std::string(FormatName(format_)) +
                             " takes no option " + option.name);
      }
    }
    return Status::OK();
  }

  /// What a file is written in; empty for UTF-8.
  Result<std::string> EncodingOf(const std::string& path) const {
    if (encoding_) {
      return IsUtf8Name(*encoding_) ? std::string() : *encoding_;
    }
    if (UnpacksItself(path) || !IsRegularFile(path)) {
      return std::string();
    }
    ARROW_ASSIGN_OR_RAISE(auto file, io_.OpenInput(path));
    ARROW_ASSIGN_OR_RAISE(const auto head, file->ReadAt(0, 4));
    return MarkedEncoding(head->ToString());
  }

  Status DecodeFiles() {
    for (std::string& path : prepared_.paths) {
      ARROW_ASSIGN_OR_RAISE(const std::string encoding, EncodingOf(path));
      if (encoding.empty()) {
        continue;
      }
      const std::string shown = spool_->Shown(path);
      ARROW_ASSIGN_OR_RAISE(const std::string directory, spool_->NewDirectory(shown));
      const std::string target =
          io::JoinLocation(directory, path.substr(path.rfind('/') + 1));
      const Status decoded = Transcode(io_, {path, encoding, target, cancelled_});
      // What was asked for wrongly is no fault of the file.
      RETURN_NOT_OK(IsWrongUse(decoded) ? decoded : InFile(path, decoded));
      spool_->Show(target, shown);
      path = target;
    }
    return Status::OK();
  }

  Status MakeRecords() {
    const bool makes_some = format_ == Format::kXml || format_ == Format::kExcel ||
                            (format_ == Format::kJson && json_path_);
    if (!makes_some) {
      return Status::OK();
    }
    const Paths& paths = prepared_.paths;
    const std::string shown = spool_->Shown(paths.front());
    ARROW_ASSIGN_OR_RAISE(const std::string directory, spool_->NewDirectory(shown));
    records::Records made;
    if (format_ == Format::kXml) {
      ARROW_ASSIGN_OR_RAISE(const records::RowPath rows,
                            records::RowPath::Parse(row_element_.value_or("")));
      ARROW_ASSIGN_OR_RAISE(
          made, records::RecordsOfXml(io_, paths, rows, directory, cancelled_));
    } else if (format_ == Format::kExcel) {
      ARROW_ASSIGN_OR_RAISE(const records::SheetOptions options, SheetOptionsOf());
      ARROW_ASSIGN_OR_RAISE(auto sheets, records::RecordsOfSheets(io_, paths, options,
                                                                  directory, cancelled_));
      made = std::move(sheets.records);
      prepared_.note = std::move(sheets.note);
    } else {
      ARROW_ASSIGN_OR_RAISE(const web::JsonPath path, web::JsonPath::Parse(*json_path_));
      ARROW_ASSIGN_OR_RAISE(
          made, records::RecordsOfJson(io_, paths, path, directory, cancelled_));
    }
    for (size_t i = 0; i < made.paths.size(); ++i) {
      spool_->Show(made.paths[i], spool_->Shown(paths[i]));
    }
    return ReadRecords(std::move(made));
  }

  /// Has the reader of JSON read them.
  Status ReadRecords(records::Records made) {
    constexpr size_t kDefaultBytes = size_t{16} << 20;
    if (format_ != Format::kJson && !prepared_.options.empty()) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Format " + std::string(FormatName(format_)) +
                           " takes no option " + prepared_.options.front().first);
    }
    prepared_.reader = Format::kJson;
    prepared_.paths = std::move(made.paths);
    prepared_.columns = std::move(made.columns);
    TakeOption("format", &prepared_.options);
    prepared_.options.emplace_back("format", "newline_delimited");
    if (made.longest_bytes > kDefaultBytes / 2) {
      TakeOption("maximumobjectsize", &prepared_.options);
      prepared_.options.emplace_back("maximum_object_size",
                                     std::to_string(made.longest_bytes * 2));
    }
    return Status::OK();
  }

  Result<records::SheetOptions> SheetOptionsOf() {
    records::SheetOptions options;
    options.sheet = sheet_.value_or("");
    RETURN_NOT_OK(options.SetRange(range_.value_or("")));
    if (const auto header = TakeOption("header", &prepared_.options)) {
      if (*header != "true" && *header != "false") {
        return MakeError(ErrorCode::kInvalidArgument,
                         "The option header is true or false, not " + *header);
      }
      options.header = *header == "true";
    }
    return options;
  }

  io::FileIO& io_;
  Format format_;
  const std::string location_;
  const std::function<bool()> cancelled_;
  Spool* spool_;
  PreparedFiles prepared_;
  bool has_unpacked_ = false;  // an archive
  std::optional<std::string> members_;
  std::optional<std::string> encoding_;
  std::optional<std::string> row_element_;
  std::optional<std::string> json_path_;
  std::optional<std::string> sheet_;
  std::optional<std::string> range_;
};

}  // namespace

Result<PreparedFiles> Prepare(io::FileIO& io, std::vector<std::string> paths,
                              const SourceRequest& request, Spool* spool) {
  return Preparer(io, request, spool).Run(std::move(paths));
}

}  // namespace tarn::ingest::internal
