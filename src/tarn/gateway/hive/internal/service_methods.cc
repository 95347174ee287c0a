// The service itself, and what Hive has that Tarn has not: answered as by a metastore
// without any, so that clients that look do not stop there.
#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/hive/internal/hive_call.h"

namespace tarn::gateway::hive {
namespace {

/// Of the metastore whose calls are answered; clients ask for what it can by this.
constexpr char kMetastoreVersion[] = "3.1.3";
constexpr int32_t kAlive = 2;  // of fb303's states

Result<HiveAnswer> GetVersion(const HiveCall&) { return ThriftValue(kMetastoreVersion); }
Result<HiveAnswer> GetName(const HiveCall&) { return ThriftValue("Tarn"); }
Result<HiveAnswer> GetStatus(const HiveCall&) { return ThriftValue(kAlive); }
Result<HiveAnswer> EmptyText(const HiveCall&) { return ThriftValue(""); }

Result<HiveAnswer> AliveSince(const HiveCall& call) {
  return ThriftValue(static_cast<int64_t>(call.services.started_at.count() / 1000));
}

Result<HiveAnswer> GetCounters(const HiveCall&) {
  ThriftMap counters;
  counters.value = ThriftType::kI64;
  return ThriftValue(std::move(counters));
}

Result<HiveAnswer> NoOptions(const HiveCall&) {
  return ThriftValue(std::map<std::string, std::string>());
}

Result<HiveAnswer> Nothing(const HiveCall&) { return std::nullopt; }

/// No setting of Hive's is known here: what the client takes where there is none.
Result<HiveAnswer> GetConfigValue(const HiveCall& call) {
  return ThriftValue(call.arguments.Text(2));
}

/// Nobody is believed by their own word; the name is taken note of and given back.
Result<HiveAnswer> SetUgi(const HiveCall& call) {
  return ThriftValue(std::vector<std::string>{call.arguments.Text(1)});
}

Result<HiveAnswer> NoTexts(const HiveCall&) {
  return ThriftValue(std::vector<std::string>());
}
Result<HiveAnswer> NoStructs(const HiveCall&) { return ThriftValue(StructList({})); }
Result<HiveAnswer> EmptyStruct(const HiveCall&) { return ThriftValue(ThriftStruct()); }

Result<HiveAnswer> StructWithNoStructs(const HiveCall&) {
  ThriftStruct answer;
  answer.Set(1, StructList({}));
  return ThriftValue(std::move(answer));
}

/// Events are not kept: the newest one is 0, as in a metastore where nothing happened.
Result<HiveAnswer> StructWithZero(const HiveCall&) {
  ThriftStruct answer;
  answer.Set(1, int64_t{0});
  return ThriftValue(std::move(answer));
}

Result<HiveAnswer> GetFunction(const HiveCall& call) {
  return MakeError(ErrorCode::kNoSuchTable,
                   "Function does not exist: " + call.arguments.Text(2));
}

Result<HiveAnswer> NoDelegationToken(const HiveCall&) {
  return MakeError(ErrorCode::kNotSupported,
                   "Tarn speaks no Kerberos and gives no delegation tokens");
}

Result<HiveAnswer> NoSettings(const HiveCall& call) {
  return MakeError(ErrorCode::kNotSupported,
                   "Tarn has no setting of Hive's: " + call.arguments.Text(1));
}

}  // namespace

std::vector<HiveMethod> ServiceMethods() {
  using enum HiveException;
  return {
      {"getName", &GetName},
      {"getVersion", &GetVersion},
      {"getStatus", &GetStatus},
      {"getStatusDetails", &EmptyText},
      {"getCounters", &GetCounters},
      {"getOptions", &NoOptions},
      {"aliveSince", &AliveSince},
      {"reinitialize", &Nothing, {}, true},
      {"shutdown", &Nothing, {}, true},
      {"getMetaConf", &EmptyText, {kMeta}},
      {"setMetaConf", &NoSettings, {kMeta}},
      {"flushCache", &Nothing},
      {"get_config_value", &GetConfigValue, {kConfigValueSecurity}},
      {"set_ugi", &SetUgi, {kMeta}},
      {"get_delegation_token", &NoDelegationToken, {kMeta}},
      {"get_all_functions", &StructWithNoStructs, {kMeta}},
      {"get_functions", &NoTexts, {kMeta}},
      {"get_function", &GetFunction, {kMeta, kNoSuchObject}},
      {"get_role_names", &NoTexts, {kMeta}},
      {"list_roles", &NoStructs, {kMeta}},
      {"list_privileges", &NoStructs, {kMeta}},
      {"get_privilege_set", &EmptyStruct, {kMeta}},
      {"get_principals_in_role", &StructWithNoStructs, {kMeta}},
      {"get_role_grants_for_principal", &StructWithNoStructs, {kMeta}},
      {"get_current_notificationEventId", &StructWithZero},
      {"get_next_notification", &StructWithNoStructs},
      {"get_notification_events_count", &StructWithZero},
  };
}

}  // namespace tarn::gateway::hive
