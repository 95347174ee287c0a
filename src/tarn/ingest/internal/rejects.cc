#include "tarn/ingest/internal/rejects.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "tarn/base/error.h"

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

Status CannotWrite(const std::string& path, int error) {
  ErrorCode code = ErrorCode::kIoFailed;
  if (error == ENOSPC || error == EDQUOT) {
    code = ErrorCode::kDiskFull;
  }
  if (error == EACCES || error == EPERM || error == EROFS) {
    code = ErrorCode::kForbidden;
  }
  return MakeError(code,
                   "Cannot write rejected rows to " + path + ": " + std::strerror(error));
}

}  // namespace

Status WriteRejects(const std::string& path,
                    const std::vector<engine::RejectedRow>& rows) {
  std::string text = "file,line,column,message,row\n";
  for (const engine::RejectedRow& row : rows) {
    text += Quoted(row.file) + ',' + std::to_string(row.line) + ',' + Quoted(row.column) +
            ',' + Quoted(row.message) + ',' + Quoted(row.text) + '\n';
  }
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(
      std::fopen(path.c_str(), "wb"), &std::fclose);
  if (file == nullptr) {
    return CannotWrite(path, errno);
  }
  if (std::fwrite(text.data(), 1, text.size(), file.get()) != text.size() ||
      std::fflush(file.get()) != 0) {
    return CannotWrite(path, errno);
  }
  return Status::OK();
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
  if (rows.size() > 1) {
    text += " (and " + std::to_string(rows.size() - 1) + " more)";
  }
  return MakeError(ErrorCode::kInvalidData, advice.empty() ? text : text + "; " + advice);
}

}  // namespace tarn::ingest::internal
