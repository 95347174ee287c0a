#include "tarn/gateway/api/upload_routes.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/api/api_response.h"
#include "tarn/gateway/api/load_places.h"
#include "tarn/io/file_io.h"
#include "tarn/net/multipart_reader.h"
#include "tarn/service/uploads.h"
#include "tarn/service/work/store_upload_work.h"

namespace tarn::gateway {
namespace {

using service::Upload;
using service::Uploads;

/// Beside the limit of each user's files.
constexpr size_t kBodyBytesMax = size_t{1} << 40;

/// What the body of one request becomes.
class Receiver {
 public:
  Receiver(Uploads uploads, std::string owner)
      : uploads_(std::move(uploads)), owner_(std::move(owner)) {}

  Status Begin(std::string_view name) {
    ARROW_ASSIGN_OR_RAISE(writer_, uploads_.Begin(owner_, name));
    return Status::OK();
  }
  /// Fields of a form, beside its files, are read and forgotten.
  Status Write(std::string_view bytes) {
    return writer_ == nullptr ? Status::OK() : writer_->Write(bytes);
  }
  Status End() {
    if (writer_ != nullptr) {
      ARROW_ASSIGN_OR_RAISE(Upload upload, writer_->Finish());
      received_.push_back(std::move(upload));
      writer_.reset();
    }
    return Status::OK();
  }
  /// Takes away what has come already.
  void Forget() {
    for (const Upload& upload : received_) {
      static_cast<void>(uploads_.Remove(owner_, upload.location));
    }
  }
  const std::vector<Upload>& received() const { return received_; }

 private:
  Uploads uploads_;
  const std::string owner_;
  std::unique_ptr<service::UploadWriter> writer_;
  std::vector<Upload> received_;
};

Status ReadAll(net::HttpBodyReader& body,
               const std::function<Status(std::string_view)>& take) {
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const auto piece, body.Read());
    if (!piece) {
      return Status::OK();
    }
    RETURN_NOT_OK(take(*piece));
  }
}

Status ReceiveForm(net::HttpBodyReader& body, const std::string& type,
                   Receiver* receiver) {
  ARROW_ASSIGN_OR_RAISE(
      net::MultipartReader reader,
      net::MultipartReader::Make(
          type,
          {.on_part =
               [&](const net::MultipartPart& part) {
                 // A form's file field that nobody filled in has an empty name.
                 const bool is_file = part.file_name && !part.file_name->empty();
                 return is_file ? receiver->Begin(*part.file_name) : Status::OK();
               },
           .on_bytes = [&](std::string_view bytes) { return receiver->Write(bytes); },
           .on_part_end = [&] { return receiver->End(); }}));
  RETURN_NOT_OK(
      ReadAll(body, [&](std::string_view bytes) { return reader.Feed(bytes); }));
  RETURN_NOT_OK(reader.Finish());
  if (receiver->received().empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "The form has no file: curl -F file=@orders.csv");
  }
  return Status::OK();
}

Status Receive(const net::HttpRequest& http, Receiver* receiver) {
  const std::string* const type = http.headers.Find("Content-Type");
  if (type != nullptr && net::IsMultipart(*type)) {
    return ReceiveForm(*http.body_reader, *type, receiver);
  }
  const std::optional<std::string> name = http.QueryParameter("name");
  if (!name) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "What is the file called? Send a form with it (curl -F "
                     "file=@orders.csv), or its bytes to /api/v1/upload?name=orders.csv");
  }
  RETURN_NOT_OK(receiver->Begin(*name));
  RETURN_NOT_OK(ReadAll(*http.body_reader,
                        [&](std::string_view bytes) { return receiver->Write(bytes); }));
  return receiver->End();
}

Json JsonOf(const Upload& upload) {
  return {{"file", upload.name}, {"path", upload.location}, {"bytes", upload.bytes}};
}

/// More bytes than the caller may have here: what 413 says, and not 429.
net::HttpResponse TooLarge(const Status& status, const net::HttpRequest& http) {
  constexpr int kContentTooLarge = 413;
  Json body = ApiErrorBody(status, http.request_id);
  body["status_code"] = kContentTooLarge;
  body["hint"] =
      "Load what was sent before, or remove it by DELETE /api/v1/upload/{id}/{name}; or "
      "have uploads.bytes_max raised";
  return ApiAnswer(body, kContentTooLarge);
}

Result<net::HttpResponse> HandleUpload(const DataRequest& request) {
  Receiver receiver(Uploads::Of(request.services().lake), request.principal().name);
  if (const Status status = Receive(request.http(), &receiver); !status.ok()) {
    receiver.Forget();
    if (CodeOf(status) == ErrorCode::kResourceLimit) {
      return TooLarge(status, request.http());
    }
    return status;
  }
  Json answer = JsonOf(receiver.received().front());
  answer["status"] = "success";
  answer["file_path"] = answer["path"];
  answer["files"] = Json::array();
  for (const Upload& upload : receiver.received()) {
    answer["files"].push_back(JsonOf(upload));
  }
  return ApiAnswer(answer, 201);
}

