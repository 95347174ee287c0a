// system.jdbc: what Trino's JDBC driver asks for in DatabaseMetaData.
#include <utility>

#include "tarn/engine/internal/system_tables/object_details.h"
#include "tarn/engine/internal/system_tables/system_table.h"

namespace tarn::engine::system_tables {
namespace {

using duckdb::Value;
using Rows = std::vector<Row>;

constexpr NameColumns kFirstThree = {.catalog = 0, .schema = 1, .name = 2};

Value NumberOrNull(int64_t number) {
  return number < 0 ? Value() : Value::BIGINT(number);
}

void Catalog(const RowRequest&, const ListedObject& object, Rows* rows) {
  rows->push_back({Value(object.catalog)});
}

void Schema(const RowRequest&, const ListedObject& object, Rows* rows) {
  rows->push_back({Value(object.schema), Value(object.catalog)});
}

void Table(const RowRequest&, const ListedObject& object, Rows* rows) {
  rows->push_back({Value(object.catalog), Value(object.schema), Value(object.name),
                   Value(object.kind == ObjectKind::kView ? "VIEW" : "TABLE")});
}

void TableColumns(const RowRequest& request, const ListedObject& object, Rows* rows) {
  int64_t position = 0;
  for (const ObjectColumn& column : DetailsOf(request.context, object).columns) {
    const JdbcType type = JdbcTypeOf(column.type);
    rows->push_back({Value(object.catalog), Value(object.schema), Value(object.name),
                     Value(column.name), Value::BIGINT(type.code),
                     Value(ListedTypeText(column.type)), NumberOrNull(type.column_size),
                     Value::BIGINT(0),  // buffer_length
                     NumberOrNull(type.decimal_digits), NumberOrNull(type.radix),
                     Value::BIGINT(column.is_nullable ? 1 : 0),
                     TextOrNull(column.comment),
                     Value(),  // column_def
                     Value(),  // sql_data_type
                     Value(),  // sql_datetime_sub
                     NumberOrNull(type.octets), Value::BIGINT(++position),
                     Value(column.is_nullable ? "YES" : "NO")});
  }
}

void TableTypes(const RowRequest&, const ListedObject&, Rows* rows) {
  rows->push_back({Value("TABLE")});
  rows->push_back({Value("VIEW")});
}

struct TypeRow {
  const char* name;
  int64_t code;
  int64_t precision;  // -1: null
  int64_t radix;      // -1: null
  bool is_parametric;
};

/// As Trino tells them: types with parameters are objects whatever they hold.
constexpr TypeRow kTypes[] = {
    {"boolean", 16, -1, -1, false},
    {"tinyint", -6, 3, 10, false},
    {"smallint", 5, 5, 10, false},
    {"integer", 4, 10, 10, false},
    {"bigint", -5, 19, 10, false},
    {"real", 7, 24, 2, false},
    {"double", 8, 53, 2, false},
    {"varbinary", -3, 2147483647, -1, false},
    {"date", 91, 14, -1, false},
    {"uuid", 2000, -1, -1, false},
    {"json", 2000, -1, -1, false},
    {"ipaddress", 2000, -1, -1, false},
    {"unknown", 2000, -1, -1, false},
    {"interval day to second", 2000, -1, -1, false},
    {"interval year to month", 2000, -1, -1, false},
    {"array", 2003, -1, -1, true},
    {"char", 2000, -1, -1, true},
    {"decimal", 2000, -1, -1, true},
    {"map", 2000, -1, -1, true},
    {"row", 2000, -1, -1, true},
    {"time", 2000, -1, -1, true},
    {"time with time zone", 2000, -1, -1, true},
    {"timestamp", 2000, -1, -1, true},
    {"timestamp with time zone", 2000, -1, -1, true},
    {"varchar", 2000, -1, -1, true},
};

void Types(const RowRequest&, const ListedObject&, Rows* rows) {
  constexpr int64_t kNullable = 1;
  constexpr int64_t kSearchable = 3;
  for (const TypeRow& type : kTypes) {
    rows->push_back({Value(type.name), Value::BIGINT(type.code),
                     NumberOrNull(type.precision), Value(), Value(), Value(),
                     Value::BIGINT(kNullable), Value::BOOLEAN(false),
                     Value::BIGINT(type.is_parametric ? 0 : kSearchable), Value(),
                     Value::BOOLEAN(false), Value(), Value(), Value::BIGINT(0),
                     Value::BIGINT(0), Value(), Value(), NumberOrNull(type.radix)});
  }
}

struct EmptyTable {
  const char* name;
  std::string_view columns;
};

/// What Trino has no rows for either.
constexpr EmptyTable kEmptyTables[] = {
    {"attributes",
     "type_cat type_schem type_name attr_name data_type:n attr_type_name attr_size:n "
     "decimal_digits:n num_prec_radix:n nullable:n remarks attr_def sql_data_type:n "
     "sql_datetime_sub:n char_octet_length:n ordinal_position:n is_nullable "
     "scope_catalog scope_schema scope_table source_data_type:n"},
    {"procedure_columns",
     "procedure_cat procedure_schem procedure_name column_name column_type:n "
     "data_type:n type_name precision:n length:n scale:n radix:n nullable:n remarks "
     "column_def sql_data_type:n sql_datetime_sub:n char_octet_length:n "
     "ordinal_position:n is_nullable specific_name"},
    {"procedures",
     "procedure_cat procedure_schem procedure_name remarks procedure_type:n "
     "specific_name"},
    {"pseudo_columns",
     "table_cat table_schem table_name column_name data_type:n column_size:n "
     "decimal_digits:n num_prec_radix:n column_usage remarks char_octet_length:n "
     "is_nullable:n"},
    {"super_tables", "table_cat table_schem table_name supertable_name"},
    {"super_types",
     "type_cat type_schem type_name supertype_cat supertype_schem supertype_name"},
    {"udts", "type_cat type_schem type_name class_name data_type remarks base_type"},
};

}  // namespace

void AddJdbcTables(std::vector<SystemTable>* tables) {
  const auto add = [&](const char* name, std::string_view columns, NameColumns names,
                       RowsPer per, auto* add_rows) {
    tables->push_back({.schema = "jdbc",
                       .name = name,
                       .columns = Columns(columns),
                       .names = names,
                       .per = per,
                       .add_rows = add_rows});
  };
  add("catalogs", "table_cat", {.catalog = 0}, RowsPer::kCatalog, Catalog);
  add("schemas", "table_schem table_catalog", {.catalog = 1, .schema = 0},
      RowsPer::kSchema, Schema);
  add("tables",
      "table_cat table_schem table_name table_type remarks type_cat type_schem type_name "
      "self_referencing_col_name ref_generation",
      kFirstThree, RowsPer::kObject, Table);
  add("columns",
      "table_cat table_schem table_name column_name data_type:n type_name column_size:n "
      "buffer_length:n decimal_digits:n num_prec_radix:n nullable:n remarks column_def "
      "sql_data_type:n sql_datetime_sub:n char_octet_length:n ordinal_position:n "
      "is_nullable scope_catalog scope_schema scope_table source_data_type:n "
      "is_autoincrement is_generatedcolumn",
      kFirstThree, RowsPer::kObject, TableColumns);
  add("table_types", "table_type", {}, RowsPer::kServer, TableTypes);
  add("types",
      "type_name data_type:n precision:n literal_prefix literal_suffix create_params "
      "nullable:n case_sensitive:b searchable:n unsigned_attribute:b fixed_prec_scale:b "
      "auto_increment:b local_type_name minimum_scale:n maximum_scale:n sql_data_type:n "
      "sql_datetime_sub:n num_prec_radix:n",
      {}, RowsPer::kServer, Types);
  for (const EmptyTable& empty : kEmptyTables) {
    add(empty.name, empty.columns, {}, RowsPer::kServer, NoRows);
  }
}

}  // namespace tarn::engine::system_tables
