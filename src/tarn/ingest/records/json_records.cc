#include "tarn/ingest/records/json_records.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <arrow/io/interfaces.h>
#include <nlohmann/json.hpp>

#include "tarn/base/error.h"
#include "tarn/ingest/internal/file_error.h"
#include "tarn/ingest/records/input_buffer.h"

namespace tarn::ingest::records {
namespace {

constexpr size_t kDepthMax = 1'000;
constexpr size_t kNoMatch = SIZE_MAX;

/// Follows the events of a parser, and writes the records that they pass.
class RecordWriter final : public nlohmann::json_sax<nlohmann::json> {
 public:
  RecordWriter(const std::vector<web::JsonPath::Step>& steps, RecordFile* out,
               const std::function<bool()>& cancelled)
      : steps_(steps), out_(out), cancelled_(cancelled) {}

  const Status& status() const { return status_; }

  bool null() override { return Scalar("null"); }
  bool boolean(bool value) override { return Scalar(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override {
    return Scalar(std::to_string(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    return Scalar(std::to_string(value));
  }
  bool number_float(number_float_t /*value*/, const string_t& text) override {
    return Scalar(text);  // as it was written
  }
  bool string(string_t& value) override {
    quoted_.clear();
    AppendJsonText(value, &quoted_);
    return Scalar(quoted_);
  }
  bool binary(binary_t& /*value*/) override { return Scalar("null"); }

  bool start_object(size_t /*elements*/) override { return Begin('{'); }
  bool end_object() override { return End('}'); }
  bool start_array(size_t /*elements*/) override { return Begin('['); }
  bool end_array() override { return End(']'); }

  bool key(string_t& name) override {
    if (record_depth_ > 0) {
      Comma();
      AppendJsonText(name, &line_);
      line_ += ':';
      after_key_ = true;
    } else {
      open_.back().key = std::move(name);
    }
    return true;
  }

  bool parse_error(size_t position, const std::string& /*token*/,
                   const nlohmann::json::exception& error) override {
    const std::string text = error.what();
    const size_t colon = text.find(": ");
    return Fail(MakeError(ErrorCode::kInvalidData,
                          "Not JSON, at byte " + std::to_string(position) + ": " +
                              text.substr(colon == std::string::npos ? 0 : colon + 2)));
  }

 private:
  struct Container {
    bool is_array = false;
    bool has_records = false;   // its elements are the records
    size_t matched = kNoMatch;  // steps that lead here
    int64_t next_index = 0;     // of an array's next element
    std::string key = {};       // of an object's next value
  };

  bool Fail(Status status) {
    if (status_.ok()) {
      status_ = std::move(status);
    }
    return false;
  }

  /// How many steps lead to the value that comes next in the innermost container.
  size_t NextMatched() {
    if (open_.empty()) {
      return 0;
    }
    Container& parent = open_.back();
    const int64_t index = parent.is_array ? parent.next_index++ : 0;
    if (parent.matched == kNoMatch || parent.matched >= steps_.size()) {
      return kNoMatch;
    }
    const web::JsonPath::Step& step = steps_[parent.matched];
    const bool is_here = step.name
                             ? !parent.is_array && *step.name == parent.key
                             : !step.index || (parent.is_array && *step.index == index);
    return is_here ? parent.matched + 1 : kNoMatch;
  }

  bool InRecords() const { return !open_.empty() && open_.back().has_records; }

  void Comma() {
    if (needs_comma_) {
      line_ += ',';
    }
    needs_comma_ = false;
  }

  bool Append(std::string_view text) {
    if (!after_key_) {
      Comma();
    }
    after_key_ = false;
    line_ += text;
    if (line_.size() > kRecordBytesMax) {
      return Fail(MakeError(ErrorCode::kResourceLimit,
                            "One record has more than " +
                                std::to_string(kRecordBytesMax) +
                                " bytes; does the path lead to the records?"));
    }
    return true;
  }

  bool Scalar(std::string_view text) {
    if (record_depth_ > 0) {
      const bool appended = Append(text);
      needs_comma_ = true;
      return appended;
    }
    const bool is_record = InRecords();
    const bool is_here = NextMatched() == steps_.size();
    if ((!is_record && !is_here) || text == "null") {
      return true;
    }
    line_ = "{\"value\":";
    line_ += text;
    line_ += '}';
    return WriteRecord();
  }

  bool Begin(char bracket) {
    const bool is_array = bracket == '[';
    if (record_depth_ > 0) {
      if (++record_depth_ > kDepthMax) {
        return TooDeep();
      }
      const bool appended = Append(std::string_view(&bracket, 1));
      needs_comma_ = false;
      return appended;
    }
    const bool is_record = InRecords();
    const size_t matched = NextMatched();
    if (is_record || (matched == steps_.size() && !is_array)) {
      record_depth_ = 1;
      is_wrapped_ = is_array;
      line_ = is_array ? "{\"value\":[" : "{";
      needs_comma_ = false;
      return true;
    }
    if (open_.size() >= kDepthMax) {
      return TooDeep();
    }
    open_.push_back({.is_array = is_array,
                     .has_records = matched == steps_.size(),
                     .matched = matched});
    return true;
  }

  bool End(char bracket) {
    if (record_depth_ == 0) {
      open_.pop_back();
      return true;
    }
    line_ += bracket;
    needs_comma_ = true;
    after_key_ = false;
    if (--record_depth_ > 0) {
      return true;
    }
    if (is_wrapped_) {
      line_ += '}';
    }
    return WriteRecord();
  }

  bool TooDeep() {
    return Fail(MakeError(
        ErrorCode::kResourceLimit,
        "Values are more than " + std::to_string(kDepthMax) + " deep within each other"));
  }

  bool WriteRecord() {
    constexpr int64_t kAskEvery = 1'024;
    needs_comma_ = false;
    if (cancelled_ && out_->num_records() % kAskEvery == 0 && cancelled_()) {
      return Fail(MakeError(ErrorCode::kCancelled, "Cancelled"));
    }
    Status written = out_->Write(line_);
    return written.ok() || Fail(std::move(written));
  }

  const std::vector<web::JsonPath::Step>& steps_;
  RecordFile* out_;
  const std::function<bool()>& cancelled_;
  Status status_;
  std::vector<Container> open_;  // outside of records
  size_t record_depth_ = 0;      // containers open within a record; 0: outside of one
  bool is_wrapped_ = false;      // the record is an array
  bool needs_comma_ = false;
  bool after_key_ = false;
  std::string line_;
  std::string quoted_;
};

Status CheckFollowable(const web::JsonPath& path) {
  for (const web::JsonPath::Step& step : path.steps()) {
    if (step.index && *step.index < 0) {
      return MakeError(ErrorCode::kNotSupported,
                       "A JSON path of a file counts from the front: " + path.text());
    }
  }
  return Status::OK();
}

bool SkipSpace(std::istream& input) {
  input >> std::ws;
  return input.good();
}

Status WriteFile(io::FileIO& io, const std::string& from, const web::JsonPath& path,
                 RecordFile* out, const std::function<bool()>& cancelled) {
  ARROW_ASSIGN_OR_RAISE(auto file, io.OpenInput(from));
  InputBuffer buffer(std::move(file));
  std::istream input(&buffer);
  const Status written = WriteJsonRecords(input, path, out, cancelled);
  RETURN_NOT_OK(buffer.status());
  RETURN_NOT_OK(written);
  if (out->num_records() == 0) {
    return MakeError(ErrorCode::kInvalidData,
                     "There is nothing at the JSON path " + path.text());
  }
  return Status::OK();
}

}  // namespace

Status WriteJsonRecords(std::istream& input, const web::JsonPath& path, RecordFile* out,
                        const std::function<bool()>& cancelled) {
  RETURN_NOT_OK(CheckFollowable(path));
  while (SkipSpace(input)) {
    RecordWriter writer(path.steps(), out, cancelled);
    const bool is_done =
        nlohmann::json::sax_parse(input, &writer, nlohmann::json::input_format_t::json,
                                  /*strict=*/false);
    if (!is_done) {
      return writer.status().ok() ? MakeError(ErrorCode::kInvalidData, "Not JSON")
                                  : writer.status();
    }
  }
  return Status::OK();
}

Result<Records> RecordsOfJson(io::FileIO& io, const std::vector<std::string>& paths,
                              const web::JsonPath& path, const std::string& directory,
                              const std::function<bool()>& cancelled) {
  Records records;
  for (const std::string& from : paths) {
    const std::string target = io::JoinLocation(
        directory, "rows-" + std::to_string(records.paths.size()) + ".jsonl");
    ARROW_ASSIGN_OR_RAISE(RecordFile out, RecordFile::Open(target));
    RETURN_NOT_OK(internal::InFile(from, WriteFile(io, from, path, &out, cancelled)));
    RETURN_NOT_OK(out.Close());
    records.paths.push_back(target);
    records.longest_bytes = std::max(records.longest_bytes, out.longest_bytes());
  }
  return records;
}

}  // namespace tarn::ingest::records
