// Bodies of requests that change things or plan scans: whatever they hold, they are
// refused or read, and what is read does not break what it is applied to.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"
#include "tarn/gateway/iceberg_rest/function_store.h"
#include "tarn/gateway/iceberg_rest/internal/client_scan.h"
#include "tarn/gateway/iceberg_rest/label_store.h"
#include "tarn/gateway/iceberg_rest/report_store.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/iceberg/table_update.h"
#include "tarn/testing/fake_clock.h"

namespace tarn::gateway {
namespace {

using iceberg::Type;

std::shared_ptr<const iceberg::TableMetadata> SomeTable() {
  iceberg::NewTable table;
  table.fields = {{.id = 1, .name = "id", .type = Type::Long()},
                  {.id = 2, .name = "at", .type = Type::TimestampTz()}};
  table.spec.fields = {{.source_ids = {1},
                        .field_id = 1000,
                        .name = "p",
                        .transform = iceberg::Bucket{4}}};
  table.location = "/warehouse/t";
  table.table_uuid = "42fd3f91-bc10-41c1-8a52-92b57dd0a9b2";
  return iceberg::MakeTableMetadata(table).ValueOrDie();
}

void PlanIt(const Json& body) {
  static const auto table = SomeTable();
  auto request = internal::ClientScanRequestFromJson(body);
  if (!request.ok()) {
    return;
  }
  const auto scan = internal::PinScan(table, *std::move(request));
  if (!scan.ok()) {
    return;
  }
  const auto again =
      internal::PinnedScanFromJson(internal::PinnedScanToJson(*scan), table);
  TARN_CHECK(again.ok());
  if (scan->request.filter) {
    (void)iceberg::ClientFilterFromJson(*scan->request.filter, *scan->schema,
                                        scan->request.names);
  }
}

void CommitIt(const Json& body) {
  static const auto table = SomeTable();
  std::vector<iceberg::TableUpdate> updates;
  for (const Json& json : body.value("updates", Json::array())) {
    auto update = iceberg::TableUpdateFromJson(json);
    if (!update.ok()) {
      return;
    }
    updates.push_back(*std::move(update));
  }
  for (const Json& json : body.value("requirements", Json::array())) {
    (void)iceberg::TableRequirementFromJson(json);
  }
  const auto changed = iceberg::ApplyUpdates(*table, "/warehouse/t/metadata/1.json",
                                             updates, std::chrono::milliseconds(1));
  if (changed.ok()) {
    (void)iceberg::TableMetadataToJson(**changed);
  }
}

}  // namespace
}  // namespace tarn::gateway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto body = tarn::ParseJson(text, "request");
  if (!body.ok()) {
    return 0;
  }
  static tarn::testing::FakeClock clock;
  tarn::gateway::ReportStore reports({}, clock);
  (void)tarn::gateway::LabelsFromJson(*body);
  (void)tarn::gateway::CheckFunctionMetadata(*body);
  (void)reports.Add("t", *body);
  if (body->is_object()) {
    tarn::gateway::PlanIt(*body);
    tarn::gateway::CommitIt(*body);
  }
  return 0;
}
