// Names as the shared tables and file systems can hold them.
#pragma once

#include <string>
#include <string_view>

#include "tarn/base/result.h"
#include "tarn/iceberg/table_ident.h"

namespace tarn::catalog::internal {

/// Levels joined by dots, as the shared tables keep them. A dot within a level is stored
/// as "%2E" (the tables could not tell it from two levels), and "%25" stands for the '%'
/// of a level that holds one of the two escapes itself.
std::string NamespaceKey(const iceberg::Namespace& ns);
/// The same for names from outside. Errors: kInvalidArgument for no level, an empty one,
/// or one that holds a NUL.
Result<std::string> NamespaceText(const iceberg::Namespace& ns);
/// The way back.
iceberg::Namespace NamespaceOfText(std::string_view text);

/// Errors: as NamespaceText; an empty name or a NUL in it. Dots are fine.
Status CheckIdent(const iceberg::TableIdent& ident);

/// `name` as one path segment of any file system: letters, digits, '_', '-', '.' (not
/// leading) and everything beyond ASCII stay, other bytes become %XX.
std::string PathSegment(std::string_view name);

}  // namespace tarn::catalog::internal
