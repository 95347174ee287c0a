#include "tarn/engine/internal/trino_functions/function_table.h"

#include <duckdb/catalog/catalog_entry/aggregate_function_catalog_entry.hpp>
#include <duckdb/catalog/catalog_entry/duck_schema_entry.hpp>
#include <duckdb/catalog/catalog_entry/scalar_function_catalog_entry.hpp>
#include <duckdb/catalog/catalog_entry/scalar_macro_catalog_entry.hpp>
#include <duckdb/catalog/catalog_transaction.hpp>
#include <duckdb/catalog/default/default_generator.hpp>
#include <duckdb/common/string_util.hpp>
#include <duckdb/function/scalar_macro_function.hpp>
#include <duckdb/parser/expression/columnref_expression.hpp>
#include <duckdb/parser/parsed_data/create_aggregate_function_info.hpp>
#include <duckdb/parser/parsed_data/create_macro_info.hpp>
#include <duckdb/parser/parsed_data/create_scalar_function_info.hpp>
#include <duckdb/parser/parsed_data/create_schema_info.hpp>
#include <duckdb/parser/parser.hpp>

#include "tarn/engine/internal/trino_functions/function_library.h"
#include "tarn/engine/internal/trino_functions/interval_type.h"
#include "tarn/engine/internal/trino_functions/sketch_types.h"

namespace tarn::engine {
namespace {

constexpr char kSchema[] = "trino";

duckdb::unique_ptr<duckdb::MacroFunction> ParseMacro(const MacroText& text) {
  auto expressions = duckdb::Parser::ParseExpressionList(std::string(text.body));
  auto macro =
      duckdb::make_uniq<duckdb::ScalarMacroFunction>(std::move(expressions.at(0)));
  for (auto& name : duckdb::StringUtil::Split(std::string(text.parameters), ',')) {
    duckdb::StringUtil::Trim(name);
    if (!name.empty()) {
      macro->parameters.push_back(
          duckdb::make_uniq<duckdb::ColumnRefExpression>(std::move(name)));
      macro->types.push_back(duckdb::LogicalType::UNKNOWN);
    }
  }
  return macro;
}

/// Makes the entries of the schema from the library when they are first looked up.
class FunctionGenerator final : public duckdb::DefaultGenerator {
 public:
  FunctionGenerator(duckdb::Catalog& of, duckdb::SchemaCatalogEntry& schema)
      : DefaultGenerator(of), schema_(schema) {}

  duckdb::unique_ptr<duckdb::CatalogEntry> CreateDefaultEntry(
      duckdb::ClientContext&, const std::string& name) override {
    return Make(duckdb::StringUtil::Lower(name));
  }
  duckdb::unique_ptr<duckdb::CatalogEntry> CreateDefaultEntry(
      duckdb::CatalogTransaction, const std::string& name) override {
    return Make(duckdb::StringUtil::Lower(name));
  }

  duckdb::vector<duckdb::string> GetDefaultEntries() override {
    duckdb::vector<duckdb::string> names;
    for (const auto& [name, entry] : TheFunctionLibrary().entries()) {
      if (!std::holds_alternative<BuiltIn>(entry.definition) &&
          !std::holds_alternative<Refused>(entry.definition)) {
        names.push_back(name);
      }
    }
    return names;
  }

 private:
  duckdb::unique_ptr<duckdb::CatalogEntry> Make(const std::string& name) {
    const FunctionLibrary::Entry* entry = TheFunctionLibrary().Find(name);
    if (entry == nullptr) {
      return nullptr;
    }
    const Definition& definition = entry->definition;
    if (const auto* scalar = std::get_if<duckdb::ScalarFunctionSet>(&definition)) {
      duckdb::CreateScalarFunctionInfo info(*scalar);
      return Placed<duckdb::ScalarFunctionCatalogEntry>(&info, name);
    }
    if (const auto* sums = std::get_if<duckdb::AggregateFunctionSet>(&definition)) {
      duckdb::CreateAggregateFunctionInfo info(*sums);
      return Placed<duckdb::AggregateFunctionCatalogEntry>(&info, name);
    }
    if (const auto* texts = std::get_if<MacroTexts>(&definition)) {
      duckdb::CreateMacroInfo info(duckdb::CatalogType::MACRO_ENTRY);
      for (const MacroText& text : *texts) {
        info.macros.push_back(ParseMacro(text));
      }
      return Placed<duckdb::ScalarMacroCatalogEntry>(&info, name);
    }
    return nullptr;
  }

  template <typename CatalogEntry, typename Info>
  duckdb::unique_ptr<duckdb::CatalogEntry> Placed(Info* info, const std::string& name) {
    info->schema = kSchema;
    info->name = name;
    info->internal = true;
    return duckdb::make_uniq_base<duckdb::CatalogEntry, CatalogEntry>(catalog, schema_,
                                                                      *info);
  }

