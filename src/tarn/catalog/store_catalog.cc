#include "tarn/catalog/internal/store_catalog.h"

#include <algorithm>
#include <set>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/catalog/internal/catalog_names.h"
#include "tarn/catalog/internal/operation_rows.h"

namespace tarn::catalog::internal {
namespace {

/// The row that makes a namespace exist when it has no property of its own; PyIceberg and
/// the reference implementation write the same. Not shown as a property.
constexpr char kExistsProperty[] = "exists";
constexpr char kLocationProperty[] = "location";

Status CheckPropertyKeys(const Properties& updates,
                         const std::vector<std::string>& removals) {
  for (const std::string& key : removals) {
    if (updates.contains(key)) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "A namespace property cannot be set and removed at once: " + key);
    }
  }
  if (updates.contains(kExistsProperty) ||
      std::ranges::count(removals, kExistsProperty) > 0) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Namespace property \"exists\" is reserved for the catalog itself");
  }
  return Status::OK();
}

Status SetProperties(CatalogTables& tables, const std::string& ns,
                     const Properties& properties) {
  for (const auto& [key, value] : properties) {
    ARROW_RETURN_NOT_OK(tables.SetProperty(ns, key, value));
  }
  return Status::OK();
}

Status Repeated(const Operation& operation) {
  return MakeError(ErrorCode::kOperationRepeated,
                   "This operation was made before: key " + operation.key);
}

std::string ShortSuffix(Random& random) {
  constexpr size_t kLength = 8;
  return NewUuid(random).substr(0, kLength);
}

}  // namespace

Status NoSuchNamespace(const iceberg::Namespace& ns) {
  return MakeError(ErrorCode::kNoSuchNamespace,
                   "Namespace does not exist: " + ns.ToString());
}

Status NoSuchEntry(const iceberg::TableIdent& ident, EntryType type) {
  if (type == EntryType::kView) {
    return MakeError(ErrorCode::kNoSuchView, "View does not exist: " + ident.ToString());
  }
  return MakeError(ErrorCode::kNoSuchTable, "Table does not exist: " + ident.ToString());
}

Status EntryExists(const iceberg::TableIdent& ident, EntryType found, EntryType wanted) {
  const std::string what = found == EntryType::kView ? "View" : "Table";
  return MakeError(
      ErrorCode::kAlreadyExists,
      what +
          (found == wanted ? " already exists: " : " with same name already exists: ") +
          ident.ToString());
}

Status StoreCatalog::RecordOperation(CatalogTables& tables) {
  if (!operation_) {
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const bool is_new,
                        InsertOperation(tables.connection(), *operation_, clock_.Now()));
  return is_new ? Status::OK() : Repeated(*operation_);
}

Status StoreCatalog::RepeatedOr(const Status& refusal) {
  if (!operation_ || IsOutcomeUnknown(refusal)) {
    return refusal;
  }
  const auto found = database_->Read([&](CatalogTables& tables) {
    return FindOperation(tables.connection(), operation_->key);
  });
  return found.ok() && *found && (*found)->is_applied ? Repeated(*operation_) : refusal;
}

Status StoreCatalog::Change(const std::function<Status(CatalogTables&)>& change) {
  WriteOutcome outcome = WriteOutcome::kNotApplied;
  const Status status = database_->Write(
      [&](CatalogTables& tables) -> Status {
        ARROW_RETURN_NOT_OK(RecordOperation(tables));
        return change(tables);
      },
      &outcome);
  return OutcomeError(status, outcome, "catalog " + options_.name);
}

Status StoreCatalog::ChangeEntries(const std::function<Status(CatalogTables&)>& change) {
  WriteOutcome outcome = WriteOutcome::kNotApplied;
  const Status status = database_->WriteEntries(
      [&](CatalogTables& tables) -> Status {
        ARROW_RETURN_NOT_OK(RecordOperation(tables));
        return change(tables);
      },
      &outcome);
  return OutcomeError(status, outcome, "catalog " + options_.name);
}

Status StoreCatalog::CreateNamespace(const iceberg::Namespace& ns,
                                     const Properties& properties) {
  ARROW_ASSIGN_OR_RAISE(const std::string text, NamespaceText(ns));
  ARROW_RETURN_NOT_OK(CheckPropertyKeys(properties, {}));
  return Change([&](CatalogTables& tables) -> Status {
    ARROW_ASSIGN_OR_RAISE(const bool exists, tables.NamespaceExists(text));
    if (exists) {
      return MakeError(ErrorCode::kAlreadyExists, "Namespace already exists: " + text);
    }
    if (ns.levels.size() > 1) {
      const iceberg::Namespace parent{{ns.levels.begin(), ns.levels.end() - 1}};
      ARROW_ASSIGN_OR_RAISE(const bool has_parent,
                            tables.NamespaceExists(NamespaceKey(parent)));
      if (!has_parent) {
        return NoSuchNamespace(parent);
      }
    }
    ARROW_RETURN_NOT_OK(tables.SetProperty(text, kExistsProperty, "true"));
    return SetProperties(tables, text, properties);
  });
}

