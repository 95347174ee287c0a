#include "tarn/ingest/internal/rejects.h"

#include <algorithm>

#include "tarn/base/error.h"
#include "tarn/ingest/internal/local_output.h"

namespace tarn::ingest::internal {
namespace {

std::string Quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) {
    return text;
  }
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') {
      out += '"';
    }
    out += c;
  }
  return out + '"';
}

}  // namespace

Status WriteRejects(const std::string& path,
                    const std::vector<engine::RejectedRow>& rows) {
  std::string text = "file,line,column,message,row\n";
  for (const engine::RejectedRow& row : rows) {
    text += Quoted(row.file) + ',' + std::to_string(row.line) + ',' + Quoted(row.column) +
            ',' + Quoted(row.message) + ',' + Quoted(row.text) + '\n';
  }
  ARROW_ASSIGN_OR_RAISE(LocalOutput file, LocalOutput::Open(path));
  RETURN_NOT_OK(WithContext("Rejected rows: ", file.Write(text)));
  return WithContext("Rejected rows: ", file.Close());
}

Status RejectsError(const std::vector<engine::RejectedRow>& rows,
                    const std::string& advice) {
  const engine::RejectedRow& row = rows.front();
  std::string message = row.message;
  std::replace(message.begin(), message.end(), '\n', ' ');
  std::string text = "Row refused at " + row.file + ":" + std::to_string(row.line);
  if (!row.column.empty()) {
    text += ", column " + row.column;
  }
  text += ": " + message;
  if (message.find("not utf-8 encoded") != std::string::npos) {
    text += "; --option encoding=windows-1252 (latin1, utf-16, …) says what it is in";
  }
  if (rows.size() > 1) {
    text += " (and " + std::to_string(rows.size() - 1) + " more)";
  }
  return MakeError(ErrorCode::kInvalidData, advice.empty() ? text : text + "; " + advice);
}

}  // namespace tarn::ingest::internal
