#include "tarn/iceberg/projection.h"

#include <utility>
#include <vector>

#include "tarn/iceberg/internal/project_predicate.h"
#include "tarn/iceberg/metrics_evaluator.h"

namespace tarn::iceberg {
namespace {

using internal::Projection;

/// A spec with the types its fields have under a schema.
/// The And or Or of what `change` makes of each child.
template <typename Change>
Expression Rebuild(const Expression& junction, const Change& change) {
  const bool conjunction = junction.op == Operation::kAnd;
  Expression result = conjunction ? AlwaysTrue() : AlwaysFalse();
  for (const Expression& child : *junction.children) {
    result = conjunction ? And(std::move(result), change(child))
                         : Or(std::move(result), change(child));
  }
  return result;
}

class Projector {
 public:
  Projector(const PartitionSpec& spec, const Schema& schema)
      : spec_(spec), types_(PartitionTypes(spec, schema)) {}

  /// `bound` has no Not.
  Expression Project(Projection kind, const Expression& bound) const {
    switch (bound.op) {
      case Operation::kTrue:
      case Operation::kFalse:
        return bound;
      case Operation::kAnd:
      case Operation::kOr:
        return Rebuild(bound,
                       [&](const Expression& child) { return Project(kind, child); });
      default:
        return ProjectPredicate(kind, bound);
    }
  }

  /// A column may be the source of several fields: a row's partition agrees with all
  /// inclusive projections, and any strict one is enough.
  Expression ProjectPredicate(Projection kind, const Expression& predicate) const {
    const bool inclusive = kind == Projection::kInclusive;
    Expression result = inclusive ? AlwaysTrue() : AlwaysFalse();
    for (size_t i = 0; i < spec_.fields.size(); ++i) {
      const PartitionField& field = spec_.fields[i];
      const bool applies = field.source_ids.size() == 1 &&
                           field.source_id() == predicate.field_id &&
                           types_[i].id() != TypeId::kUnknown;
      if (!applies) {
        continue;
      }
      auto projected = internal::ProjectPredicate(kind, predicate, field, types_[i]);
      if (!projected.has_value()) {
        continue;
      }
      result = inclusive ? And(std::move(result), std::move(*projected))
                         : Or(std::move(result), std::move(*projected));
    }
    return result;
  }

  /// `bound` has no Not.
  Expression Residual(const Expression& bound, const PartitionTuple& tuple) const {
    switch (bound.op) {
      case Operation::kTrue:
      case Operation::kFalse:
        return bound;
      case Operation::kAnd:
      case Operation::kOr:
        return Rebuild(bound,
                       [&](const Expression& child) { return Residual(child, tuple); });
      default:
        break;
    }
    if (PartitionMatches(ProjectPredicate(Projection::kStrict, bound), spec_, tuple)) {
      return AlwaysTrue();
    }
    if (!PartitionMatches(ProjectPredicate(Projection::kInclusive, bound), spec_,
                          tuple)) {
      return AlwaysFalse();
    }
    return bound;
  }

 private:
  const PartitionSpec& spec_;
  std::vector<Type> types_;
};

}  // namespace

Expression ProjectInclusive(const Expression& bound, const PartitionSpec& spec,
                            const Schema& schema) {
  return Projector(spec, schema).Project(Projection::kInclusive, RewriteNot(bound));
}

Expression ProjectStrict(const Expression& bound, const PartitionSpec& spec,
                         const Schema& schema) {
  return Projector(spec, schema).Project(Projection::kStrict, RewriteNot(bound));
}

Expression ResidualFor(const Expression& bound, const PartitionSpec& spec,
                       const Schema& schema, const PartitionTuple& tuple) {
  return Projector(spec, schema).Residual(RewriteNot(bound), tuple);
}

}  // namespace tarn::iceberg
