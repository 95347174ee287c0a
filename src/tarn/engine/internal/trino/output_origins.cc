#include "tarn/engine/internal/trino/output_origins.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "tarn/engine/internal/trino/lake_names.h"
#include "tarn/engine/internal/trino/statement.h"

namespace tarn::engine::trino {
namespace {

namespace node = sql::node;
namespace relation = sql::relation;
namespace statement = sql::statement;

/// A column of a relation, as names in a query find it.
struct Field {
  std::string qualifier;  // folded; empty: none
  std::string name;       // folded
  ColumnOrigin origin = {};
};
using Fields = std::vector<Field>;
using MaybeFields = std::optional<Fields>;  // unset: the text does not tell

/// a.b.c, folded; empty for what is no name.
std::vector<std::string> NameParts(const sql::Expression& expression) {
  if (const auto* column = std::get_if<node::Column>(&expression.node)) {
    return {Folded(column->name.text)};
  }
  const auto* field = std::get_if<node::Dereference>(&expression.node);
  if (field == nullptr) {
    return {};
  }
  std::vector<std::string> parts = NameParts(*field->base);
  if (!parts.empty()) {
    parts.push_back(Folded(field->field.text));
  }
  return parts;
}

class Origins {
 public:
  Origins(std::string_view text, StatementHost& host) : text_(text), host_(host) {}

  MaybeFields Of(const sql::Query& query) {
    const auto outer = tables_;
    for (const sql::CommonTable& table : query.with) {
      MaybeFields fields = query.is_recursive ? std::nullopt : Of(*table.query);
      tables_[Folded(table.name.text)] = Renamed(std::move(fields), table.columns);
    }
    MaybeFields fields =
        std::visit([&](const auto& body) { return OfBody(body, query.at); }, query.body);
    tables_ = outer;
    return fields;
  }

 private:
  MaybeFields OfBody(const sql::Select& select, const sql::Position&) {
    const MaybeFields from = select.from == nullptr ? Fields() : Of(*select.from);
    Fields fields;
    for (const sql::SelectItem& item : select.items) {
      if (!item.is_all && item.value != nullptr) {
        fields.push_back(OfItem(item, from));
        continue;
      }
      const std::vector<std::string> table =
          item.value == nullptr ? std::vector<std::string>() : NameParts(*item.value);
      if (!from || !item.aliases.empty() || (item.value != nullptr && table.empty())) {
        return {};
      }
      for (const Field& field : *from) {
        if (table.empty() || field.qualifier == table.back()) {
          fields.push_back(field);
        }
      }
    }
    return WithQualifier(std::move(fields), "");
  }
  MaybeFields OfBody(const sql::Values& values, const sql::Position&) {
    const auto* row = values.rows.empty()
                          ? nullptr
                          : std::get_if<node::Row>(&values.rows.front()->node);
    return Fields(row == nullptr ? 1 : row->values.size());
  }
  MaybeFields OfBody(const sql::TableBody& table, const sql::Position& at) {
    return OfTable(table.name, at);
  }
  MaybeFields OfBody(const sql::SetOperation& operation, const sql::Position&) {
    return Of(*operation.left);
  }
  MaybeFields OfBody(const sql::QueryPtr& query, const sql::Position&) {
    return Of(*query);
  }

  static Field OfItem(const sql::SelectItem& item, const MaybeFields& from) {
    Field field;
    const std::vector<std::string> parts = NameParts(*item.value);
    if (from && !parts.empty()) {
      const auto is_it = [&](const Field& candidate) {
        return candidate.name == parts.back() &&
               (parts.size() == 1 || candidate.qualifier == parts[parts.size() - 2]);
      };
      const auto found = std::ranges::find_if(*from, is_it);
      if (found != from->end() && std::ranges::count_if(*from, is_it) == 1) {
        field.origin = found->origin;
      }
    }
    field.name = item.alias.has_value() ? Folded(item.alias->text)
                 : parts.empty()        ? ""
                                        : parts.back();
    field.origin.is_aliased = item.alias.has_value();
    return field;
  }

  // ---- Relations

