// Files of the server, or uploaded ones, put into an object store.
#pragma once

#include <string>

#include "tarn/service/job_manager.h"
#include "tarn/service/lake.h"
#include "tarn/service/work/load_order.h"

namespace tarn::service {

inline constexpr char kStoreUploadKind[] = "upload";

struct StoreUpload {
  /// `location` is the file; the members about the store say how `to` is reached; the
  /// rest has no meaning here.
  LoadOrder from;
  std::string to;  // "s3://bucket/key"
};
Json StoreUploadToJson(const StoreUpload& upload);

/// The kind "upload", whose request is a StoreUpload. Its result has file, s3_location
/// and bytes. `lake` outlives it; without `connections` there are none.
JobKind MakeStoreUploadKind(const Lake& lake, ConnectionGiver connections = {});

}  // namespace tarn::service
