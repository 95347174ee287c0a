#include "tarn/service/work/load_cursor.h"

#include <map>
#include <utility>
#include <vector>

#include "tarn/base/digest.h"
#include "tarn/base/error.h"
#include "tarn/catalog/find_table.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/iceberg/table_update.h"
#include "tarn/ingest/cursor_rows.h"
#include "tarn/ingest/database.h"
#include "tarn/service/work/database_target.h"
#include "tarn/table/alter.h"

namespace tarn::service {
namespace {

using iceberg::TableMetadata;

constexpr char kSourceProperty[] = "tarn.cursor.source";
constexpr char kColumnProperty[] = "tarn.cursor.column";
constexpr char kValueProperty[] = "tarn.cursor.value";
/// Of tables: with the source behind it. Its value is that of the snapshot and, after a
/// colon, the cursor's.
constexpr char kTableProperty[] = "tarn.cursor.";
/// Of snapshots, and, with the source behind it, of tables.
constexpr char kTakenProperty[] = "tarn.cursor.taken";
constexpr size_t kMarkCharacters = 8;

/// A few hexadecimal digits that tell sources and columns apart.
std::string SourceKeyOf(const LoadOrder& order) {
  const DatabaseOrder& database = *order.database;
  const std::string port = database.port ? std::to_string(*database.port) : "";
  Json source = {order.connection,       database.host,  port,
                 database.database,      database.table, database.query,
                 database.cursor->column};
  if (database.kind != ingest::DatabaseKind::kPostgres) {
    source.push_back(ingest::DatabaseKindName(database.kind));
    source.push_back(order.connection.empty() ? database.shown : "");
  }
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
  std::optional<std::string> taken = {};  // marks, one behind the other
};

std::optional<std::string> TakenIn(const std::map<std::string, std::string>& properties,
                                   const std::string& name) {
  const auto found = properties.find(name);
  return found == properties.end() ? std::nullopt : std::optional(found->second);
}

/// Of the newest load from the source that the main branch has; `*is_whole` tells whether
/// its history is all there.
std::optional<KeptCursor> CursorInHistory(const TableMetadata& table,
                                          const std::string& source, bool* is_whole) {
  const iceberg::Snapshot* at = table.current_snapshot();
  *is_whole = true;
  while (at != nullptr) {
    if (TextIn(at->summary, kSourceProperty) == source) {
      return KeptCursor{.snapshot = at->id,
                        .value = TextIn(at->summary, kValueProperty),
                        .taken = TakenIn(at->summary, kTakenProperty)};
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
  return KeptCursor{
      .snapshot = id,
      .value = text.substr(colon + 1),
      .taken = TakenIn(table.properties, std::string(kTakenProperty) + "." + source)};
}

std::optional<KeptCursor> LastCursor(const TableMetadata& table,
                                     const std::string& source) {
  bool is_whole = false;
  auto found = CursorInHistory(table, source, &is_whole);
  return found || is_whole ? found : CursorInProperties(table, source);
}

constexpr char kFromName[] = "tarn_source";

/// The source as part of a FROM clause.
std::string FromOf(const DatabaseOrder& database) {
  if (!database.table.empty()) {
    return database.table + " " + kFromName;
  }
  const size_t end = database.query.find_last_not_of("; \t\r\n");
  return "(" + database.query.substr(0, end == std::string::npos ? 0 : end + 1) + "\n) " +
         kFromName;
}

std::multiset<std::string> MarksOf(const std::string& taken) {
  std::multiset<std::string> marks;
  for (size_t at = 0; at + kMarkCharacters <= taken.size(); at += kMarkCharacters) {
    marks.insert(taken.substr(at, kMarkCharacters));
  }
  return marks;
}

/// Asks the database what there is, and writes the query of what is new.
class SpanFinder {
 public:
  SpanFinder(ingest::DatabaseSession& session, const DatabaseOrder& database,
             CursorSpan* span)
      : session_(session),
        database_(database),
        span_(*span),
        column_(session.Quoted(span->column)),
        greatest_("max(" + column_ + ")"),
        from_(FromOf(database)) {}

  Status Find() {
    span_.key = database_.cursor->key;
    if (span_.key.empty() && !database_.table.empty()) {
      ARROW_ASSIGN_OR_RAISE(span_.key, session_.PrimaryKey(database_.table));
    }
    ARROW_ASSIGN_OR_RAISE(const auto greatest, session_.Value(greatest_, from_, ""));
    if (!greatest) {
      span_.is_empty = true;
      span_.query = Select("0", "0", "1 = 0");
      return Status::OK();
    }
    span_.up_to = greatest->text;
    ARROW_ASSIGN_OR_RAISE(const std::string end, session_.Literal(*greatest));
    ARROW_ASSIGN_OR_RAISE(const auto begin, Begin(greatest->type));
    RETURN_NOT_OK(LookAtEnd(end));
    std::string condition = column_ + (span_.held_back > 0 ? " < " : " <= ") + end;
    if (begin) {
      const bool takes_begin = !span_.after || span_.taken;
      condition += " AND " + column_ + (takes_begin ? " >= " : " > ") + *begin;
    }
    span_.query = Select(span_.after ? Is(*begin) : "0", Is(end), condition);
    return Status::OK();
  }

 private:
  Result<std::optional<std::string>> Begin(const std::string& type) const {
    const auto& text = span_.after ? span_.after : database_.cursor->start;
    if (!text) {
      return std::optional<std::string>();
    }
    ARROW_ASSIGN_OR_RAISE(std::string literal,
                          session_.Literal({.text = *text, .type = type}));
    return std::optional(std::move(literal));
  }

  /// Whether rows of the greatest value are too many to be known one by one, and whether
  /// there is one that was not taken. A row that came for one that went is seen with the
  /// next that comes.
  Status LookAtEnd(const std::string& end) {
    const bool has_same = span_.after == span_.up_to;
    if (has_same && !span_.taken) {
      span_.is_empty = true;  // by a load before there were marks
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(const int64_t at_end,
                          session_.Count("SELECT count(*) FROM " + from_ + " WHERE " +
                                         column_ + " = " + end));
    const auto taken = has_same ? static_cast<int64_t>(span_.taken->size()) : int64_t{0};
    if (at_end > kCursorRowsMax) {
      span_.held_back = at_end - taken;
    }
    span_.is_empty = has_same && (span_.held_back > 0 || at_end <= taken);
    return Status::OK();
  }

  std::string Is(const std::string& literal) const {
    return "CASE WHEN " + column_ + " = " + literal + " THEN 1 ELSE 0 END";
  }

  std::string Select(const std::string& at_begin, const std::string& at_end,
                     const std::string& condition) const {
    return "SELECT " + std::string(kFromName) + ".*, " + at_begin + " AS " +
           ingest::kAtBeginColumn + ", " + at_end + " AS " + ingest::kAtEndColumn +
           " FROM " + from_ + " WHERE " + condition;
  }

  ingest::DatabaseSession& session_;
  const DatabaseOrder& database_;
  CursorSpan& span_;
  const std::string column_;
  const std::string greatest_;
  const std::string from_;
};

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
      if (last->taken) {
        span.taken = MarksOf(*last->taken);
      }
    }
  }
  ARROW_ASSIGN_OR_RAISE(const auto target,
                        DatabaseTargetOf(lake, database, joined.secrets));
  ARROW_ASSIGN_OR_RAISE(const auto session, ingest::OpenDatabaseSession(target));
  RETURN_NOT_OK(SpanFinder(*session, database, &span).Find());
  return span;
}

std::map<std::string, std::string> CursorSummary(const CursorSpan& span,
                                                 const std::vector<std::string>& at_end) {
  if (!span.up_to) {
    return {};
  }
  std::string taken;
  for (const std::string& mark : at_end) {
    taken += mark;
  }
  return {{kSourceProperty, span.source},
          {kColumnProperty, span.column},
          {kValueProperty, *span.up_to},
          {kTakenProperty, taken}};
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
    std::map<std::string, std::string> properties = {{name, text}};
    if (last->taken) {
      properties[std::string(kTakenProperty) + "." + source] = *last->taken;
    }
    return table::Alteration{
        .requirements = {},
        .updates = {iceberg::update::SetProperties{.updates = std::move(properties)}}};
  };
  return table::AlterTable(context, order.into, change).status();
}

}  // namespace tarn::service
