// Instants with the zone in which they are shown. A value of Trino's `timestamp with time
// zone` has its own zone; here the zone is part of the expression: shown_in(instant,
// zone) is the instant, and functions that are called with it know the zone. Through a
// column of a subquery the zone is lost, and the session's counts; the instant never is.
#pragma once

#include <string>
#include <string_view>

#include "tarn/engine/internal/trino_functions/call_rewrite.h"

namespace tarn::engine {

/// The session's zone: DuckDB's setting TimeZone.
std::string SessionZone(duckdb::ClientContext& context);

/// The zone in which values of `type` are shown where the expression does not say.
std::string ZoneOfType(duckdb::ClientContext& context, const duckdb::LogicalType& type);

/// The zone in which argument `i` is shown.
std::string ZoneOf(const BoundCall& call, size_t i);

/// `instant`, shown in `zone`.
ExpressionPtr ShownIn(const BoundCall& call, ExpressionPtr instant,
                      const std::string& zone);

/// Throws INVALID_FUNCTION_ARGUMENT unless `zone` is an offset or a region DuckDB knows.
void CheckZone(duckdb::ClientContext& context, const std::string& zone);

/// Argument `i`, an instant, as the local TIMESTAMP of its zone.
ExpressionPtr LocalTimeOf(const BoundCall& call, size_t i);

/// The instant at which clocks of `zone` show the date or TIMESTAMP `local`.
ExpressionPtr InstantOf(const BoundCall& call, ExpressionPtr local,
                        const std::string& zone);

/// The instant of argument 0, a text whose local time is `local`: in the zone that the
/// text names (a constant text's zone is kept for showing), else in the session's.
ExpressionPtr InstantOfText(const BoundCall& call, ExpressionPtr local);

}  // namespace tarn::engine
