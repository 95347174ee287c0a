// The Flight server itself: Arrow's calls, handed on as FlightCalls.
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <arrow/buffer.h>
#include <arrow/flight/server.h>
#include <arrow/flight/server_auth.h>
#include <arrow/flight/server_middleware.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/gateway/flight/flight_calls.h"

namespace tarn::gateway::flight {
namespace {

namespace fl = arrow::flight;

constexpr char kMiddleware[] = "tarn";

Status FlightStatus(const FlightCalls& calls, const Status& status) {
  const std::string& message = status.message();
  switch (calls.FailureOf(status)) {
    case Failure::kInvalid:
      return Status::Invalid(message);
    case Failure::kNotFound:
      return Status::KeyError(message);
    case Failure::kAlreadyExists:
      return Status::AlreadyExists(message);
    case Failure::kNotSupported:
      return Status::NotImplemented(message);
    case Failure::kUnauthenticated:
      return fl::MakeFlightError(fl::FlightStatusCode::Unauthenticated, message);
    case Failure::kForbidden:
      return fl::MakeFlightError(fl::FlightStatusCode::Unauthorized, message);
    case Failure::kUnavailable:
      return fl::MakeFlightError(fl::FlightStatusCode::Unavailable, message);
    case Failure::kTimeout:
      return fl::MakeFlightError(fl::FlightStatusCode::TimedOut, message);
    case Failure::kCancelled:
      return fl::MakeFlightError(fl::FlightStatusCode::Cancelled, message);
    case Failure::kInternal:
      break;
  }
  return fl::MakeFlightError(fl::FlightStatusCode::Internal, message);
}

/// Who calls; a token for who signed in with a secret goes into the answer's headers.
class CallerMiddleware : public fl::ServerMiddleware {
 public:
  explicit CallerMiddleware(SignedIn signed_in) : signed_in_(std::move(signed_in)) {}
  std::string name() const override { return kMiddleware; }
  void SendingHeaders(fl::AddCallHeaders* headers) override {
    if (!signed_in_.authorization.empty()) {
      headers->AddHeader("authorization", signed_in_.authorization);
    }
  }
  void CallCompleted(const Status&) override {}
  const SignedIn& signed_in() const { return signed_in_; }

 private:
  const SignedIn signed_in_;
};

class SignInFactory : public fl::ServerMiddlewareFactory {
 public:
  explicit SignInFactory(FlightCalls& calls) : calls_(calls) {}

  Status StartCall(const fl::CallInfo&, const fl::ServerCallContext& context,
                   std::shared_ptr<fl::ServerMiddleware>* middleware) override {
    const auto header = context.incoming_headers().find("authorization");
    const bool has_header = header != context.incoming_headers().end();
    auto signed_in =
        calls_.SignIn(has_header ? header->second : std::string_view(), context.peer());
    if (!signed_in.ok()) {
      return FlightStatus(calls_, signed_in.status());
    }
    *middleware = std::make_shared<CallerMiddleware>(*std::move(signed_in));
    return Status::OK();
  }

 private:
  FlightCalls& calls_;
};

Caller CallerOf(const fl::ServerCallContext& context) {
  const auto* middleware =
      static_cast<const CallerMiddleware*>(context.GetMiddleware(kMiddleware));
  const SignedIn who = middleware == nullptr ? SignedIn{} : middleware->signed_in();
  return {.principal = who.principal,
          .reaches_server = who.reaches_server,
          .is_gone = [&context] { return context.is_cancelled(); }};
}

class Reader : public arrow::RecordBatchReader {
 public:
  Reader(std::unique_ptr<RowStream> rows, const FlightCalls& calls)
      : rows_(std::move(rows)), calls_(calls) {}
  std::shared_ptr<arrow::Schema> schema() const override { return rows_->schema(); }
  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    auto next = rows_->Next();
    if (!next.ok()) {
      return FlightStatus(calls_, next.status());
    }
    *batch = *std::move(next);
    return Status::OK();
  }

 private:
  const std::unique_ptr<RowStream> rows_;
  const FlightCalls& calls_;
};

class ClientUpload : public Upload {
 public:
  explicit ClientUpload(fl::FlightMessageReader& reader) : reader_(reader) {}
  Result<std::shared_ptr<arrow::Schema>> schema() override { return reader_.GetSchema(); }
  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    ARROW_ASSIGN_OR_RAISE(fl::FlightStreamChunk chunk, reader_.Next());
    return chunk.data;
  }

 private:
  fl::FlightMessageReader& reader_;
};

class ActionResults : public fl::ResultStream {
 public:
  explicit ActionResults(std::vector<std::string> results)
      : results_(std::move(results)) {}
  Result<std::unique_ptr<fl::Result>> Next() override {
    if (next_ == results_.size()) {
      return nullptr;
    }
    return std::make_unique<fl::Result>(
        arrow::Buffer::FromString(std::move(results_[next_++])));
  }

