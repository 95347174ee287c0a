// A catalog in memory that fails and lies on demand.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tarn/base/clock.h"
#include "tarn/catalog/catalog.h"

namespace tarn::testing {

enum class Applied : uint8_t { kNo, kYes };

/// Tables and namespaces with the rules of Catalog; views are refused. Nothing is written
/// to files: metadata locations are names only. Dropped tables stay for an hour of the
/// clock once KeepDropped() was called. Thread-safe.
class FakeCatalog : public catalog::Catalog {
 public:
  explicit FakeCatalog(Clock& clock)
      : FakeCatalog(clock, std::make_shared<State>(), std::nullopt) {}

  void KeepDropped();
  bool HasOperation(const std::string& key) const;

  /// The next Commit() returns `status`, and is applied all the same or not.
  void FailNextCommit(Status status, Applied applied);
  /// The next LoadTable() returns `status`.
  void FailNextLoad(Status status);
  /// Called once, at the beginning of the next Commit(): another writer that is faster.
  void BeforeNextCommit(std::function<void()> callback);
  int64_t num_commits() const;  // calls of Commit()

  const std::string& name() const override { return name_; }
  std::unique_ptr<catalog::Catalog> WithOperation(
      const catalog::Operation& operation) override;
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
  Status DropTable(const iceberg::TableIdent& ident,
                   const catalog::DropOptions& options = {}) override;
  Status RenameTable(const iceberg::TableIdent& from,
                     const iceberg::TableIdent& to) override;
  std::chrono::milliseconds undrop_retention() const override;
  Result<std::vector<catalog::DroppedTable>> ListDroppedTables(
      const iceberg::Namespace& ns) override;
  Result<std::vector<catalog::DroppedTable>> ListExpiredTables() override;
  Result<catalog::LoadedTable> UndropTable(
      const std::string& id, const std::optional<iceberg::TableIdent>& as) override;
  Status ExpireDroppedTable(const std::string& id) override;
  Status ForgetDroppedTable(const std::string& id) override;
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
  struct Dropped {
    catalog::DroppedTable dropped;
    catalog::LoadedTable table;
  };
  /// Shared with the copies for one operation.
  struct State {
    std::mutex mutex;  // guards what follows
    std::map<iceberg::Namespace, catalog::Properties> namespaces;
    std::map<iceberg::TableIdent, catalog::LoadedTable> tables;
    std::map<std::string, Dropped> dropped;  // by id
    std::set<std::string> operations;        // keys
    std::chrono::milliseconds retention{0};
    std::optional<std::pair<Status, Applied>> commit_failure;
    std::optional<Status> load_failure;
    std::function<void()> before_commit;
    int64_t num_commits = 0;
  };

  FakeCatalog(Clock& clock, std::shared_ptr<State> state,
              std::optional<catalog::Operation> operation)
      : clock_(clock), state_(std::move(state)), operation_(std::move(operation)) {}

  /// Runs `change` under the lock, and writes the operation down if it went well.
  template <typename Fn>
  auto Change(Fn&& change) -> decltype(change(std::declval<State&>()));
  Result<std::vector<catalog::LoadedTable>> CommitLocked(
      State& state, const std::vector<catalog::TableCommit>& commits);
  std::vector<catalog::DroppedTable> ListDroppedIf(
      const std::function<bool(const catalog::DroppedTable&)>& wanted) const;

  Clock& clock_;
  const std::string name_ = "fake";
  const std::shared_ptr<State> state_;
  const std::optional<catalog::Operation> operation_;
};

}  // namespace tarn::testing
