// Partition specs (spec: Partitioning) and the tuples of values they give.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "tarn/base/result.h"
#include "tarn/iceberg/ids.h"
#include "tarn/iceberg/schema.h"
#include "tarn/iceberg/transform.h"

namespace tarn::iceberg {

struct PartitionField {
  std::vector<FieldId> source_ids;  // one, but for v3 multi-argument transforms
  FieldId field_id = 0;             // >= kFirstPartitionFieldId
  std::string name;
  Transform transform = Identity{};

  FieldId source_id() const { return source_ids.front(); }
  bool operator==(const PartitionField&) const = default;
};

/// One value per field of a spec, in the spec's order; monostate is null.
using PartitionTuple = std::vector<Value>;

/// For hash containers keyed by the tuples of one spec (ValueEquals, ValueHash by
/// element).
struct PartitionTupleEquals {
  bool operator()(const PartitionTuple& left, const PartitionTuple& right) const;
};
struct PartitionTupleHash {
  size_t operator()(const PartitionTuple& tuple) const;
};

struct PartitionSpec {
  SpecId id;
  std::vector<PartitionField> fields;

  bool is_unpartitioned() const;  // no fields, or only void ones
  bool operator==(const PartitionSpec&) const = default;
};

/// Checks `spec` against `schema`: sources exist and are reachable through structs,
/// transforms apply, names are unique and clash with no column but an identity one's own,
/// no two fields repeat (source, transform); two time transforms of one source may be
/// (redundant_times.h). A void field may name a dropped source. For specs to write with;
/// what metadata files hold need not pass. Errors: kInvalidArgument, kNotSupported (a
/// transform that we cannot compute).
Status ValidateSpec(const PartitionSpec& spec, const Schema& schema);

/// Type of each partition value. A source that was dropped from `schema` or a transform
/// we do not know gives Type::Unknown() for its field, so that old specs stay readable.
std::vector<Type> PartitionTypes(const PartitionSpec& spec, const Schema& schema);
/// The same as a struct of optional fields with the partition field ids and names
/// (manifests' schema).
Type PartitionStruct(const PartitionSpec& spec, const Schema& schema);

/// "ts_day=2024-01-31/region=EU": names and values URL-escaped as Java's URLEncoder; ""
/// if unpartitioned.
std::string PartitionPath(const PartitionSpec& spec, const Schema& schema,
                          const PartitionTuple& tuple);

nlohmann::json PartitionSpecToJson(const PartitionSpec& spec);
/// The fields alone, as manifests' headers and v1 metadata hold them.
nlohmann::json PartitionFieldsToJson(const PartitionSpec& spec);
/// Errors: kInvalidData. Missing field ids (v1) are given from kFirstPartitionFieldId. A
/// field with several sources gets an UnknownTransform, whatever its name.
Result<PartitionSpec> PartitionSpecFromJson(const nlohmann::json& json);
Result<PartitionSpec> PartitionSpecFromFieldsJson(SpecId id,
                                                  const nlohmann::json& fields);

/// A field as a person declares it: "day(ts)", "bucket(id, 16)", "bucket(16, id)",
/// "truncate(name, 4)", "region", "days(ts)", "void(x)"; column names may be quoted with
/// " or `. Both Trino's and Spark's spelling. Gives the transform and the column's full
/// name. Errors: kSyntax.
struct PartitionTerm {
  Transform transform;
  std::string column;
};
Result<PartitionTerm> ParsePartitionTerm(std::string_view text);

/// The name Java gives a new partition field: "ts_day", "id_bucket", "name_trunc",
/// "region", "x_null".
std::string DefaultPartitionName(const Transform& transform, std::string_view column);

}  // namespace tarn::iceberg
