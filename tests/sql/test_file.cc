#include "tests/sql/test_file.h"

#include <sstream>
#include <utility>

#include "tarn/base/error.h"

namespace tarn::sql_test {
namespace {

std::vector<std::string> Words(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) {
    words.push_back(word);
  }
  return words;
}

class FileParser {
 public:
  explicit FileParser(std::string_view text) {
    std::istringstream in{std::string(text)};
    for (std::string line; std::getline(in, line);) {
      lines_.push_back(line);
    }
  }

  Result<std::vector<Record>> Parse() {
    std::vector<Record> records;
    while (at_ < lines_.size()) {
      const std::string& line = lines_[at_];
      if (line.empty() || line[0] == '#') {
        ++at_;
        continue;
      }
      if (line.starts_with("foreach ") || line == "endforeach") {
        RETURN_NOT_OK(Repeat());
        continue;
      }
      Record record;
      record.line = static_cast<int>(at_) + 1;
      RETURN_NOT_OK(ParseHead(&record));
      if (record.kind != Kind::kRestart) {
        ParseBody(&record);
        FillIn(&record);
      }
      records.push_back(std::move(record));
    }
    return records;
  }

 private:
  Status Bad(const std::string& what) const {
    return MakeError(ErrorCode::kInvalidData,
                     "line " + std::to_string(at_ + 1) + ": " + what);
  }

  Status ParseHead(Record* record) {
    const std::vector<std::string> words = Words(lines_[at_]);
    if (words[0] == "restart") {
      record->kind = Kind::kRestart;
    } else if (words[0] == "statement" && words.size() >= 2 &&
               (words[1] == "ok" || words[1] == "error")) {
      record->kind = words[1] == "ok" ? Kind::kStatementOk : Kind::kStatementError;
      if (words.size() > 2) {
        record->session = words[2];
      }
    } else if (words[0] == "query" && words.size() >= 2) {
      record->kind = Kind::kQuery;
      record->num_columns = words[1].size();
      for (size_t i = 2; i < words.size(); ++i) {
        if (words[i] == "rowsort" || words[i] == "nosort") {
          record->sort = words[i] == "rowsort" ? Sort::kRows : Sort::kNone;
        } else {
          record->session = words[i];
        }
      }
    } else {
      return Bad("expected statement ok, statement error, query or restart, not: " +
                 lines_[at_]);
    }
    ++at_;
    return Status::OK();
  }

  void ParseBody(Record* record) {
    while (at_ < lines_.size() && !lines_[at_].empty() && lines_[at_] != "----") {
      record->sql += (record->sql.empty() ? "" : "\n") + lines_[at_++];
    }
    if (at_ >= lines_.size() || lines_[at_] != "----") {
      return;
    }
    ++at_;
    while (at_ < lines_.size() && !lines_[at_].empty()) {
      record->rows.push_back(lines_[at_++]);
    }
    if (record->kind == Kind::kStatementError && !record->rows.empty()) {
      record->error = record->rows[0];
    }
  }

  /// At the begin of a loop, or at its end.
  Status Repeat() {
    if (lines_[at_] != "endforeach") {
      loop_ = Words(lines_[at_++]);
      if (loop_.size() < 3) {
        return Bad("foreach needs a name and values");
      }
      loop_begin_ = at_;
    } else if (loop_.size() > 3) {
      loop_.erase(loop_.begin() + 2);
      at_ = loop_begin_;
    } else {
      loop_.clear();
      ++at_;
    }
    return Status::OK();
  }

  void FillIn(Record* record) const {
    if (loop_.empty()) {
      return;
    }
    const std::string name = "${" + loop_[1] + "}";
    const auto fill_in = [&](std::string* text) {
      for (size_t at = 0; (at = text->find(name, at)) != std::string::npos;) {
        text->replace(at, name.size(), loop_[2]);
        at += loop_[2].size();
      }
    };
    fill_in(&record->sql);
    fill_in(&record->error);
    for (std::string& row : record->rows) {
      fill_in(&row);
    }
  }

  std::vector<std::string> lines_;
  size_t at_ = 0;
  std::vector<std::string> loop_;  // "foreach", its name, the values still to come
  size_t loop_begin_ = 0;
};

}  // namespace

Result<std::vector<Record>> ParseTestFile(std::string_view text) {
  return FileParser(text).Parse();
}

}  // namespace tarn::sql_test