  MaybeFields Of(const sql::Relation& relation) {
    return std::visit([&](const auto& node) { return OfNode(node, relation.at); },
                      relation.node);
  }

  MaybeFields OfNode(const relation::Table& table, const sql::Position& at) {
    return OfTable(table.name, at);
  }
  MaybeFields OfNode(const relation::Derived& derived, const sql::Position&) {
    return Of(*derived.query);
  }
  MaybeFields OfNode(const relation::Sample& sample, const sql::Position&) {
    return Of(*sample.relation);
  }
  MaybeFields OfNode(const relation::Alias& alias, const sql::Position&) {
    MaybeFields fields = Of(*alias.relation);
    if (!fields && !alias.columns.empty()) {
      fields = Fields(alias.columns.size());
    }
    return WithQualifier(Renamed(std::move(fields), alias.columns),
                         Folded(alias.name.text));
  }
  MaybeFields OfNode(const relation::Join& join, const sql::Position&) {
    MaybeFields left = Of(*join.left);
    MaybeFields right = Of(*join.right);
    if (!left || !right) {
      return {};
    }
    Fields fields;
    for (const sql::Name& name : join.columns) {  // of USING: first, and once
      const auto is_it = [&](const Field& field) {
        return field.name == Folded(name.text);
      };
      const auto found = std::ranges::find_if(*left, is_it);
      if (found == left->end()) {
        return {};
      }
      fields.push_back(*found);
      std::erase_if(*left, is_it);
      std::erase_if(*right, is_it);
    }
    fields.insert(fields.end(), left->begin(), left->end());
    fields.insert(fields.end(), right->begin(), right->end());
    return fields;
  }
  template <typename Other>
  MaybeFields OfNode(const Other& /*any*/, const sql::Position&) {
    return {};
  }

  MaybeFields OfTable(const std::vector<sql::Name>& name, const sql::Position& at) {
    const std::string last = Folded(name.back().text);
    if (const auto found = tables_.find(last);
        name.size() == 1 && found != tables_.end()) {
      return WithQualifier(found->second, last);
    }
    ColumnOrigin origin;
    const Status looked = host_.front_end().InTransaction([&]() -> Status {
      LakeNames names(host_.context(), host_.front_end(), at);
      ARROW_ASSIGN_OR_RAISE(const FoundObject found,
                            names.Object(statement::ObjectName{.at = at, .parts = name}));
      origin.catalog = found.in.catalog;
      origin.schema = found.in.schema;
      origin.table = found.name;
      return Status::OK();
    });
    const sql::Query query{.at = at, .body = sql::TableBody{.name = name}};
    auto statement = TranslateQuery(query, text_, host_.facts());
    if (!looked.ok() || !statement.ok()) {
      return {};
    }
    const auto bound = host_.PrepareOnDuckDb(*std::move(statement), text_);
    if (!bound.ok()) {
      return {};
    }
    Fields fields;
    for (const std::string& column : (*bound)->GetNames()) {
      fields.push_back({.qualifier = last, .name = Folded(column), .origin = origin});
    }
    return fields;
  }

  // ---- Fields under other names

  static MaybeFields WithQualifier(MaybeFields fields, const std::string& qualifier) {
    for (size_t i = 0; fields && i < fields->size(); ++i) {
      (*fields)[i].qualifier = qualifier;
    }
    return fields;
  }
  static MaybeFields Renamed(MaybeFields fields, const std::vector<sql::Name>& names) {
    for (size_t i = 0; fields && i < fields->size() && i < names.size(); ++i) {
      (*fields)[i].name = Folded(names[i].text);
    }
    return fields;
  }

  std::string_view text_;
  StatementHost& host_;
  std::map<std::string, MaybeFields> tables_;  // of WITH
};

}  // namespace

std::vector<ColumnOrigin> OriginsOf(const sql::Query& query, std::string_view text,
                                    StatementHost& host, size_t count) {
  std::vector<ColumnOrigin> origins(count);
  const MaybeFields fields = Origins(text, host).Of(query);
  for (size_t i = 0; fields && fields->size() == count && i < count; ++i) {
    origins[i] = (*fields)[i].origin;
  }
  return origins;
}

}  // namespace tarn::engine::trino