Result<std::vector<iceberg::Namespace>> StoreCatalog::ListNamespaces(
    const iceberg::Namespace& parent) {
  std::string text;
  if (!parent.levels.empty()) {
    ARROW_ASSIGN_OR_RAISE(text, NamespaceText(parent));
  }
  return database_->Read(
      [&](CatalogTables& tables) -> Result<std::vector<iceberg::Namespace>> {
        if (!text.empty()) {
          ARROW_ASSIGN_OR_RAISE(const bool exists, tables.NamespaceExists(text));
          if (!exists) {
            return NoSuchNamespace(parent);
          }
        }
        ARROW_ASSIGN_OR_RAISE(const auto below, tables.NamespacesBelow(text));
        const size_t depth = parent.levels.size() + 1;
        std::set<iceberg::Namespace> children;
        for (const std::string& found : below) {
          iceberg::Namespace ns = NamespaceOfText(found);
          ns.levels.resize(depth);  // a deeper one implies its ancestors
          children.insert(std::move(ns));
        }
        return std::vector<iceberg::Namespace>(children.begin(), children.end());
      });
}

Result<Properties> StoreCatalog::LoadNamespaceProperties(const iceberg::Namespace& ns) {
  ARROW_ASSIGN_OR_RAISE(const std::string text, NamespaceText(ns));
  return database_->Read([&](CatalogTables& tables) -> Result<Properties> {
    ARROW_ASSIGN_OR_RAISE(const bool exists, tables.NamespaceExists(text));
    if (!exists) {
      return NoSuchNamespace(ns);
    }
    ARROW_ASSIGN_OR_RAISE(Properties properties, tables.Properties(text));
    properties.erase(kExistsProperty);
    return properties;
  });
}

Status StoreCatalog::UpdateNamespaceProperties(const iceberg::Namespace& ns,
                                               const Properties& updates,
                                               const std::vector<std::string>& removals) {
  ARROW_ASSIGN_OR_RAISE(const std::string text, NamespaceText(ns));
  ARROW_RETURN_NOT_OK(CheckPropertyKeys(updates, removals));
  return Change([&](CatalogTables& tables) -> Status {
    ARROW_ASSIGN_OR_RAISE(const bool exists, tables.NamespaceExists(text));
    if (!exists) {
      return NoSuchNamespace(ns);
    }
    // First, so that removing the last property of a namespace does not remove the
    // namespace.
    ARROW_RETURN_NOT_OK(tables.SetProperty(text, kExistsProperty, "true"));
    for (const std::string& key : removals) {
      ARROW_RETURN_NOT_OK(tables.RemoveProperty(text, key));
    }
    return SetProperties(tables, text, updates);
  });
}

Status StoreCatalog::DropNamespace(const iceberg::Namespace& ns) {
  ARROW_ASSIGN_OR_RAISE(const std::string text, NamespaceText(ns));
  return Change([&](CatalogTables& tables) -> Status {
    ARROW_ASSIGN_OR_RAISE(const bool exists, tables.NamespaceExists(text));
    if (!exists) {
      return NoSuchNamespace(ns);
    }
    const auto refuse = [&](const std::string& what) {
      return MakeError(ErrorCode::kNamespaceNotEmpty,
                       "Namespace is not empty: " + text + " holds " + what);
    };
    ARROW_ASSIGN_OR_RAISE(const auto entries, tables.List(text));
    if (!entries.empty()) {
      const Entry& first = entries.front();
      return refuse((first.type == EntryType::kView ? "view " : "table ") + first.name);
    }
    ARROW_ASSIGN_OR_RAISE(const auto below, tables.NamespacesBelow(text));
    if (!below.empty()) {
      return refuse("namespace " + below.front());
    }
    return tables.RemoveAllProperties(text);
  });
}

Result<std::string> StoreCatalog::NewTableLocation(const iceberg::TableIdent& ident) {
  ARROW_RETURN_NOT_OK(CheckIdent(ident));
  ARROW_ASSIGN_OR_RAISE(const Properties properties, LoadNamespaceProperties(ident.ns));
  std::string directory = options_.warehouse;
  const auto location = properties.find(kLocationProperty);
  if (location != properties.end()) {
    directory = location->second;
  } else {
    for (const std::string& level : ident.ns.levels) {
      directory = io::JoinLocation(directory, PathSegment(level));
    }
  }
  // The suffix keeps a dropped and a new table of one name apart, and two that race to be
  // made.
  return io::JoinLocation(directory,
                          PathSegment(ident.name) + "-" + ShortSuffix(random_));
}

}  // namespace tarn::catalog::internal
