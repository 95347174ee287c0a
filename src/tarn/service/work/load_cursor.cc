#include "tarn/service/work/load_cursor.h"

#include <map>
#include <utility>
#include <vector>

#include "tarn/base/digest.h"
#include "tarn/base/error.h"
#include "tarn/catalog/find_table.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/iceberg/table_update.h"
#include "tarn/ingest/postgres/connection.h"
#include "tarn/table/alter.h"

namespace tarn::service {
namespace {

namespace postgres = ingest::postgres;
using iceberg::TableMetadata;

constexpr char kSourceProperty[] = "tarn.cursor.source";
constexpr char kColumnProperty[] = "tarn.cursor.column";
constexpr char kValueProperty[] = "tarn.cursor.value";
/// Of tables: with the source behind it. Its value is that of the snapshot and, after a
/// colon, the cursor's.
constexpr char kTableProperty[] = "tarn.cursor.";

/// A few hexadecimal digits that tell sources and columns apart.
std::string SourceKeyOf(const LoadOrder& order) {
  const DatabaseOrder& database = *order.database;
  const std::string port = database.port ? std::to_string(*database.port) : "";
  const Json source = {order.connection,       database.host,  port,
                       database.database,      database.table, database.query,
                       database.cursor->column};
  constexpr size_t kDigits = 16;
  return HexOf(Sha256(DumpJson(source))).substr(0, kDigits);
}

std::string TextIn(const std::map<std::string, std::string>& properties,
                   const std::string& name) {
  const auto found = properties.find(name);
  return found == properties.end() ? "" : found->second;
}

struct KeptCursor {
  iceberg::SnapshotId snapshot;
  std::string value;
};

/// Of the newest load from the source that the main branch has; `*is_whole` tells whether
/// its history is all there.
std::optional<KeptCursor> CursorInHistory(const TableMetadata& table,
                                          const std::string& source, bool* is_whole) {
  const iceberg::Snapshot* at = table.current_snapshot();
  *is_whole = true;
  while (at != nullptr) {
    if (TextIn(at->summary, kSourceProperty) == source) {
      return KeptCursor{.snapshot = at->id, .value = TextIn(at->summary, kValueProperty)};
    }
    if (!at->parent_id) {
      return std::nullopt;
    }
    at = table.FindSnapshot(*at->parent_id);
    *is_whole = at != nullptr;
  }
  return std::nullopt;
}

/// Of the property; not if its snapshot is in the table and was rolled back.
std::optional<KeptCursor> CursorInProperties(const TableMetadata& table,
                                             const std::string& source) {
  const std::string text = TextIn(table.properties, kTableProperty + source);
  const size_t colon = text.find(':');
  if (colon == std::string::npos || colon == 0 || colon > 19 ||
      text.find_first_not_of("0123456789") != colon) {
    return std::nullopt;
  }
  const iceberg::SnapshotId id{std::stoll(text.substr(0, colon))};
  if (table.FindSnapshot(id) != nullptr) {
    return std::nullopt;
  }
  return KeptCursor{.snapshot = id, .value = text.substr(colon + 1)};
}

std::optional<KeptCursor> LastCursor(const TableMetadata& table,
                                     const std::string& source) {
  bool is_whole = false;
  auto found = CursorInHistory(table, source, &is_whole);
  return found || is_whole ? found : CursorInProperties(table, source);
}

/// The source as part of a FROM clause.
std::string FromOf(const DatabaseOrder& database) {
  if (!database.table.empty()) {
    return database.table;
  }
  const size_t end = database.query.find_last_not_of("; \t\r\n");
  return "(" + database.query.substr(0, end == std::string::npos ? 0 : end + 1) +
         "\n) AS tarn_source";
}

}  // namespace

Result<CursorSpan> FindCursorSpan(const Lake& lake, catalog::Catalog& catalog,
                                  const JoinedOrder& joined) {
  const LoadOrder& order = joined.order;
  const DatabaseOrder& database = *order.database;
  CursorSpan span{.source = SourceKeyOf(order), .column = database.cursor->column};
  ARROW_ASSIGN_OR_RAISE(const auto table, catalog::FindTable(catalog, order.into));
  if (table) {
    span.has_table = true;
    span.base = table->metadata->current_snapshot_id;
    if (const auto last = LastCursor(*table->metadata, span.source)) {
      span.after = last->value;
    }
  }
  ARROW_ASSIGN_OR_RAISE(const auto target,
                        DatabaseTargetOf(lake, database, joined.secrets));
  ARROW_ASSIGN_OR_RAISE(const auto connection, postgres::Connection::Open(target));
  const std::string column = postgres::Connection::Quoted(span.column);
  const std::string from = FromOf(database);
  ARROW_ASSIGN_OR_RAISE(
      const auto rows,
      connection->Query("SELECT max(" + column + ")::text, pg_typeof(max(" + column +
                        "))::text FROM " + from));
  if (rows.empty() || rows[0].size() != 2) {
    return MakeError(ErrorCode::kInternal, "max() gave no row");
  }
  span.up_to = rows[0][0];
  span.type = rows[0][1].value_or("text");
  const auto value = [&](const std::string& text) {
    return postgres::Connection::QuotedText(text) + "::" + span.type;
  };
  std::string condition = "false";
  if (span.up_to) {
    condition = column + " <= " + value(*span.up_to);
    if (span.after) {
      condition += " AND " + column + " > " + value(*span.after);
    } else if (database.cursor->start) {
      condition += " AND " + column + " >= " + value(*database.cursor->start);
    }
  }
  span.query = "SELECT * FROM " + from + " WHERE " + condition;
  return span;
}

std::map<std::string, std::string> CursorSummary(const CursorSpan& span) {
  if (!span.up_to) {
    return {};
  }
  return {{kSourceProperty, span.source},
          {kColumnProperty, span.column},
          {kValueProperty, *span.up_to}};
}

Status KeepCursor(const table::Context& context, const LoadOrder& order) {
  const std::string source = SourceKeyOf(order);
  const auto change = [&source](const TableMetadata& table) -> Result<table::Alteration> {
    bool is_whole = false;
    const auto last = CursorInHistory(table, source, &is_whole);
    const std::string name = kTableProperty + source;
    const std::string text =
        last ? std::to_string(last->snapshot.value) + ":" + last->value : "";
    if (!last || TextIn(table.properties, name) == text) {
      return table::Alteration{};
    }
    return table::Alteration{
        .requirements = {},
        .updates = {iceberg::update::SetProperties{.updates = {{name, text}}}}};
  };
  return table::AlterTable(context, order.into, change).status();
}

}  // namespace tarn::service
