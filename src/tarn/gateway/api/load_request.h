// What all calls that load have in common: where the rows go, and what is answered.
#pragma once

#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/gateway/api/api_schema.h"
#include "tarn/gateway/api/data_route.h"
#include "tarn/service/work/load_order.h"

namespace tarn::gateway {

/// Table, mode, partitions, properties, options of the reader. Errors: kInvalidArgument,
/// kNotSupported for another branch than main, those of Lake::Find.
Status ReadLoadTarget(const DataRequest& request, service::LoadOrder* order);

/// The job of `order`, with `secrets` beside it.
JobOrder JobOrderOf(const service::LoadOrder& order, Json secrets);

/// The result of a job that is done, with `message`.
Json LoadAnswerOf(const service::JobRecord& job, const char* message);

/// Members of the request that ReadLoadTarget() reads.
std::vector<ApiMember> LoadTargetMembers();
/// The schema of LoadAnswerOf(), with `more` members.
Json LoadAnswerSchema(std::vector<ApiMember> more);

}  // namespace tarn::gateway
