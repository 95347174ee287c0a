// The printers that queries and changes of data share.
#pragma once

#include <string>

#include "tarn/sql/query.h"

namespace tarn::sql {

/// What stands after FROM, its first row without indentation.
void AppendRelation(const Relation& relation, int indent, std::string* out);

void AppendJsonTable(const relation::JsonTable& table, int indent, std::string* out);

inline void AppendIndent(int indent, std::string* out) {
  out->append(static_cast<size_t>(indent) * 3, ' ');
}

}  // namespace tarn::sql
