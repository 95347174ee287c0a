#include "tarn/engine/internal/alter_steps.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/engine/internal/catalog_view.h"
#include "tarn/engine/internal/table_properties.h"
#include "tarn/iceberg/partition_spec.h"
#include "tarn/iceberg/partition_update.h"
#include "tarn/iceberg/property_update.h"

namespace tarn::engine {
namespace {

using iceberg::MetadataChange;
using iceberg::NameCase;
using iceberg::PartitionUpdate;
using iceberg::SchemaUpdate;
using iceberg::TableMetadata;

/// Runs steps on a table that changes under them, and gathers what to commit.
class Alterer {
 public:
  Alterer(const TableMetadata& base, std::chrono::milliseconds now)
      : current_(&base), now_(now) {}

  Status Add(const MetadataChange& change) {
    if (change.updates.empty()) {
      return Status::OK();
    }
    for (const auto& requirement : change.requirements) {
      // The first of a kind is about the table as it was; later ones would be about what
      // the steps before have made of it.
      if (required_.insert(requirement.index()).second) {
        alteration_.requirements.push_back(requirement);
      }
    }
    ARROW_ASSIGN_OR_RAISE(changed_,
                          iceberg::ApplyUpdates(*current_, "", change.updates, now_));
    current_ = changed_.get();
    alteration_.updates.insert(alteration_.updates.end(), change.updates.begin(),
                               change.updates.end());
    return Status::OK();
  }

  Status Run(const MetadataEdit& edit) {
    ARROW_ASSIGN_OR_RAISE(const MetadataChange change, edit(*current_));
    return Add(change);
  }

  /// Runs the schema edits from `at` on; returns the place after them.
  Result<size_t> RunSchemaEdits(const std::vector<AlterStep>& steps, size_t at) {
    // A table that never had a snapshot has no rows that could break a promise.
    SchemaUpdate update(*current_, {.name_case = NameCase::kInsensitive,
                                    .allow_incompatible = current_->snapshots.empty()});
    for (; at < steps.size(); ++at) {
      const auto* edit = std::get_if<SchemaEdit>(&steps[at]);
      if (edit == nullptr) {
        break;
      }
      RETURN_NOT_OK((*edit)(update));
    }
    ARROW_ASSIGN_OR_RAISE(const MetadataChange change, update.Finish());
    RETURN_NOT_OK(Add(change));
    return at;
  }

  table::Alteration Take() { return std::move(alteration_); }

 private:
  const TableMetadata* current_;
  std::shared_ptr<const TableMetadata> changed_;
  std::chrono::milliseconds now_;
  std::set<size_t> required_;
  table::Alteration alteration_;
};

Status RemovePartitionField(PartitionUpdate& update, const std::string& term) {
  const bool is_name = std::ranges::any_of(update.spec().fields, [&](const auto& field) {
    return FoldName(field.name) == FoldName(term);
  });
  if (is_name) {
    return update.RemoveByName(term);
  }
  ARROW_ASSIGN_OR_RAISE(const auto parsed, iceberg::ParsePartitionTerm(term));
  return update.Remove(parsed);
}

Result<std::vector<std::string>> ListOf(const sql::PropertyValue& value) {
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
    return *list;
  }
  return std::vector{std::get<std::string>(value)};
}

Result<int32_t> FormatVersionOf(const std::string& text) {
  int32_t version = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), version);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Format version must be a number, not " + text);
  }
  return version;
}

}  // namespace

Result<table::Alteration> MakeAlteration(const TableMetadata& base,
                                         const std::vector<AlterStep>& steps,
                                         std::chrono::milliseconds now) {
  Alterer alterer(base, now);
  for (size_t at = 0; at < steps.size();) {
    if (const auto* edit = std::get_if<MetadataEdit>(&steps[at])) {
      RETURN_NOT_OK(alterer.Run(*edit));
      ++at;
    } else {
      ARROW_ASSIGN_OR_RAISE(at, alterer.RunSchemaEdits(steps, at));
    }
  }
  return alterer.Take();
}

