#include "tarn/iceberg/partition_update.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/internal/schema_edit.h"
#include "tarn/iceberg/redundant_times.h"

namespace tarn::iceberg {
namespace {

Status Refuse(std::string message) {
  return MakeError(ErrorCode::kInvalidArgument, std::move(message));
}

bool IsVoid(const PartitionField& field) {
  return std::holds_alternative<Void>(field.transform);
}

// With the transform's argument, so that bucket(8, id) can follow bucket(4, id).
std::string NameOfAdded(const Transform& transform, const std::string& column) {
  std::string name = DefaultPartitionName(transform, column);
  if (const auto* bucket = std::get_if<Bucket>(&transform)) {
    name += "_" + std::to_string(bucket->num_buckets);
  } else if (const auto* truncate = std::get_if<Truncate>(&transform)) {
    name += "_" + std::to_string(truncate->width);
  }
  return name;
}

std::string TermText(const Transform& transform, const std::string& column) {
  return TransformToString(transform) + " of '" + column + "'";
}

/// Equal but for the ids that a catalog gives.
bool SameFields(const PartitionSpec& a, const PartitionSpec& b) {
  return std::ranges::equal(a.fields, b.fields, [](const auto& x, const auto& y) {
    return x.source_ids == y.source_ids && x.transform == y.transform && x.name == y.name;
  });
}

}  // namespace

PartitionUpdate::PartitionUpdate(const TableMetadata& table, NameCase name_case)
    : table_(table),
      name_case_(name_case),
      spec_(table.spec()),
      last_partition_id_(table.last_partition_id) {
  for (const PartitionSpec& spec : table.partition_specs) {
    for (const PartitionField& field : spec.fields) {
      last_partition_id_ = std::max(last_partition_id_, field.field_id);
    }
  }
}

Result<PartitionUpdate::Resolved> PartitionUpdate::Resolve(
    const PartitionTerm& term) const {
  const Field* source = internal::FindField(table_.schema(), term.column, name_case_);
  if (source == nullptr) {
    return MakeError(ErrorCode::kNoSuchColumn, "Column does not exist: " + term.column);
  }
  return Resolved{.source_id = source->id,
                  .transform = term.transform,
                  .column = table_.schema().NameOf(source->id)};
}

PartitionField* PartitionUpdate::FindByTerm(const Resolved& term) {
  const auto found = std::ranges::find_if(spec_.fields, [&](const PartitionField& field) {
    return field.source_ids == std::vector{term.source_id} &&
           field.transform == term.transform;
  });
  return found == spec_.fields.end() ? nullptr : &*found;
}

PartitionField* PartitionUpdate::FindByName(const std::string& name) {
  const auto found = std::ranges::find_if(spec_.fields, [&](const PartitionField& field) {
    return internal::SameName(field.name, name, name_case_);
  });
  return found == spec_.fields.end() ? nullptr : &*found;
}

// The newest field of a spec for this term. Version 1 gives ids by position: only the
// current spec has some to reuse.
const PartitionField* PartitionUpdate::FindInHistory(const Resolved& term) const {
  const PartitionField* found = nullptr;
  for (const PartitionSpec& spec : table_.partition_specs) {
    if (table_.format_version < 2 && spec.id != table_.default_spec_id) {
      continue;
    }
    for (const PartitionField& field : spec.fields) {
      if (field.source_ids == std::vector{term.source_id} &&
          field.transform == term.transform) {
        found = &field;
      }
    }
  }
  return found;
}

// What others' clients made redundant stays so.
Status PartitionUpdate::Validate() const {
  const Schema& schema = table_.schema();
  ARROW_RETURN_NOT_OK(ValidateSpec(spec_, schema));
  return RefuseRedundantTimes(table_.spec(), schema).ok()
             ? RefuseRedundantTimes(spec_, schema)
             : Status::OK();
}

// A void field, all that is left of a removed one, gives up a name that is needed.
void PartitionUpdate::MakeRoomFor(const std::string& name) {
  PartitionField* holder = FindByName(name);
  if (holder != nullptr && IsVoid(*holder)) {
    holder->name += "_" + std::to_string(holder->field_id);
  }
}

Status PartitionUpdate::Add(const PartitionTerm& term, std::optional<std::string> name) {
  ARROW_ASSIGN_OR_RAISE(const Resolved resolved, Resolve(term));
  if (std::holds_alternative<Void>(resolved.transform)) {
    return Refuse("A void partition field cannot be added, of '" + resolved.column + "'");
  }
  if (const PartitionField* there = FindByTerm(resolved)) {
    return Refuse("The table is already partitioned by " +
                  TermText(resolved.transform, resolved.column) + ", partition field '" +
                  there->name + "'");
  }
  const PartitionField* past = FindInHistory(resolved);
  if (!name) {
    name =
        past != nullptr ? past->name : NameOfAdded(resolved.transform, resolved.column);
  }
  PartitionField added{.source_ids = {resolved.source_id},
                       .field_id = NextFieldId(),
                       .name = *name,
                       .transform = resolved.transform};
  const bool can_reuse =
      past != nullptr &&
      std::ranges::count(spec_.fields, past->field_id, &PartitionField::field_id) == 0;
  if (can_reuse) {
    added.field_id = past->field_id;
  }
  const PartitionSpec before = spec_;
  MakeRoomFor(*name);
  Insert(added);
  if (Status status = Validate(); !status.ok()) {
    spec_ = before;
    return status;
  }
  last_partition_id_ = std::max(last_partition_id_, added.field_id);
  return Status::OK();
}

// Version 1 counts the fields of each spec from 1000 without a gap.
FieldId PartitionUpdate::NextFieldId() const {
  if (table_.format_version < 2) {
    return kFirstPartitionFieldId + static_cast<FieldId>(spec_.fields.size());
  }
  return last_partition_id_ + 1;
}

// At the end; but a field that was removed in this same update goes back where it was, so
// that removing and adding it changes nothing.
void PartitionUpdate::Insert(const PartitionField& added) {
  const std::vector<PartitionField>& base = table_.spec().fields;
  const auto was = std::ranges::find_if(base, [&](const PartitionField& field) {
    return field.source_ids == added.source_ids && field.transform == added.transform;
  });
  if (was == base.end()) {
    spec_.fields.push_back(added);
    return;
  }
  const auto there =
      std::ranges::find(spec_.fields, was->field_id, &PartitionField::field_id);
  if (there != spec_.fields.end()) {  // void since this update, version 1
    there->transform = added.transform;
    there->name = added.name;
    return;
  }
  const auto stood_before = [&](const PartitionField& field) {
    const auto at = std::ranges::find(base, field.field_id, &PartitionField::field_id);
    return at < was;
  };
  const auto at = std::ranges::find_if_not(spec_.fields, stood_before);
  spec_.fields.insert(at, added);
}

Status PartitionUpdate::RemoveField(PartitionField* field) {
  const bool is_new = std::ranges::count(table_.spec().fields, field->field_id,
                                         &PartitionField::field_id) == 0;
  if (table_.format_version >= 2 || is_new) {
    std::erase_if(spec_.fields, [id = field->field_id](const PartitionField& other) {
      return other.field_id == id;
    });
    return Status::OK();
  }
  if (IsVoid(*field)) {
    return Refuse("Partition field '" + field->name +
                  "' is void already; format version 1 cannot do without it");
  }
  field->transform = Void{};
  return Status::OK();
}

Status PartitionUpdate::Remove(const PartitionTerm& term) {
  ARROW_ASSIGN_OR_RAISE(const Resolved resolved, Resolve(term));
  PartitionField* field = FindByTerm(resolved);
  if (field == nullptr) {
    return Refuse("The table is not partitioned by " +
                  TermText(resolved.transform, resolved.column));
  }
  return RemoveField(field);
}

Status PartitionUpdate::RemoveByName(const std::string& name) {
  PartitionField* field = FindByName(name);
  if (field == nullptr) {
    return Refuse("There is no partition field '" + name + "'");
  }
  return RemoveField(field);
}

Status PartitionUpdate::Rename(const std::string& name, const std::string& new_name) {
  if (FindByName(name) == nullptr) {
    return Refuse("There is no partition field '" + name + "'");
  }
  const PartitionSpec before = spec_;
  if (!internal::SameName(name, new_name, name_case_)) {
    MakeRoomFor(new_name);
  }
  FindByName(name)->name = new_name;
  Status status = Validate();
  if (!status.ok()) {
    spec_ = before;
  }
  return status;
}

Status PartitionUpdate::ReplaceAll(const std::vector<PartitionTerm>& terms) {
  std::vector<Resolved> wanted;
  for (const PartitionTerm& term : terms) {
    ARROW_ASSIGN_OR_RAISE(Resolved resolved, Resolve(term));
    wanted.push_back(std::move(resolved));
  }
  const std::vector<PartitionField> fields = spec_.fields;
  for (const PartitionField& field : fields) {
    const bool stays =
        IsVoid(field) || std::ranges::any_of(wanted, [&](const Resolved& term) {
          return field.source_ids == std::vector{term.source_id} &&
                 field.transform == term.transform;
        });
    if (!stays) {
      ARROW_RETURN_NOT_OK(RemoveByName(field.name));
    }
  }
  for (size_t i = 0; i < terms.size(); ++i) {
    const bool twice =
        std::any_of(wanted.begin(), wanted.begin() + static_cast<std::ptrdiff_t>(i),
                    [&](const Resolved& term) {
                      return term.source_id == wanted[i].source_id &&
                             term.transform == wanted[i].transform;
                    });
    if (twice || FindByTerm(wanted[i]) == nullptr) {
      ARROW_RETURN_NOT_OK(Add(terms[i]));
    }
  }
  return Status::OK();
}

Result<MetadataChange> PartitionUpdate::Finish() const {
  MetadataChange change;
  if (SameFields(spec_, table_.spec())) {
    return change;
  }
  ARROW_RETURN_NOT_OK(Validate());
  change.requirements = SameTable(table_);
  change.requirements.emplace_back(require::AssertDefaultSpecId{table_.default_spec_id});
  change.requirements.emplace_back(
      require::AssertLastAssignedPartitionId{table_.last_partition_id});
  const auto known = std::ranges::find_if(
      table_.partition_specs,
      [&](const PartitionSpec& spec) { return SameFields(spec, spec_); });
  if (known != table_.partition_specs.end()) {
    change.updates.emplace_back(update::SetDefaultSpec{known->id});
    return change;
  }
  PartitionSpec added = spec_;
  added.id = SpecId{0};
  for (const PartitionSpec& spec : table_.partition_specs) {
    added.id.value = std::max(added.id.value, spec.id.value + 1);
  }
  change.updates.emplace_back(update::AddPartitionSpec{std::move(added)});
  change.updates.emplace_back(update::SetDefaultSpec{SpecId{-1}});
  return change;
}

namespace {

std::optional<FieldId> FindFieldId(const TableMetadata& base,
                                   const PartitionField& field) {
  for (const PartitionSpec& known : base.partition_specs) {
    for (const PartitionField& old : known.fields) {
      if (old.source_ids == field.source_ids && old.transform == field.transform &&
          old.name == field.name) {
        return old.field_id;
      }
    }
  }
  return std::nullopt;
}

}  // namespace

void NumberPartitionFields(const TableMetadata& base, PartitionSpec* spec) {
  for (const PartitionSpec& known : base.partition_specs) {
    spec->id.value = std::max(spec->id.value, known.id.value + 1);
  }
  FieldId next_id = base.last_partition_id + 1;
  for (PartitionField& field : spec->fields) {
    const std::optional<FieldId> old = FindFieldId(base, field);
    field.field_id = old ? *old : next_id++;
  }
}

}  // namespace tarn::iceberg
