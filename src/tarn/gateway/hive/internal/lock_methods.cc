// Locks as Hive's clients ask for them.
#include <algorithm>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/hive/internal/hive_call.h"
#include "tarn/gateway/hive/internal/hive_names.h"

namespace tarn::gateway::hive {
namespace {

/// Of Hive's LockRequest. What is no kind that we know counts as exclusive.
LockRequest RequestOf(const ThriftStruct& given) {
  LockRequest request{.targets = {},
                      .user = given.Text(3),
                      .host = given.Text(4),
                      .agent = given.Text(5)};
  for (const ThriftStruct* const component : given.Structs(1)) {
    const int64_t kind = component->Integer(1);
    const bool is_known = kind >= 1 && kind <= 4;
    request.targets.push_back(
        {.kind = is_known ? static_cast<LockKind>(kind) : LockKind::kExclusive,
         .database = FoldName(DatabaseOf(component->Text(3))),
         .table = FoldName(component->Text(4)),
         .partition = component->Text(5)});
  }
  return request;
}

ThriftValue LockAnswer(int64_t id, LockState state) {
  ThriftStruct answer;
  answer.Set(1, id).Set(2, static_cast<int32_t>(state));
  return answer;
}

Result<HiveAnswer> Lock(const HiveCall& call) {
  const ThriftStruct& given = call.arguments.Struct(1);
  ARROW_ASSIGN_OR_RAISE(const LockTable::Answer answer,
                        call.services.locks.Lock(RequestOf(given)));
  call.connection_locks.push_back(answer.id);
  return LockAnswer(answer.id, answer.state);
}

Result<HiveAnswer> CheckLock(const HiveCall& call) {
  const int64_t id = call.arguments.Struct(1).Integer(1);
  ARROW_ASSIGN_OR_RAISE(const LockState state, call.services.locks.Check(id));
  return LockAnswer(id, state);
}

Result<HiveAnswer> Unlock(const HiveCall& call) {
  const int64_t id = call.arguments.Struct(1).Integer(1);
  std::erase(call.connection_locks, id);
  ARROW_RETURN_NOT_OK(call.services.locks.Unlock(id));
  return std::nullopt;
}

/// Of a lock; there are no transactions to keep alive.
Result<HiveAnswer> Heartbeat(const HiveCall& call) {
  const int64_t id = call.arguments.Struct(1).Integer(1);
  ARROW_RETURN_NOT_OK(call.services.locks.Heartbeat(id));
  return std::nullopt;
}

ThriftStruct Shown(const LockInfo& lock, const LockTarget& target) {
  ThriftStruct shown;
  shown.Set(1, lock.id).Set(2, target.database);
  if (!target.table.empty()) {
    shown.Set(3, target.table);
  }
  if (!target.partition.empty()) {
    shown.Set(4, target.partition);
  }
  shown.Set(5, static_cast<int32_t>(lock.state))
      .Set(6, static_cast<int32_t>(target.kind))
      .Set(8, static_cast<int64_t>(lock.last_heartbeat.count()));
  if (lock.state == LockState::kAcquired) {
    shown.Set(9, static_cast<int64_t>(lock.acquired_at.count()));
  }
  shown.Set(10, lock.request.user).Set(11, lock.request.host).Set(13, lock.request.agent);
  return shown;
}

Result<HiveAnswer> ShowLocks(const HiveCall& call) {
  const ThriftStruct& request = call.arguments.Struct(1);
  std::vector<ThriftStruct> shown;
  for (const LockInfo& lock : call.services.locks.List(
           FoldName(DatabaseOf(request.Text(1))), FoldName(request.Text(2)))) {
    for (const LockTarget& target : lock.request.targets) {
      shown.push_back(Shown(lock, target));
    }
  }
  ThriftStruct answer;
  answer.Set(1, StructList(std::move(shown)));
  return ThriftValue(std::move(answer));
}

}  // namespace

std::vector<HiveMethod> LockMethods() {
  using enum HiveException;
  return {
      {"lock", &Lock, {kNoSuchTransaction, kTransactionAborted}},
      {"check_lock", &CheckLock, {kNoSuchTransaction, kTransactionAborted, kNoSuchLock}},
      {"unlock", &Unlock, {kNoSuchLock, kTransactionOpen}},
      {"heartbeat", &Heartbeat, {kNoSuchLock, kNoSuchTransaction, kTransactionAborted}},
      {"show_locks", &ShowLocks},
  };
}

}  // namespace tarn::gateway::hive