SchemaEdit AddColumn(iceberg::NewColumn column, const DefaultOf& default_of,
                     bool if_not_exists) {
  column.name = FoldName(column.name);
  return [column = std::move(column), default_of, if_not_exists](SchemaUpdate& update) {
    iceberg::NewColumn added = column;
    if (default_of) {
      ARROW_ASSIGN_OR_RAISE(added.default_value, default_of(added.type));
    }
    const Status status = update.Add(added);
    const bool is_there =
        !status.ok() && CodeOf(status) == ErrorCode::kAlreadyExists && if_not_exists;
    return is_there ? Status::OK() : status;
  };
}

SchemaEdit DropColumn(const std::string& name, bool if_exists) {
  return [name, if_exists](SchemaUpdate& update) {
    const Status status = update.Drop(name);
    const bool is_missing =
        !status.ok() && CodeOf(status) == ErrorCode::kNoSuchColumn && if_exists;
    return is_missing ? Status::OK() : status;
  };
}

SchemaEdit RenameColumn(const std::string& name, const std::string& new_name,
                        bool if_exists) {
  return [name, folded = FoldName(new_name), if_exists](SchemaUpdate& update) {
    const Status status = update.Rename(name, folded);
    const bool is_missing =
        !status.ok() && CodeOf(status) == ErrorCode::kNoSuchColumn && if_exists;
    return is_missing ? Status::OK() : status;
  };
}

SchemaEdit SetColumnDefault(const std::string& name, const DefaultOf& default_of) {
  return [name, default_of](SchemaUpdate& update) -> Status {
    if (!default_of) {
      return update.SetWriteDefault(name, iceberg::Value());
    }
    ARROW_ASSIGN_OR_RAISE(const iceberg::Field* field, update.Find(name));
    ARROW_ASSIGN_OR_RAISE(iceberg::Value value, default_of(field->type));
    return update.SetWriteDefault(name, std::move(value));
  };
}

SchemaEdit SetIdentifierFields(const std::vector<std::string>& names, bool drop) {
  if (!drop) {
    return [names](SchemaUpdate& update) { return update.SetIdentifierFields(names); };
  }
  return [names](SchemaUpdate& update) -> Status {
    std::vector<iceberg::FieldId> dropped;
    for (const std::string& name : names) {
      ARROW_ASSIGN_OR_RAISE(const iceberg::Field* field, update.Find(name));
      dropped.push_back(field->id);
    }
    std::vector<std::string> kept;
    for (const iceberg::FieldId id : update.schema().identifier_field_ids()) {
      if (std::erase(dropped, id) == 0) {
        kept.push_back(update.schema().NameOf(id));
      }
    }
    if (!dropped.empty()) {
      return MakeError(
          ErrorCode::kInvalidArgument,
          "Column is no identifier field: " + update.schema().NameOf(dropped.front()));
    }
    return update.SetIdentifierFields(kept);
  };
}

MetadataEdit AddPartitionField(const std::string& term, std::optional<std::string> name) {
  return [term,
          name = std::move(name)](const TableMetadata& table) -> Result<MetadataChange> {
    ARROW_ASSIGN_OR_RAISE(const auto parsed, iceberg::ParsePartitionTerm(term));
    PartitionUpdate update(table, NameCase::kInsensitive);
    RETURN_NOT_OK(update.Add(parsed, name));
    return update.Finish();
  };
}

MetadataEdit DropPartitionField(const std::string& term) {
  return [term](const TableMetadata& table) -> Result<MetadataChange> {
    PartitionUpdate update(table, NameCase::kInsensitive);
    RETURN_NOT_OK(RemovePartitionField(update, term));
    return update.Finish();
  };
}

MetadataEdit ReplacePartitionField(const std::string& term, const std::string& new_term,
                                   std::optional<std::string> name) {
  return [term, new_term,
          name = std::move(name)](const TableMetadata& table) -> Result<MetadataChange> {
    ARROW_ASSIGN_OR_RAISE(const auto parsed, iceberg::ParsePartitionTerm(new_term));
    PartitionUpdate update(table, NameCase::kInsensitive);
    RETURN_NOT_OK(RemovePartitionField(update, term));
    RETURN_NOT_OK(update.Add(parsed, name));
    return update.Finish();
  };
}

