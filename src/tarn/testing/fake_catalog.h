// A catalog in memory that fails and lies on demand.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "tarn/base/clock.h"
#include "tarn/catalog/catalog.h"

namespace tarn::testing {

enum class Applied : uint8_t { kNo, kYes };

/// Tables and namespaces with the rules of Catalog; views are refused. Nothing is written
/// to files: metadata locations are names only. Thread-safe.
class FakeCatalog : public catalog::Catalog {
 public:
  explicit FakeCatalog(Clock& clock) : clock_(clock) {}

  /// The next Commit() returns `status`, and is applied all the same or not.
  void FailNextCommit(Status status, Applied applied);
  /// The next LoadTable() returns `status`.
  void FailNextLoad(Status status);
  /// Called once, at the beginning of the next Commit(): another writer that is faster.
  void BeforeNextCommit(std::function<void()> callback);
  int64_t num_commits() const;  // calls of Commit()

  const std::string& name() const override { return name_; }
  Status CreateNamespace(const iceberg::Namespace& ns,
                         const catalog::Properties& properties) override;
  Result<std::vector<iceberg::Namespace>> ListNamespaces(
      const iceberg::Namespace& parent) override;
  Result<catalog::Properties> LoadNamespaceProperties(
      const iceberg::Namespace& ns) override;
  Status UpdateNamespaceProperties(const iceberg::Namespace& ns,
                                   const catalog::Properties& updates,
                                   const std::vector<std::string>& removals) override;
  Status DropNamespace(const iceberg::Namespace& ns) override;
  Result<std::vector<iceberg::TableIdent>> ListTables(
      const iceberg::Namespace& ns) override;
  Result<catalog::LoadedTable> LoadTable(const iceberg::TableIdent& ident) override;
  Result<bool> TableExists(const iceberg::TableIdent& ident) override;
  Result<catalog::LoadedTable> RegisterTable(const iceberg::TableIdent& ident,
                                             const std::string& metadata_location,
                                             catalog::IfExists if_exists) override;
  Status DropTable(const iceberg::TableIdent& ident) override;
  Status RenameTable(const iceberg::TableIdent& from,
                     const iceberg::TableIdent& to) override;
  Result<std::vector<catalog::LoadedTable>> Commit(
      const std::vector<catalog::TableCommit>& commits) override;
  Result<std::vector<iceberg::TableIdent>> ListViews(
      const iceberg::Namespace& ns) override;
  Result<catalog::LoadedView> LoadView(const iceberg::TableIdent& ident) override;
  Result<bool> ViewExists(const iceberg::TableIdent& ident) override;
  Result<catalog::LoadedView> CreateView(const catalog::NewView& view) override;
  Result<catalog::LoadedView> CommitView(const catalog::ViewCommit& commit) override;
  Result<catalog::LoadedView> RegisterView(const iceberg::TableIdent& ident,
                                           const std::string& metadata_location) override;
  Status DropView(const iceberg::TableIdent& ident) override;
  Status RenameView(const iceberg::TableIdent& from,
                    const iceberg::TableIdent& to) override;
  Result<std::string> NewTableLocation(const iceberg::TableIdent& ident) override;

 private:
  Result<std::vector<catalog::LoadedTable>> CommitLocked(
      const std::vector<catalog::TableCommit>& commits);

  Clock& clock_;
  const std::string name_ = "fake";
  mutable std::mutex mutex_;  // guards what follows
  std::map<iceberg::Namespace, catalog::Properties> namespaces_;
  std::map<iceberg::TableIdent, catalog::LoadedTable> tables_;
  std::optional<std::pair<Status, Applied>> commit_failure_;
  std::optional<Status> load_failure_;
  std::function<void()> before_commit_;
  int64_t num_commits_ = 0;
};

}  // namespace tarn::testing
