// Runs SQL test files, each on a fresh warehouse of its own, and prints "N passed, N
// failed".
//
//   sql_logic_test [--xml=FILE] FILE_OR_FOLDER…

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <regex>
#include <sstream>

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <stdlib.h>

#include "tests/sql/test_file.h"
#include "tests/sql/value_text.h"

#include "tarn/base/clock.h"
#include "tarn/base/error.h"
#include "tarn/catalog/sqlite_catalog.h"
#include "tarn/engine/engine.h"
#include "tarn/io/file_io.h"

namespace tarn::sql_test {
namespace {

namespace fs = std::filesystem;

/// A directory that is gone with its owner.
class TempHome {
 public:
  TempHome() {
    std::string path = (fs::temp_directory_path() / "tarn-sql-XXXXXX").string();
    path_ = mkdtemp(path.data()) == nullptr ? std::string() : path;
  }
  ~TempHome() {
    std::error_code best_effort;
    if (!path_.empty()) {
      fs::remove_all(path_, best_effort);
    }
  }
  TempHome(const TempHome&) = delete;
  TempHome& operator=(const TempHome&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string Replace(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

/// The program under test: catalog, engine and sessions over one home.
class Warehouse {
 public:
  explicit Warehouse(const std::string& home) : home_(home), io_(io::MakeFileIO({})) {}

  Status Open() {
    sessions_.clear();
    engine_.reset();
    catalog_.reset();
    ARROW_ASSIGN_OR_RAISE(
        catalog_, catalog::OpenSqliteCatalog(
                      {.path = home_ + "/catalog.db", .warehouse = home_ + "/warehouse"},
                      *io_, SystemClock(), SystemRandom()));
    const table::Context context{*catalog_, *io_, SystemClock(), SystemRandom()};
    const engine::EngineOptions options{.threads = 4,
                                        .spill_directory = home_ + "/spill"};
    ARROW_ASSIGN_OR_RAISE(engine_, engine::Engine::Open(options, context));
    return Status::OK();
  }

  /// Rows as texts, columns split by tabs.
  Result<std::vector<std::string>> Run(const Record& record, size_t* num_columns) {
    auto& session = sessions_[record.session];
    if (session == nullptr) {
      ARROW_ASSIGN_OR_RAISE(session, engine_->Connect());
    }
    ARROW_ASSIGN_OR_RAISE(auto stream,
                          session->Execute(Replace(record.sql, "{HOME}", home_)));
    *num_columns = static_cast<size_t>(stream->schema()->num_fields());
    std::vector<std::string> rows;
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(const auto batch, stream->Next());
      if (batch == nullptr) {
        return rows;
      }
      for (int64_t i = 0; i < batch->num_rows(); ++i) {
        std::string row;
        for (int column = 0; column < batch->num_columns(); ++column) {
          ARROW_ASSIGN_OR_RAISE(const std::string value,
                                ValueText(*batch->column(column), i));
          row += (column == 0 ? "" : "\t") + value;
        }
        // A cell of several lines (EXPLAIN, SHOW CREATE TABLE) is so many lines of the
        // test file.
        std::istringstream lines(row);
        for (std::string line; std::getline(lines, line);) {
          rows.push_back(line);
        }
      }
    }
  }

 private:
  std::string home_;
  std::unique_ptr<io::FileIO> io_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<engine::Engine> engine_;
  std::map<std::string, std::unique_ptr<engine::Session>> sessions_;
};

constexpr std::string_view kContains = "<CONTAINS>:";

bool RowMatches(const std::string& expected, const std::string& actual) {
  constexpr std::string_view kRegex = "<REGEX>:";
  if (!expected.starts_with(kRegex)) {
    return expected == actual;
  }
  return std::regex_match(actual, std::regex(expected.substr(kRegex.size())));
}

std::string Join(const std::vector<std::string>& rows) {
  std::string text;
  for (const std::string& row : rows) {
    text += "    " + row + "\n";
  }
  return text;
}

/// For results whose exact text is not ours, such as EXPLAIN's.
std::optional<std::string> FindParts(const Record& record,
                                     const std::vector<std::string>& rows) {
  for (const std::string& expected : record.rows) {
    const std::string part = expected.substr(kContains.size());
    const bool found = std::any_of(rows.begin(), rows.end(), [&](const std::string& row) {
      return row.find(part) != std::string::npos;
    });
    if (!found) {
      return "not found: " + part + "\n  in\n" + Join(rows);
    }
  }
  return {};
}

std::optional<std::string> CompareRows(const Record& record,
                                       std::vector<std::string> rows,
                                       size_t num_columns) {
  if (num_columns != record.num_columns) {
    return fmt::format("{} columns expected, {} found", record.num_columns, num_columns);
  }
  const bool parts =
      !record.rows.empty() &&
      std::all_of(record.rows.begin(), record.rows.end(),
                  [](const std::string& row) { return row.starts_with(kContains); });
  if (parts) {
    return FindParts(record, rows);
  }
  std::vector<std::string> expected = record.rows;
  if (record.sort == Sort::kRows) {
    std::sort(rows.begin(), rows.end());
    std::sort(expected.begin(), expected.end());
  }
  const bool same =
      std::equal(expected.begin(), expected.end(), rows.begin(), rows.end(), RowMatches);
  if (same) {
    return {};
  }
  return "expected\n" + Join(expected) + "  found\n" + Join(rows);
}

/// What is wrong; unset if nothing is.
std::optional<std::string> RunRecord(Warehouse& warehouse, const Record& record) {
  if (record.kind == Kind::kRestart) {
    const Status status = warehouse.Open();
    return status.ok() ? std::optional<std::string>()
                       : "restart failed: " + status.message();
  }
  size_t num_columns = 0;
  const auto rows = warehouse.Run(record, &num_columns);
  if (record.kind == Kind::kStatementError) {
    if (rows.ok()) {
      return "an error was expected, the statement succeeded";
    }
    const std::string found =
        std::string(InfoOf(CodeOf(rows.status())).name) + ": " + rows.status().message();
    if (std::regex_search(found, std::regex(record.error))) {
      return {};
    }
    return "error expected: " + record.error + "\n  found: " + found;
  }
  if (!rows.ok()) {
    return std::string(InfoOf(CodeOf(rows.status())).name) + ": " +
           rows.status().message();
  }
  return record.kind == Kind::kQuery ? CompareRows(record, *rows, num_columns)
                                     : std::nullopt;
}

std::optional<std::string> RunFile(const fs::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  if (!in) {
    return "cannot be read";
  }
  const auto records = ParseTestFile(text.str());
  if (!records.ok()) {
    return records.status().message();
  }
  if (records->empty()) {
    return "there is no test in the file";
  }
  const TempHome home;
  if (home.path().empty()) {
    return "cannot make a temporary directory";
  }
  Warehouse warehouse(home.path());
  const Status opened = warehouse.Open();
  if (!opened.ok()) {
    return opened.message();
  }
  for (const Record& record : *records) {
    if (auto wrong = RunRecord(warehouse, record)) {
      return fmt::format("{}:{}: {}\n  {}", path.filename().string(), record.line,
                         record.sql, *wrong);
    }
  }
  return {};
}

std::vector<fs::path> FilesOf(const std::vector<std::string>& arguments) {
  std::vector<fs::path> files;
  for (const std::string& argument : arguments) {
    if (!fs::is_directory(argument)) {
      files.emplace_back(argument);
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator(argument)) {
      if (entry.path().extension() == ".test") {
        files.push_back(entry.path());
      }
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string XmlEscape(std::string text) {
  text = Replace(std::move(text), "&", "&amp;");
  text = Replace(std::move(text), "<", "&lt;");
  text = Replace(std::move(text), "\"", "&quot;");
  std::erase_if(text, [](char c) {
    return static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\t';
  });
  return text;
}

int Main(const std::vector<std::string>& arguments) {
  std::string xml_path;
  std::vector<std::string> paths;
  for (const std::string& argument : arguments) {
    if (argument.starts_with("--xml=")) {
      xml_path = argument.substr(6);
    } else {
      paths.push_back(argument);
    }
  }
  int passed = 0;
  int failed = 0;
  std::string cases;
  for (const fs::path& file : FilesOf(paths)) {
    const auto wrong = RunFile(file);
    const std::string name = XmlEscape(file.stem().string());
    (wrong.has_value() ? failed : passed) += 1;
    if (wrong.has_value()) {
      std::cout << "FAILED " << *wrong << "\n";
    }
    cases += fmt::format(
        "<testcase classname=\"sql\" name=\"{}\" status=\"run\">{}</testcase>\n", name,
        wrong.has_value() ? "<failure message=\"" + XmlEscape(*wrong) + "\"/>" : "");
  }
  if (!xml_path.empty()) {
    fs::create_directories(fs::path(xml_path).parent_path());
    std::ofstream(xml_path) << "<testsuites><testsuite name=\"sql\">\n"
                            << cases << "</testsuite></testsuites>\n";
  }
  std::cout << passed << " passed, " << failed << " failed\n";
  return failed == 0 && passed > 0 ? 0 : 1;
}

}  // namespace
}  // namespace tarn::sql_test

int main(int argc, char** argv) {
  return tarn::sql_test::Main(std::vector<std::string>(argv + 1, argv + argc));
}