Result<net::HttpResponse> HandleRemoval(const DataRequest& request) {
  const std::string location = "upload://" + *request.http().PathParameter("id") + "/" +
                               *request.http().PathParameter("name");
  RETURN_NOT_OK(
      Uploads::Of(request.services().lake).Remove(request.principal().name, location));
  return ApiAnswer({{"status", "success"}, {"path", location}});
}

Result<JobOrder> OrderStoreUpload(const DataRequest& request) {
  const Json& body = request.body();
  service::StoreUpload upload;
  Json secrets = Json::object();
  ARROW_ASSIGN_OR_RAISE(const std::string file, TextMember(body, "file_path", "file"));
  if (file.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "What shall be uploaded? Give file_path: a path of the server, or "
                     "what POST /api/v1/upload answered");
  }
  upload.from.location = service::IsUpload(file) ? file : io::AbsoluteLocation(file);
  RETURN_NOT_OK(CheckMayRead(request, upload.from));
  ARROW_ASSIGN_OR_RAISE(upload.to, StoreLocation(body));
  if (upload.to.ends_with('/')) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "The key of an object does not end with a slash: " + upload.to);
  }
  RETURN_NOT_OK(ReadStore(request, upload.to, &upload.from, &secrets));
  const bool has_keys = upload.from.has_own_store || !upload.from.connection.empty();
  if (!has_keys && !request.reaches_server()) {
    return MakeError(ErrorCode::kForbidden,
                     "Objects are written with the server's own keys for callers who "
                     "reach the server (sql.server_access); give access_key and "
                     "secret_key, or a stored connection, for " +
                         upload.to);
  }
  return JobOrder{.request = StoreUploadToJson(upload),
                  .secrets = secrets.empty() ? Json(nullptr) : std::move(secrets)};
}

Json StoreUploadAnswer(const service::JobRecord& job) {
  Json answer = job.result;
  answer["status"] = "success";
  answer["message"] = "File uploaded to S3";
  return answer;
}

}  // namespace

std::vector<DataRoute> MakeUploadRoutes() {
  const Json file =
      ApiObject({{"file", ApiText("Its name")},
                 {"path", ApiText("What loads take as file_path: upload://ID/NAME")},
                 {"bytes", ApiInteger("")}});
  const Json answer =
      ApiObject({{"file", ApiText("Its name")},
                 {"path", ApiText("What loads take as file_path: upload://ID/NAME")},
                 {"file_path", ApiText("The same")},
                 {"bytes", ApiInteger("")},
                 {"files", ApiList(file, "All of a form")}});
  return {{.method = "POST",
           .path = "/upload",
           .handler = &HandleUpload,
           .options = {.body_bytes_max = kBodyBytesMax,
                       .lane = net::Lane::kJob,
                       .streams_body = true},
           .body = RequestBody::kRaw,
           .about = {.tag = "Uploads",
                     .summary = "Send files for loads to read",
                     .description =
                         "The files of a form (multipart/form-data), or one file's "
                         "bytes with its name as ?name=. They are the caller's "
                         "own, and are removed after uploads.age_max.",
                     .answer = answer,
                     .queries = {{"name", ApiText("Of the file, where it is no form")}}}},
          {.method = "DELETE",
           .path = "/upload/{id}/{name}",
           .handler = &HandleRemoval,
           .about = {.tag = "Uploads", .summary = "Remove an uploaded file"}}};
}

std::vector<JobRoute> MakeStoreUploadRoutes() {
  return {
      {.path = "/upload/s3",
       .kind = service::kStoreUploadKind,
       .order = &OrderStoreUpload,
       .answer = &StoreUploadAnswer,
       .about = {
           .tag = "Uploads",
           .summary = "Put a file into an object store",
           .request = ApiObject(
               {{"file_path",
                 ApiText("A path of the server, or what POST /upload answered"),
                 ApiNeed::kRequired},
                {"bucket", ApiText(""), ApiNeed::kRequired},
                {"key", ApiText(""), ApiNeed::kRequired},
                {"endpoint", ApiText("The server's own (s3.endpoint) if unset")},
                {"access_key", ApiText("Kept in memory only, as secret_key is")},
                {"secret_key", ApiText("")},
                {"session_token", ApiText("")},
                {"region", ApiText("")},
                {"path_style", ApiFlag("Buckets in the path")},
                {"connection", ApiText("A stored connection in place of these")}}),
           .example = {{"file_path", "/data/analysis_results.csv"},
                       {"bucket", "datalake"},
                       {"key", "output/analysis_results.csv"}},
           .answer = ApiObject({{"file", ApiText("")},
                                {"s3_location", ApiText("s3://bucket/key")},
                                {"bytes", ApiInteger("")}}),
           .also = {"file", "path", "s3_path", "access_key_id", "secret_access_key"}}}};
}

}  // namespace tarn::gateway
