// Groups of commits whose COMMIT nobody has heard of: what each member is told, how it
// finds out, and what is in the table when all have sent their commits again.
#include <functional>
#include <set>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/catalog/internal/commit_fixture_test.h"
#include "tarn/catalog/internal/commit_service.h"
#include "tarn/catalog/internal/operation_rows.h"

namespace tarn::catalog::internal {
namespace {

enum class Truth : uint8_t { kApplied, kRolledBack };
enum class Settling : uint8_t { kWorks, kFails };

/// A database that loses the answer to one COMMIT, and perhaps is not there when it is
/// asked what came of it.
class UncertainDatabase final : public StoreDatabase {
 public:
  struct Fault {
    int after = 0;  // commits of entries that end well before
    Truth truth = Truth::kApplied;
    Settling settling = Settling::kWorks;
    std::function<void()> meanwhile = [] {};  // what others do before it is asked
  };

  explicit UncertainDatabase(std::unique_ptr<StoreDatabase> real)
      : real_(std::move(real)) {}

  void Arm(Fault fault) {
    fault_ = std::move(fault);
    is_armed_ = true;
    fails_to_settle_ = false;
  }
  bool has_fired() const { return !is_armed_; }

  Status Read(const Statements& read) override { return real_->Read(read); }

  Status Write(std::string_view catalog, WriteScope scope, const Statements& change,
               WriteOutcome* outcome) override {
    if (scope == WriteScope::kEverything && fails_to_settle_.exchange(false)) {
      *outcome = WriteOutcome::kNotApplied;
      return MakeError(ErrorCode::kUnavailable, "the database is down");
    }
    if (scope != WriteScope::kEntries || !is_armed_ || fault_.after-- > 0) {
      return real_->Write(catalog, scope, change, outcome);
    }
    bool is_complete = false;
    const Status status = real_->Write(
        catalog, scope,
        [&](SqlConnection& connection) -> Status {
          ARROW_RETURN_NOT_OK(change(connection));
          is_complete = true;
          return fault_.truth == Truth::kApplied
                     ? Status::OK()
                     : MakeError(ErrorCode::kIoFailed, "rolled back");
        },
        outcome);
    if (!is_complete) {
      ++fault_.after;  // it did not come to a COMMIT
      return status;
    }
    is_armed_ = false;
    fault_.meanwhile();
    fails_to_settle_ = fault_.settling == Settling::kFails;
    *outcome = WriteOutcome::kUnknown;
    return MakeError(ErrorCode::kIoFailed, "no answer to COMMIT");
  }

  const std::string& location() const override { return real_->location(); }

 private:
  const std::unique_ptr<StoreDatabase> real_;
  Fault fault_;
  std::atomic<bool> is_armed_{false};
  std::atomic<bool> fails_to_settle_{false};
};

/// A member of a group, and what it will ask for again.
struct Member {
  TableCommit commit;
  std::string key = {};  // empty: it has none
};

class CommitOutcomeTest : public CommitServiceTest {
 protected:
  CommitOutcomeTest() {
    auto real = SqliteDatabase::Open((directory_ / "catalog.db").string(),
                                     std::chrono::seconds(15));
    EXPECT_OK(real.status());
    database_ = std::make_shared<UncertainDatabase>(*std::move(real));
    parts_ =
        std::make_shared<CatalogParts>(CatalogOptions{.warehouse = "/warehouse"},
                                       database_, files_, SystemClock(), SystemRandom());
    catalog_ = std::make_unique<StoreCatalog>(parts_);
    rival_ = Open(files_);
  }

