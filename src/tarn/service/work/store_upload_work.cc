#include "tarn/service/work/store_upload_work.h"

#include <memory>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>

#include "tarn/base/error.h"
#include "tarn/io/file_io.h"
#include "tarn/service/uploads.h"
#include "tarn/service/work/load_source.h"

namespace tarn::service {
namespace {

constexpr int64_t kPieceBytes = int64_t{4} << 20;

Result<StoreUpload> StoreUploadFromJson(const Json& json) {
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields,
                        JsonFields::Make(json, "the request of an upload"));
  StoreUpload upload;
  ARROW_ASSIGN_OR_RAISE(upload.from.location, fields.String("file"));
  ARROW_ASSIGN_OR_RAISE(upload.to, fields.String("to"));
  ARROW_ASSIGN_OR_RAISE(const auto connection, fields.OptionalString("connection"));
  upload.from.connection = connection.value_or("");
  ARROW_ASSIGN_OR_RAISE(upload.from.store, fields.StringMap("store"));
  const Json* const own = fields.Find("own_store");
  upload.from.has_own_store = own != nullptr && own->is_boolean() && own->get<bool>();
  return upload;
}

Status Copy(io::FileIO& from, const std::string& path, io::FileIO& to,
            const std::string& location, JobContext& context, JobProgress* progress) {
  ARROW_ASSIGN_OR_RAISE(const auto input, from.OpenInput(path));
  ARROW_ASSIGN_OR_RAISE(const int64_t size, input->GetSize());
  ARROW_ASSIGN_OR_RAISE(const auto output, to.OpenOutput(location));
  progress->step = "uploading";
  while (progress->bytes < size) {
    if (context.cancelled()) {
      static_cast<void>(output->Abort());
      return MakeError(ErrorCode::kCancelled,
                       "Upload cancelled; nothing is at " + location);
    }
    ARROW_ASSIGN_OR_RAISE(const auto piece, input->ReadAt(progress->bytes, kPieceBytes));
    if (piece->size() == 0) {
      return MakeError(ErrorCode::kIoFailed, "The file became shorter: " + path);
    }
    RETURN_NOT_OK(output->Write(piece));
    progress->bytes += piece->size();
    progress->part = static_cast<double>(progress->bytes) / static_cast<double>(size);
    context.Report(*progress);
  }
  return output->Close();
}

Result<Json> RunUpload(const Lake& lake, const ConnectionGiver& connections,
                       JobContext& context) {
  const std::string& owner = context.job().owner;
  ARROW_ASSIGN_OR_RAISE(StoreUpload upload, StoreUploadFromJson(context.job().request));
  ARROW_ASSIGN_OR_RAISE(
      const JoinedOrder joined,
      JoinConnection(std::move(upload.from), context.secrets(), connections, owner));
  const std::string& file = joined.order.location;
  std::string path = file;
  if (IsUpload(file)) {
    ARROW_ASSIGN_OR_RAISE(path, Uploads::Of(lake).PathOf(owner, file));
  }
  const auto store = OpenOwnStore(lake, joined.order, joined.secrets);
  JobProgress progress;
  RETURN_NOT_OK(Copy(lake.files, path, store == nullptr ? lake.files : *store, upload.to,
                     context, &progress));
  return Json{{"file", file}, {"s3_location", upload.to}, {"bytes", progress.bytes}};
}

}  // namespace

Json StoreUploadToJson(const StoreUpload& upload) {
  Json json = {{"file", upload.from.location}, {"to", upload.to}};
  if (!upload.from.connection.empty()) {
    json["connection"] = upload.from.connection;
  }
  if (!upload.from.store.empty()) {
    json["store"] = upload.from.store;
  }
  if (upload.from.has_own_store) {
    json["own_store"] = true;
  }
  return json;
}

JobKind MakeStoreUploadKind(const Lake& lake, ConnectionGiver connections) {
  return {
      .run = [&lake, connections = std::move(connections)](
                 JobContext& context) { return RunUpload(lake, connections, context); },
      // The same object is written again, which changes nothing.
      .find_done = [](const JobRecord&) { return std::optional<Json>(); }};
}

}  // namespace tarn::service
