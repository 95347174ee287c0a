#include "tarn/cli/shell/text_editor.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include <unistd.h>

#include "tarn/base/error.h"

namespace tarn::cli {
namespace {

namespace fs = std::filesystem;

std::string EditorCommand() {
  for (const char* variable : {"VISUAL", "EDITOR"}) {
    const char* const command = std::getenv(variable);
    if (command != nullptr && *command != '\0') {
      return command;
    }
  }
  return "vi";
}

/// A directory of its own, so that the file may have a name that editors know, and what
/// they leave beside it goes too.
class EditedFile {
 public:
  explicit EditedFile(std::string folder) : folder_(std::move(folder)) {}
  ~EditedFile() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  EditedFile(const EditedFile&) = delete;
  EditedFile& operator=(const EditedFile&) = delete;

  std::string path() const { return folder_ + "/statement.sql"; }

 private:
  std::string folder_;
};

}  // namespace

Result<std::string> EditInEditor(const std::string& text) {
  std::string folder = (fs::temp_directory_path() / "tarn-edit-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) {
    return MakeError(
        ErrorCode::kIoFailed,
        std::string("Cannot make a directory for the editor: ") + std::strerror(errno));
  }
  const EditedFile file(folder);
  std::ofstream(file.path(), std::ios::binary) << text << "\n";
  const std::string command = EditorCommand();
  const int code = std::system((command + " '" + file.path() + "'").c_str());
  if (code != 0) {
    return MakeError(ErrorCode::kIoFailed,
                     "The editor failed (VISUAL or EDITOR names another): " + command);
  }
  std::ifstream input(file.path(), std::ios::binary);
  std::string edited((std::istreambuf_iterator<char>(input)),
                     std::istreambuf_iterator<char>());
  while (!edited.empty() && (edited.back() == '\n' || edited.back() == '\r')) {
    edited.pop_back();
  }
  return edited;
}

}  // namespace tarn::cli
