#include "tarn/catalog/rebase_header.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "tarn/base/error.h"

namespace tarn::catalog {
namespace {

struct Word {
  std::string_view text;
  Rebase rebase;
};

constexpr Word kWords[] = {
    {"policy", Rebase::kByPolicy},
    {"always", Rebase::kAlways},
    {"never", Rebase::kNever},
};

std::string_view WordOf(Rebase rebase) {
  return std::ranges::find(kWords, rebase, &Word::rebase)->text;
}

std::optional<Rebase> RebaseOf(std::string_view word) {
  const Word* const found = std::ranges::find(kWords, word, &Word::text);
  return found == std::end(kWords) ? std::nullopt : std::optional(found->rebase);
}

}  // namespace

std::string RebaseHeaderOf(const std::vector<TableCommit>& commits) {
  const bool is_needed = std::ranges::any_of(commits, [](const TableCommit& commit) {
    return commit.rebase != Rebase::kByPolicy;
  });
  std::string header;
  for (const TableCommit& commit : commits) {
    header += (header.empty() ? "" : ", ") + std::string(WordOf(commit.rebase));
  }
  return is_needed ? header : "";
}

Status TakeRebaseHeader(std::string_view header, std::vector<TableCommit>* commits) {
  std::vector<Rebase> wanted;
  std::string_view rest = header;
  while (true) {
    std::string_view word = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    word.remove_prefix(std::min(word.find_first_not_of(" \t"), word.size()));
    word = word.substr(0, word.find_last_not_of(" \t") + 1);
    const std::optional<Rebase> rebase = RebaseOf(word);
    if (!rebase) {
      return MakeError(ErrorCode::kInvalidArgument,
                       std::string(kRebaseHeader) +
                           " must be policy, always or never, not: " + std::string(word));
    }
    wanted.push_back(*rebase);
    if (rest.empty()) {
      break;
    }
  }
  if (wanted.size() != 1 && wanted.size() != commits->size()) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        std::string(kRebaseHeader) + " needs one word, or one for each table (" +
            std::to_string(commits->size()) + "), not: " + std::to_string(wanted.size()));
  }
  for (size_t i = 0; i < commits->size(); ++i) {
    (*commits)[i].rebase = wanted.size() == 1 ? wanted.front() : wanted[i];
  }
  return Status::OK();
}

}  // namespace tarn::catalog
