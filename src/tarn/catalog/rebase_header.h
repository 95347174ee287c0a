// How a commit over HTTP says whether it may be moved to a newer head
// (docs/decisions/0006): a request header of our own, which other servers pass over.
//
//   X-Tarn-Rebase: never            one table
//   X-Tarn-Rebase: always, policy   a transaction, in the order of its tables
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"

namespace tarn::catalog {

inline constexpr char kRebaseHeader[] = "X-Tarn-Rebase";

/// The header's value; empty if none is needed: all go by the table's policy.
std::string RebaseHeaderOf(const std::vector<TableCommit>& commits);

/// Sets `rebase` of each commit as `header` says. One word is for all of them. Errors:
/// kInvalidArgument for words that are unknown, or not as many as commits: passing over
/// them could move what must not be moved.
Status TakeRebaseHeader(std::string_view header, std::vector<TableCommit>* commits);

}  // namespace tarn::catalog