  duckdb::SchemaCatalogEntry& schema_;
};

std::string FieldName(const std::string& name) {
  const bool plain = name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") ==
                     std::string::npos;
  return plain ? name : "\"" + duckdb::StringUtil::Replace(name, "\"", "\"\"") + "\"";
}

std::string RowTypeName(const duckdb::LogicalType& type) {
  std::string text = "row(";
  for (const auto& [name, field] : duckdb::StructType::GetChildTypes(type)) {
    text += text.size() == 4 ? "" : ", ";
    text +=
        name.empty() || duckdb::StructType::IsUnnamed(type) ? "" : FieldName(name) + " ";
    text += TrinoTypeName(field);
  }
  return text + ")";
}

std::string PlainTypeName(duckdb::LogicalTypeId id) {
  using Id = duckdb::LogicalTypeId;
  switch (id) {
    case Id::SQLNULL:
      return "unknown";
    case Id::UTINYINT:
    case Id::INTEGER_LITERAL:
      return "integer";
    case Id::UINTEGER:
    case Id::UBIGINT:
      return "bigint";
    case Id::HUGEINT:
    case Id::UHUGEINT:
      return "decimal(38,0)";
    case Id::FLOAT:
      return "real";
    case Id::BLOB:
      return "varbinary";
    case Id::STRING_LITERAL:
    case Id::ENUM:
      return "varchar";
    case Id::TIME:
      return "time(6)";
    case Id::TIME_TZ:
      return "time(6) with time zone";
    case Id::TIMESTAMP_SEC:
      return "timestamp(0)";
    case Id::TIMESTAMP_MS:
      return "timestamp(3)";
    case Id::TIMESTAMP:
      return "timestamp(6)";
    case Id::TIMESTAMP_NS:
      return "timestamp(9)";
    case Id::TIMESTAMP_TZ:
      return "timestamp(6) with time zone";
    default:
      return duckdb::StringUtil::Lower(duckdb::LogicalType(id).ToString());
  }
}

}  // namespace

void RegisterTrinoFunctions(duckdb::DatabaseInstance& database) {
  RegisterIntervalCasts(database);
  duckdb::Catalog& catalog = duckdb::Catalog::GetSystemCatalog(database);
  const auto transaction = duckdb::CatalogTransaction::GetSystemTransaction(database);
  duckdb::CreateSchemaInfo info;
  info.schema = kSchema;
  info.internal = true;
  info.on_conflict = duckdb::OnCreateConflict::IGNORE_ON_CONFLICT;
  catalog.CreateSchema(transaction, info);
  auto& schema = catalog.GetSchema(transaction, kSchema).Cast<duckdb::DuckSchemaEntry>();
  schema.GetCatalogSet(duckdb::CatalogType::SCALAR_FUNCTION_ENTRY)
      .SetDefaultGenerator(duckdb::make_uniq<FunctionGenerator>(catalog, schema));
}

std::optional<FunctionTarget> FindTrinoFunction(std::string_view name) {
  const FunctionLibrary::Entry* entry = TheFunctionLibrary().Find(name);
  if (entry == nullptr || entry->reach == Reach::kTranslatorOnly ||
      std::holds_alternative<Refused>(entry->definition)) {
    return {};
  }
  if (const auto* built_in = std::get_if<BuiltIn>(&entry->definition)) {
    return FunctionTarget{.schema = "",
                          .name = std::string(built_in->name),
                          .is_aggregate = built_in->is_aggregate};
  }
  return FunctionTarget{
      .schema = kSchema,
      .name = std::string(name),
      .is_aggregate =
          std::holds_alternative<duckdb::AggregateFunctionSet>(entry->definition)};
}

std::optional<std::string> WhyRefused(std::string_view name) {
  const FunctionLibrary::Entry* entry = TheFunctionLibrary().Find(name);
  const auto* refused =
      entry == nullptr ? nullptr : std::get_if<Refused>(&entry->definition);
  return refused == nullptr ? std::nullopt : std::optional<std::string>(refused->why);
}

std::vector<std::string> TrinoFunctionNames() {
  std::vector<std::string> names;
  for (const auto& [name, entry] : TheFunctionLibrary().entries()) {
    if (FindTrinoFunction(name)) {
      names.push_back(name);
    }
  }
  return names;
}

std::string TrinoTypeName(const duckdb::LogicalType& type) {
  if (IsSketch(type)) {
    return type.GetAlias();
  }
  switch (type.id()) {
    case duckdb::LogicalTypeId::DECIMAL:
      return "decimal(" + std::to_string(duckdb::DecimalType::GetWidth(type)) + "," +
             std::to_string(duckdb::DecimalType::GetScale(type)) + ")";
    case duckdb::LogicalTypeId::LIST:
      return "array(" + TrinoTypeName(duckdb::ListType::GetChildType(type)) + ")";
    case duckdb::LogicalTypeId::ARRAY:
      return "array(" + TrinoTypeName(duckdb::ArrayType::GetChildType(type)) + ")";
    case duckdb::LogicalTypeId::MAP:
      return "map(" + TrinoTypeName(duckdb::MapType::KeyType(type)) + ", " +
             TrinoTypeName(duckdb::MapType::ValueType(type)) + ")";
    case duckdb::LogicalTypeId::STRUCT:
      return RowTypeName(type);
    case duckdb::LogicalTypeId::INTERVAL:
      return IsYearMonth(type) ? "interval year to month" : "interval day to second";
    default:
      return type.IsJSONType() ? "json" : PlainTypeName(type.id());
  }
}

}  // namespace tarn::engine
