#include "tarn/gateway/flight/internal/answer_schemas.h"

#include <array>

#include <arrow/array.h>
#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

namespace tarn::gateway::flight {
namespace {

using arrow::field;
using arrow::utf8;

std::shared_ptr<arrow::Field> Required(const std::string& name,
                                       std::shared_ptr<arrow::DataType> type) {
  return field(name, std::move(type), /*nullable=*/false);
}

struct XdbcRow {
  const char* name;
  int32_t data_type;       // of java.sql.Types and ODBC
  int32_t size;            // 0: unknown
  const char* quote;       // nullptr: none
  const char* parameters;  // JSON
  int32_t datetime_subcode;
};

constexpr auto kTypes = std::to_array<XdbcRow>({
    {"boolean", -7, 1, nullptr, "null", 0},
    {"bigint", -5, 19, nullptr, "null", 0},
    {"varbinary", -3, 0, "'", "null", 0},
    {"decimal", 3, 38, nullptr, R"(["precision","scale"])", 0},
    {"integer", 4, 10, nullptr, "null", 0},
    {"float", 7, 7, nullptr, "null", 0},
    {"double", 8, 15, nullptr, "null", 0},
    {"varchar", 12, 0, "'", "null", 0},
    {"date", 91, 10, "'", "null", 1},
    {"time", 92, 15, "'", "null", 2},
    {"timestamp", 93, 26, "'", "null", 3},
});

std::string OrNull(int32_t value) { return value == 0 ? "null" : std::to_string(value); }

std::string XdbcJson(const XdbcRow& row) {
  const std::string quote =
      row.quote == nullptr ? "null" : fmt::format("\"{}\"", row.quote);
  const bool is_number = row.quote == nullptr && row.data_type != -7;
  return fmt::format(
      R"(["{}",{},{},{},{},{},1,{},3,{},{},null,"{}",null,null,{},{},{},null])", row.name,
      row.data_type, OrNull(row.size), quote, quote, row.parameters,
      row.data_type == 12 ? "true" : "false", is_number ? "false" : "null",
      row.data_type == 3 ? "true" : "false", row.name,
      row.datetime_subcode == 0 ? row.data_type : 9, OrNull(row.datetime_subcode),
      is_number ? "10" : "null");
}

}  // namespace

std::shared_ptr<arrow::Schema> CatalogsSchema() {
  return arrow::schema({Required("catalog_name", utf8())});
}

std::shared_ptr<arrow::Schema> DbSchemasSchema() {
  return arrow::schema(
      {field("catalog_name", utf8()), Required("db_schema_name", utf8())});
}

std::shared_ptr<arrow::Schema> TablesSchema(bool with_schemas) {
  arrow::FieldVector fields = {
      field("catalog_name", utf8()), field("db_schema_name", utf8()),
      Required("table_name", utf8()), Required("table_type", utf8())};
  if (with_schemas) {
    fields.push_back(Required("table_schema", arrow::binary()));
  }
  return arrow::schema(std::move(fields));
}

std::shared_ptr<arrow::Schema> TableTypesSchema() {
  return arrow::schema({Required("table_type", utf8())});
}

std::shared_ptr<arrow::Schema> PrimaryKeysSchema() {
  return arrow::schema({field("catalog_name", utf8()), field("db_schema_name", utf8()),
                        Required("table_name", utf8()), Required("column_name", utf8()),
                        Required("key_sequence", arrow::int32()),
                        field("key_name", utf8())});
}

std::shared_ptr<arrow::Schema> ForeignKeysSchema() {
  return arrow::schema(
      {field("pk_catalog_name", utf8()), field("pk_db_schema_name", utf8()),
       Required("pk_table_name", utf8()), Required("pk_column_name", utf8()),
       field("fk_catalog_name", utf8()), field("fk_db_schema_name", utf8()),
       Required("fk_table_name", utf8()), Required("fk_column_name", utf8()),
       Required("key_sequence", arrow::int32()), field("fk_key_name", utf8()),
       field("pk_key_name", utf8()), Required("update_rule", arrow::uint8()),
       Required("delete_rule", arrow::uint8())});
}

std::shared_ptr<arrow::Schema> SqlInfoSchema() {
  const auto numbers = arrow::list(field("$data$", arrow::int32()));
  return arrow::schema(
      {Required("info_name", arrow::uint32()),
       Required("value",
                arrow::dense_union({field("string_value", utf8()),
                                    field("bool_value", arrow::boolean()),
                                    field("bigint_value", arrow::int64()),
                                    field("int32_bitmask", arrow::int32()),
                                    field("string_list", arrow::list(utf8())),
                                    field("int32_to_int32_list_map",
                                          arrow::map(arrow::int32(), numbers))}))});
}

std::shared_ptr<arrow::Schema> XdbcTypesSchema() {
  return arrow::schema(
      {Required("type_name", utf8()), Required("data_type", arrow::int32()),
       field("column_size", arrow::int32()), field("literal_prefix", utf8()),
       field("literal_suffix", utf8()),
       field("create_params", arrow::list(Required("item", utf8()))),
       Required("nullable", arrow::int32()), Required("case_sensitive", arrow::boolean()),
       Required("searchable", arrow::int32()),
       field("unsigned_attribute", arrow::boolean()),
       Required("fixed_prec_scale", arrow::boolean()),
       field("auto_increment", arrow::boolean()), field("local_type_name", utf8()),
       field("minimum_scale", arrow::int32()), field("maximum_scale", arrow::int32()),
       Required("sql_data_type", arrow::int32()),
       field("datetime_subcode", arrow::int32()), field("num_prec_radix", arrow::int32()),
       field("interval_precision", arrow::int32())});
}

Result<std::shared_ptr<arrow::RecordBatch>> RowsOf(
    const std::shared_ptr<arrow::Schema>& schema, const std::string& rows) {
  ARROW_ASSIGN_OR_RAISE(const auto array, arrow::json::ArrayFromJSONString(
                                              arrow::struct_(schema->fields()), rows));
  ARROW_ASSIGN_OR_RAISE(const auto batch, arrow::RecordBatch::FromStructArray(array));
  return batch->ReplaceSchema(schema);
}

Result<std::shared_ptr<arrow::RecordBatch>> XdbcTypeRows(const GetXdbcTypeInfo& get) {
  std::string rows;
  for (const XdbcRow& type : kTypes) {
    if (!get.data_type || *get.data_type == type.data_type) {
      rows += (rows.empty() ? "" : ",") + XdbcJson(type);
    }
  }
  return RowsOf(XdbcTypesSchema(), "[" + rows + "]");
}

}  // namespace tarn::gateway::flight