  Status SendAs(const Member& member) {
    return member.key.empty() ? Send(member.commit)
                              : catalog_->WithOperation({member.key, "d"})
                                    ->Commit({member.commit})
                                    .status();
  }
  /// One group of all, whose COMMIT fails as `fault` says.
  std::vector<Status> SendWithFault(const LoadedTable& table,
                                    const std::vector<Member>& members,
                                    UncertainDatabase::Fault fault) {
    fault.after = 1;  // that of who comes first, while the group gathers
    database_->Arm(std::move(fault));
    std::vector<std::function<Status()>> calls;
    for (const Member& member : members) {
      calls.emplace_back([&] { return SendAs(member); });
    }
    auto results = CallGrouped(SetProperty(table, "first", "1"), calls);
    EXPECT_TRUE(database_->has_fired());
    return results;
  }
  bool IsWrittenDown(const std::string& key) {
    std::optional<OperationRecord> record;
    EXPECT_OK(database_->Read([&](SqlConnection& connection) -> Status {
      ARROW_ASSIGN_OR_RAISE(record, FindOperation(connection, key));
      return Status::OK();
    }));
    return record && record->is_applied;
  }
  /// What a client sees that looks its own commit up.
  bool IsThere(const Member& member) {
    if (!member.key.empty()) {
      return IsWrittenDown(member.key);
    }
    const LoadedTable head = Head(member.commit.ident.name);
    for (const iceberg::TableUpdate& one : member.commit.updates) {
      if (const auto* added = std::get_if<iceberg::update::AddSnapshot>(&one)) {
        return head.metadata->FindSnapshot(added->snapshot.id) != nullptr;
      }
      if (const auto* set = std::get_if<iceberg::update::SetProperties>(&one)) {
        return head.metadata->properties.contains(set->updates.begin()->first);
      }
    }
    return false;
  }

