// Places within a JSON document: "data.items", "$.a[*].b", "$['odd name'][0]".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"

namespace tarn::ingest::web {

/// Immutable, thread-safe.
class JsonPath {
 public:
  struct Step {
    std::optional<std::string> name;
    std::optional<int64_t> index;  // negative: from the end; neither: all
  };

  /// Empty and "$" are the document itself. Errors: kInvalidArgument, with the place.
  static Result<JsonPath> Parse(std::string_view text);

  /// What lies there, in order; empty if nothing does. They live as long as `document`.
  std::vector<const Json*> Find(const Json& document) const;

  /// The records at the path: the elements of arrays there, else what is there. Errors:
  /// kInvalidData if the path leads nowhere, with what is there instead.
  Result<std::vector<const Json*>> Records(const Json& document) const;

  const std::string& text() const { return text_; }
  /// For who follows it through a document that is too large to hold.
  const std::vector<Step>& steps() const { return steps_; }

 private:
  static std::vector<const Json*> Follow(const Step& step,
                                         const std::vector<const Json*>& from);

  std::string text_;
  std::vector<Step> steps_;
};

}  // namespace tarn::ingest::web
