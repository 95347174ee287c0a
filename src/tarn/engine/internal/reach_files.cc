// The file system of a confined client: DuckDB's, behind a question for each path.
#include <string>
#include <utility>

#include <duckdb/common/opener_file_system.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/main/client_data.hpp>
#include <duckdb/main/config.hpp>

#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/reach_state.h"
#include "tarn/engine/internal/scan_file_list.h"

namespace tarn::engine {
namespace {

using duckdb::FileOpener;
using duckdb::OpenFileInfo;
using duckdb::optional_ptr;

/// SQL has no way to give a file this option.
bool IsOfTable(const OpenFileInfo& file) {
  return file.extended_info != nullptr &&
         file.extended_info->options.count(kOrdinalOption) > 0;
}

class ConfinedFileSystem final : public duckdb::OpenerFileSystem {
 public:
  ConfinedFileSystem(duckdb::ClientContext& context, const FileRoots& roots)
      : context_(context), roots_(roots) {}

  duckdb::FileSystem& GetFileSystem() const override {
    return *duckdb::DBConfig::GetConfig(context_).file_system;
  }
  optional_ptr<FileOpener> GetOpener() const override {
    return duckdb::ClientData::Get(context_).file_opener.get();
  }

  duckdb::vector<OpenFileInfo> Glob(const duckdb::string& path,
                                    FileOpener* opener) override {
    Check(path);
    auto found = OpenerFileSystem::Glob(path, opener);
    CheckAll(found);
    return found;
  }
  bool FileExists(const duckdb::string& path, optional_ptr<FileOpener> opener) override {
    Check(path);
    return OpenerFileSystem::FileExists(path, opener);
  }
  bool DirectoryExists(const duckdb::string& path,
                       optional_ptr<FileOpener> opener) override {
    Check(path);
    return OpenerFileSystem::DirectoryExists(path, opener);
  }
  bool IsPipe(const duckdb::string& path, optional_ptr<FileOpener> opener) override {
    Check(path);
    return OpenerFileSystem::IsPipe(path, opener);
  }

  // Nothing is written.
  void CreateDirectory(const duckdb::string& path, optional_ptr<FileOpener>) override {
    Refuse(path);
  }
  void RemoveDirectory(const duckdb::string& path, optional_ptr<FileOpener>) override {
    Refuse(path);
  }
  void MoveFile(const duckdb::string& from, const duckdb::string&,
                optional_ptr<FileOpener>) override {
    Refuse(from);
  }
  void RemoveFile(const duckdb::string& path, optional_ptr<FileOpener>) override {
    Refuse(path);
  }
  bool TryRemoveFile(const duckdb::string& path, optional_ptr<FileOpener>) override {
    Refuse(path);
  }
  void RemoveFiles(const duckdb::vector<duckdb::string>& paths,
                   optional_ptr<FileOpener>) override {
    Refuse(paths.empty() ? "" : paths.front());
  }

 protected:
  duckdb::unique_ptr<duckdb::FileHandle> OpenFileExtended(
      const OpenFileInfo& file, duckdb::FileOpenFlags flags,
      optional_ptr<FileOpener> opener) override {
    if (flags.OpenForWriting()) {
      Refuse(file.path);
    }
    if (!IsOfTable(file)) {
      Check(file.path);
    }
    return OpenerFileSystem::OpenFileExtended(file, flags, opener);
  }
  bool ListFilesExtended(const duckdb::string& directory,
                         const std::function<void(OpenFileInfo&)>& callback,
                         optional_ptr<FileOpener> opener) override {
    Check(directory);
    return OpenerFileSystem::ListFilesExtended(directory, callback, opener);
  }
  duckdb::unique_ptr<duckdb::MultiFileList> GlobFilesExtended(
      const duckdb::string& path, const duckdb::FileGlobInput& input,
      optional_ptr<FileOpener> opener) override {
    Check(path);
    auto found = OpenerFileSystem::GlobFilesExtended(path, input, opener)->GetAllFiles();
    CheckAll(found);
    return duckdb::make_uniq<duckdb::SimpleMultiFileList>(std::move(found));
  }

 private:
  void Check(const std::string& path) const {
    if (!roots_.Contains(path)) {
      Refuse(path);
    }
  }
  /// What matched may be a link to elsewhere.
  void CheckAll(const duckdb::vector<OpenFileInfo>& found) const {
    for (const OpenFileInfo& file : found) {
      Check(file.path);
    }
  }
  [[noreturn]] static void Refuse(const std::string& path) {
    ThrowStatus(
        NotAllowed("File " + path, "sql.file_roots names places that it may read"));
  }

  duckdb::ClientContext& context_;
  const FileRoots roots_;
};

}  // namespace

duckdb::unique_ptr<duckdb::FileSystem> MakeConfinedFileSystem(
    duckdb::ClientContext& context, const FileRoots& roots) {
  return duckdb::make_uniq<ConfinedFileSystem>(context, roots);
}

}  // namespace tarn::engine