  std::shared_ptr<UncertainDatabase> database_;
  std::unique_ptr<Catalog> rival_;  // another server on the same store
};

TEST_F(CommitOutcomeTest, EachMemberIsToldTheTruthOrCanFindItOut) {
  int round = 0;
  for (const Truth truth : {Truth::kApplied, Truth::kRolledBack}) {
    for (const Settling settling : {Settling::kWorks, Settling::kFails}) {
      for (const bool has_rival : {false, true}) {
        const std::string name = "t" + std::to_string(++round);
        SCOPED_TRACE(name);
        const bool is_applied = truth == Truth::kApplied;
        const LoadedTable made = MakeTable(name, {{"format-version", "3"}});
        ASSERT_OK(Send(Client(name).Append().commit));
        const ClientAppend appends[] = {Client(name).Append(), Client(name).Append(),
                                        Client(name).Append()};
        std::set<std::string> expected = FilesOf(files_, *Head(name).metadata);
        for (const ClientAppend& append : appends) {
          expected.insert(append.data_files.front());
        }
        const std::vector<Member> members = {{appends[0].commit, name + "-a"},
                                             {appends[1].commit},
                                             {SetProperty(made, "p", "1"), name + "-p"},
                                             {SetProperty(made, "q", "1")},
                                             {appends[2].commit, name + "-b"}};
        const auto rival = [&] {
          if (has_rival) {
            AppendClient client(*rival_, files_, Ident("ns", name));
            client.Load();
            const ClientAppend append = client.Append();
            expected.insert(append.data_files.front());
            EXPECT_OK(rival_->Commit({append.commit}).status());
          }
        };
        const size_t files_before = NumMetadataFiles(name);
        const auto results = SendWithFault(
            made, members, {.truth = truth, .settling = settling, .meanwhile = rival});
        for (size_t i = 0; i < members.size(); ++i) {
          SCOPED_TRACE("member " + std::to_string(i));
          EXPECT_EQ(IsThere(members[i]), is_applied);
          if (settling == Settling::kFails) {
            EXPECT_TRUE(IsOutcomeUnknown(results[i])) << results[i];
          } else if (is_applied) {
            EXPECT_OK(results[i]);
          } else {
            EXPECT_ERROR(results[i], ErrorCode::kIoFailed, "no answer to COMMIT");
          }
        }
        // The first one's file, the rival's, and the group's unless it is ruled out.
        const bool is_removed = !is_applied && settling == Settling::kWorks;
        EXPECT_EQ(NumMetadataFiles(name) - files_before,
                  1u + (has_rival ? 1 : 0) + (is_removed ? 0 : 1));
        for (const Member& member : members) {  // as HTTP layers do it
          const Status again = SendAs(member);
          EXPECT_TRUE(again.ok() || (is_applied && !member.key.empty() &&
                                     CodeOf(again) == ErrorCode::kOperationRepeated))
              << again;
          EXPECT_TRUE(IsThere(member));
        }
        const LoadedTable head = Head(name);
        EXPECT_EQ(FilesOf(files_, *head.metadata), expected);
        EXPECT_EQ(head.metadata->snapshots.size(), expected.size());
        CheckNumbers(files_, *head.metadata);
      }
    }
  }
}

TEST_F(CommitOutcomeTest, AHistoryThatDoesNotReachBackIsNoProof) {
  for (const Truth truth : {Truth::kApplied, Truth::kRolledBack}) {
    const std::string name = truth == Truth::kApplied ? "applied" : "rolled";
    SCOPED_TRACE(name);
    const LoadedTable made =
        MakeTable(name, {{"write.metadata.previous-versions-max", "1"}});
    const ClientAppend append = Client(name).Append();
    const auto rivals = [&] {
      for (int i = 0; i < 3; ++i) {
        EXPECT_OK(rival_->Commit({SetProperty(made, "rival", std::to_string(i))}));
      }
    };
    const std::vector<Member> members = {{append.commit}, {SetProperty(made, "p", "1")}};
    for (const Status& status :
         SendWithFault(made, members, {.truth = truth, .meanwhile = rivals})) {
      EXPECT_TRUE(IsOutcomeUnknown(status)) << status;
    }
    for (const Member& member : members) {
      EXPECT_EQ(IsThere(member), truth == Truth::kApplied);
      EXPECT_OK(SendAs(member));
    }
    EXPECT_EQ(FilesOf(files_, *Head(name).metadata).size(), 1u);
    EXPECT_EQ(Head(name).metadata->snapshots.size(), 1u);
  }
}

/// A client that got no answer has asked another server, with the same key.
TEST_F(CommitOutcomeTest, AKeyThatAnotherServerWroteIsNoProofForTheGroup) {
  const LoadedTable made = MakeTable("t");
  const Member keyed{SetProperty(made, "p", "1"), "k"};
  const Member other{SetProperty(made, "q", "1")};
  const auto rival = [&] {
    EXPECT_OK(rival_->WithOperation({keyed.key, "d"})->Commit({keyed.commit}));
  };
  const auto results = SendWithFault(made, {keyed, other},
                                     {.truth = Truth::kRolledBack, .meanwhile = rival});
  EXPECT_FALSE(results[1].ok()) << "the answer is for a commit that is not there";
  EXPECT_FALSE(IsThere(other));
  EXPECT_TRUE(IsThere(keyed));
  EXPECT_ERROR(SendAs(keyed), ErrorCode::kOperationRepeated, "k");
  EXPECT_OK(SendAs(other));
}

TEST_F(CommitOutcomeTest, ATableThatWasMadeIsKnownByItsUuid) {
  for (const Truth truth : {Truth::kApplied, Truth::kRolledBack}) {
    const std::string name = truth == Truth::kApplied ? "applied" : "rolled";
    SCOPED_TRACE(name);
    const auto create = [&](Catalog& catalog) {
      return CreateTable(catalog, Ident("ns", name));
    };
    database_->Arm({.truth = truth, .meanwhile = [&] {
                      // Others found the table, or the name, free.
                      auto table = rival_->LoadTable(Ident("ns", name));
                      if (!table.ok()) {
                        table = create(*rival_);
                      }
                      ASSERT_OK(table.status());
                      for (const char* value : {"1", "2", "3"}) {
                        EXPECT_OK(rival_->Commit({SetProperty(*table, "p", value)}));
                      }
                    }});
    const auto made = create(*catalog_);
    EXPECT_EQ(made.ok(), truth == Truth::kApplied) << made.status();
    EXPECT_FALSE(!made.ok() && IsOutcomeUnknown(made.status())) << made.status();
    EXPECT_EQ(Head(name).metadata->properties.at("p"), "3");
  }
}

}  // namespace
}  // namespace tarn::catalog::internal