 private:
  std::vector<std::string> results_;
  size_t next_ = 0;
};

class Server : public fl::FlightServerBase {
 public:
  explicit Server(FlightCalls& calls) : calls_(calls) {}

  Status GetFlightInfo(const fl::ServerCallContext& context,
                       const fl::FlightDescriptor& request,
                       std::unique_ptr<fl::FlightInfo>* info) override {
    auto information = calls_.GetInformation(CallerOf(context), request.cmd);
    if (!information.ok()) {
      return FlightStatus(calls_, information.status());
    }
    fl::FlightEndpoint endpoint;
    endpoint.ticket.ticket = std::move(information->ticket);
    ARROW_ASSIGN_OR_RAISE(fl::FlightInfo made,
                          fl::FlightInfo::Make(*information->schema, request, {endpoint},
                                               /*total_records=*/-1, /*total_bytes=*/-1));
    *info = std::make_unique<fl::FlightInfo>(std::move(made));
    return Status::OK();
  }

  Status GetSchema(const fl::ServerCallContext& context,
                   const fl::FlightDescriptor& request,
                   std::unique_ptr<fl::SchemaResult>* result) override {
    const auto schema = calls_.GetSchema(CallerOf(context), request.cmd);
    if (!schema.ok()) {
      return FlightStatus(calls_, schema.status());
    }
    return fl::SchemaResult::Make(**schema).Value(result);
  }

  Status DoGet(const fl::ServerCallContext& context, const fl::Ticket& request,
               std::unique_ptr<fl::FlightDataStream>* stream) override {
    auto rows = calls_.Get(CallerOf(context), request.ticket);
    if (!rows.ok()) {
      return FlightStatus(calls_, rows.status());
    }
    *stream = std::make_unique<fl::RecordBatchStream>(
        std::make_shared<Reader>(*std::move(rows), calls_));
    return Status::OK();
  }

  Status DoPut(const fl::ServerCallContext& context,
               std::unique_ptr<fl::FlightMessageReader> reader,
               std::unique_ptr<fl::FlightMetadataWriter> writer) override {
    ClientUpload upload(*reader);
    auto answer = calls_.Put(CallerOf(context), reader->descriptor().cmd, upload);
    if (!answer.ok()) {
      return FlightStatus(calls_, answer.status());
    }
    return writer->WriteMetadata(*arrow::Buffer::FromString(*std::move(answer)));
  }

  Status DoAction(const fl::ServerCallContext& context, const fl::Action& action,
                  std::unique_ptr<fl::ResultStream>* result) override {
    const std::string_view body =
        action.body == nullptr ? std::string_view() : std::string_view(*action.body);
    auto results = calls_.Act(CallerOf(context), action.type, body);
    if (!results.ok()) {
      return FlightStatus(calls_, results.status());
    }
    *result = std::make_unique<ActionResults>(*std::move(results));
    return Status::OK();
  }

  Status ListActions(const fl::ServerCallContext&,
                     std::vector<fl::ActionType>* actions) override {
    for (auto& [type, description] : calls_.Actions()) {
      actions->push_back({type, description});
    }
    return Status::OK();
  }

 private:
  FlightCalls& calls_;
};

class Host : public FlightHost {
 public:
  explicit Host(FlightCalls& calls) : calls_(calls), server_(calls) {}
  ~Host() override { Shutdown(0); }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  Status Start(const std::string& path) {
    ARROW_ASSIGN_OR_RAISE(const fl::Location location, fl::Location::ForGrpcUnix(path));
    fl::FlightServerOptions options(location);
    options.auth_handler = std::make_shared<fl::NoOpAuthHandler>();
    options.middleware.emplace_back(kMiddleware, std::make_shared<SignInFactory>(calls_));
    RETURN_NOT_OK(server_.Init(options));
    is_running_ = true;
    return Status::OK();
  }

  void Shutdown(int64_t deadline_ms) override {
    if (!std::exchange(is_running_, false)) {
      return;
    }
    const auto deadline =
        std::chrono::system_clock::time_point(std::chrono::milliseconds(deadline_ms));
    // What cannot be shut down ends with the process.
    static_cast<void>(server_.Shutdown(&deadline));
  }

 private:
  FlightCalls& calls_;
  Server server_;
  bool is_running_ = false;
};

}  // namespace
}  // namespace tarn::gateway::flight

extern "C" __attribute__((visibility("default"))) void TarnStartFlightHost(
    const char* path, tarn::gateway::flight::FlightCalls* calls,
    tarn::Result<std::unique_ptr<tarn::gateway::flight::FlightHost>>* host) {
  auto made = std::make_unique<tarn::gateway::flight::Host>(*calls);
  const tarn::Status started = made->Start(path);
  if (started.ok()) {
    *host = std::unique_ptr<tarn::gateway::flight::FlightHost>(std::move(made));
  } else {
    *host = started;
  }
}