MetadataEdit ReplacePartitioning(const std::vector<std::string>& terms) {
  return [terms](const TableMetadata& table) -> Result<MetadataChange> {
    std::vector<iceberg::PartitionTerm> parsed;
    for (const std::string& term : terms) {
      ARROW_ASSIGN_OR_RAISE(auto one, iceberg::ParsePartitionTerm(term));
      parsed.push_back(std::move(one));
    }
    PartitionUpdate update(table, NameCase::kInsensitive);
    RETURN_NOT_OK(update.ReplaceAll(parsed));
    return update.Finish();
  };
}

MetadataEdit SetSortOrder(const std::vector<std::string>& terms) {
  return [terms](const TableMetadata& table) -> Result<MetadataChange> {
    std::vector<iceberg::SortTerm> parsed;
    for (const std::string& term : terms) {
      ARROW_ASSIGN_OR_RAISE(auto one, iceberg::ParseSortTerm(term));
      parsed.push_back(std::move(one));
    }
    return iceberg::ReplaceSortOrder(table, parsed, NameCase::kInsensitive);
  };
}

MetadataEdit SetTableProperties(std::map<std::string, std::string> set,
                                std::vector<std::string> unset) {
  return [set = std::move(set), unset = std::move(unset)](const TableMetadata& table) {
    std::vector<std::string> names;
    for (const std::string& name : unset) {
      if (!name.ends_with('.')) {
        names.push_back(name);
        continue;
      }
      for (const auto& [key, value] : table.properties) {
        if (key.starts_with(name) && !set.contains(key)) {
          names.push_back(key);
        }
      }
    }
    return iceberg::UpdateProperties(table, set, names);
  };
}

MetadataEdit UpgradeTable(int32_t format_version, std::string new_uuid) {
  return [format_version, uuid = std::move(new_uuid)](const TableMetadata& table) {
    return iceberg::UpgradeFormat(table, format_version, uuid);
  };
}

Result<std::vector<AlterStep>> PropertySteps(const sql::alter::SetProperties& properties,
                                             const std::string& new_uuid) {
  std::vector<AlterStep> steps;
  std::map<std::string, std::string> set;
  std::vector<std::string> unset;
  const sql::PropertyList given =
      properties.keeps_unknown ? KeepUnknownProperties(properties.set) : properties.set;
  for (const auto& [key, value] : given) {
    const std::string folded = FoldName(key);
    if (folded == "partitioning" || folded == "sorted_by") {
      ARROW_ASSIGN_OR_RAISE(const auto terms, ListOf(value));
      steps.emplace_back(folded == "sorted_by" ? SetSortOrder(terms)
                                               : ReplacePartitioning(terms));
      continue;
    }
    if (folded == "format_version" || folded == "format-version") {
      const auto* text = std::get_if<std::string>(&value);
      ARROW_ASSIGN_OR_RAISE(const int32_t version,
                            FormatVersionOf(text == nullptr ? "ARRAY" : *text));
      // First: what else is asked for may need it.
      steps.insert(steps.begin(), UpgradeTable(version, new_uuid));
      continue;
    }
    if (folded == "parquet_bloom_filter_columns") {
      ARROW_ASSIGN_OR_RAISE(unset, IcebergNamesOf(key));  // the list is the whole list
    }
    ARROW_ASSIGN_OR_RAISE(auto iceberg, IcebergPropertiesOf(key, value));
    set.merge(iceberg);
  }
  for (const std::string& key : properties.reset) {
    const std::string folded = FoldName(key);
    if (folded == "partitioning" || folded == "sorted_by") {
      steps.emplace_back(folded == "sorted_by" ? SetSortOrder({})
                                               : ReplacePartitioning({}));
      continue;
    }
    if (properties.keeps_unknown && !IsTableProperty(key)) {
      unset.push_back(key);
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const auto names, IcebergNamesOf(key));
    unset.insert(unset.end(), names.begin(), names.end());
  }
  if (!set.empty() || !unset.empty()) {
    steps.emplace_back(SetTableProperties(std::move(set), std::move(unset)));
  }
  return steps;
}

}  // namespace tarn::engine
