#include "tarn/gateway/hive/internal/hive_connection.h"

#include <algorithm>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/base/logging.h"
#include "tarn/base/metrics.h"

namespace tarn::gateway::hive {
namespace {

// Thrift's framing of SASL: a byte that says how it stands, four of length, the text.
constexpr uint8_t kSaslStart = 1;
constexpr uint8_t kSaslOk = 2;
constexpr uint8_t kSaslBad = 3;
constexpr uint8_t kSaslComplete = 5;
constexpr size_t kSaslTextMax = 4096;
constexpr size_t kFrameHeadBytes = 4;

std::string FrameHead(size_t size) {
  std::string head;
  for (int shift = 24; shift >= 0; shift -= 8) {
    head.push_back(static_cast<char>(size >> shift));
  }
  return head;
}

size_t FrameSize(std::string_view head) {
  size_t size = 0;
  for (const char c : head) {
    size = size << 8 | static_cast<unsigned char>(c);
  }
  return size;
}

/// The user and secret of SASL's PLAIN (RFC 4616): two zero bytes between three texts.
bool ParsePlain(std::string_view text, std::string* user, std::string* secret) {
  const size_t first = text.find('\0');
  const size_t second =
      first == std::string_view::npos ? first : text.find('\0', first + 1);
  if (second == std::string_view::npos) {
    return false;
  }
  *user = text.substr(first + 1, second - first - 1);
  *secret = text.substr(second + 1);
  return !user->empty() && secret->find('\0') == std::string::npos;
}

struct Metrics {
  MetricFamily<Counter>& calls = ProcessMetrics().MakeCounters(
      "tarn_hive_calls_total", "Calls of Hive Metastore clients that were answered.",
      {"method", "outcome"});
  MetricFamily<Histogram>& seconds = ProcessMetrics().MakeHistograms(
      "tarn_hive_call_seconds", "How long they took.", {"method"});
};

void Count(std::string_view method, std::string_view outcome,
           std::chrono::steady_clock::time_point began) {
  static Metrics metrics;
  metrics.calls.With({method, outcome}).Add();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  metrics.seconds.With({method}).Observe(took.count());
}

std::string Refuse(const ThriftMessage& call, ApplicationError error,
                   const std::string& message) {
  LogDebug("hive call refused", {{"method", call.name}, {"error", message}});
  return WriteApplicationError(call, error, message);
}

std::string AnswerError(const ThriftMessage& call, const HiveMethod& method,
                        const Status& error) {
  if (InfoOf(CodeOf(error)).blame == Blame::kBug) {
    LogError("hive call failed", {{"method", call.name}, {"error", error.message()}});
  }
  const int16_t field = ExceptionField(method, error);
  if (field == 0) {
    return Refuse(call, ApplicationError::kInternal, error.message());
  }
  ThriftStruct exception;
  exception.Set(1, error.message());
  ThriftMessage answer{.name = call.name,
                       .type = MessageType::kReply,
                       .sequence_id = call.sequence_id,
                       .body = {}};
  answer.body.Set(field, std::move(exception));
  return WriteMessage(answer);
}

}  // namespace

std::string AnswerCall(const ThriftMessage& message, const HiveServices& services,
                       std::vector<int64_t>& connection_locks) {
  const auto began = std::chrono::steady_clock::now();
  const HiveMethod* const method = FindMethod(message.name);
  const bool wants_answer = message.type != MessageType::kOneWay;
  if (message.type != MessageType::kCall && message.type != MessageType::kOneWay) {
    Count("other", "refused", began);
    return Refuse(message, ApplicationError::kInvalidMessageType,
                  "Only calls are answered");
  }
  if (method == nullptr) {
    Count("other", "unknown", began);
    return wants_answer ? Refuse(message, ApplicationError::kUnknownMethod,
                                 "Tarn's metastore has no method " + message.name)
                        : std::string();
  }
  const Result<HiveAnswer> result =
      method->handler({message.body, services, connection_locks});
  Count(method->name,
        result.ok() ? "ok" : std::string_view(InfoOf(CodeOf(result.status())).name),
        began);
  if (method->is_one_way || !wants_answer) {
    return {};
  }
  if (!result.ok()) {
    return AnswerError(message, *method, result.status());
  }
  ThriftMessage answer{.name = message.name,
                       .type = MessageType::kReply,
                       .sequence_id = message.sequence_id,
                       .body = {}};
  if (const HiveAnswer& value = *result) {
    answer.body.Set(0, *value);
  }
  return WriteMessage(answer);
}

HiveConnection::HiveConnection(net::Stream& stream, const HiveServerOptions& options,
                               const HiveServices& services)
    : stream_(stream),
      options_(options),
      services_(services),
      reader_([this](char* data, size_t size,
                     bool is_first) { return Read(data, size, is_first); },
              {.bytes_max = options.message_bytes_max}) {}

HiveConnection::~HiveConnection() { services_.locks.Abandon(locks_); }

void HiveConnection::Run() {
  const Status status = Serve();
  if (status.ok()) {
    return;
  }
  const ErrorCode code = CodeOf(status);
  const bool is_usual = code == ErrorCode::kCancelled || code == ErrorCode::kTimeout ||
                        code == ErrorCode::kIoFailed;
  Log(is_usual ? LogLevel::kDebug : LogLevel::kWarn, "hive connection ended",
      {{"from", stream_.remote_address()}, {"error", status.message()}});
}

Status HiveConnection::Serve() {
  ARROW_ASSIGN_OR_RAISE(int first, reader_.Peek());
  if (options_.authenticate) {
    if (first >= 0 && first != kSaslStart) {
      return RefuseUnsigned();
    }
    if (first >= 0) {
      ARROW_RETURN_NOT_OK(SignIn());
      ARROW_ASSIGN_OR_RAISE(first, reader_.Peek());
    }
  }
  while (first >= 0) {
    auto message = reader_.ReadMessage();
    if (!message.ok()) {
      // The client learns why, if it can read an answer at all.
      ARROW_UNUSED(Write(WriteApplicationError(
          {.name = "unknown"}, ApplicationError::kProtocol, message.status().message())));
      return message.status();
    }
    std::string answer = AnswerCall(*message, services_, locks_);
    if (!answer.empty()) {
      ARROW_RETURN_NOT_OK(Write(std::move(answer)));
    }
    ARROW_ASSIGN_OR_RAISE(first, reader_.Peek());
  }
  return Status::OK();
}

Status HiveConnection::RefuseUnsigned() {
  const Status refusal =
      MakeError(ErrorCode::kUnauthenticated,
                "Authentication is on: sign in with SASL PLAIN, a client id and its "
                "secret (clients without it use the REST catalog)");
  ARROW_ASSIGN_OR_RAISE(const ThriftMessage message, reader_.ReadMessage());
  ARROW_RETURN_NOT_OK(Write(
      WriteApplicationError(message, ApplicationError::kInternal, refusal.message())));
  return refusal;
}

Result<HiveConnection::SaslMessage> HiveConnection::ReadSasl() {
  ARROW_ASSIGN_OR_RAISE(const std::string status, reader_.ReadBytes(1));
  ARROW_ASSIGN_OR_RAISE(const std::string head, reader_.ReadBytes(kFrameHeadBytes));
  const size_t size = FrameSize(head);
  if (size > kSaslTextMax) {
    return MakeError(ErrorCode::kInvalidData,
                     "A sign-in of " + std::to_string(size) + " bytes is none");
  }
  ARROW_ASSIGN_OR_RAISE(std::string text, reader_.ReadBytes(size));
  return SaslMessage{static_cast<uint8_t>(status[0]), std::move(text)};
}

Status HiveConnection::SendSasl(uint8_t status, const std::string& text) {
  return stream_.Write(static_cast<char>(status) + FrameHead(text.size()) + text,
                       options_.write_timeout);
}

Status HiveConnection::SignIn() {
  ARROW_ASSIGN_OR_RAISE(const SaslMessage start, ReadSasl());
  if (start.text != "PLAIN") {
    ARROW_RETURN_NOT_OK(
        SendSasl(kSaslBad, "Of SASL's mechanisms only PLAIN is spoken here"));
    return MakeError(ErrorCode::kUnauthenticated, "A sign-in by another way than PLAIN");
  }
  ARROW_ASSIGN_OR_RAISE(const SaslMessage answer, ReadSasl());
  std::string user;
  std::string secret;
  const bool is_plain = (answer.status == kSaslOk || answer.status == kSaslComplete) &&
                        ParsePlain(answer.text, &user, &secret);
  const Status status =
      is_plain ? options_.authenticate(user, secret, stream_.remote_address())
               : MakeError(ErrorCode::kUnauthenticated, "Not a sign-in by PLAIN");
  if (!status.ok()) {
    ARROW_RETURN_NOT_OK(SendSasl(kSaslBad, status.message()));
    return status;
  }
  ARROW_RETURN_NOT_OK(SendSasl(kSaslComplete, ""));
  is_framed_ = true;
  return Status::OK();
}

Result<size_t> HiveConnection::ReadStream(char* data, size_t size, bool is_first) {
  using std::chrono::milliseconds;
  if (is_first) {
    auto count =
        stream_.Read(data, size, net::ReadPoint::kBetweenRequests, options_.idle_timeout);
    call_began_ = std::chrono::steady_clock::now();
    return count;
  }
  const auto left =
      call_began_ + options_.call_timeout - std::chrono::steady_clock::now();
  const auto timeout = std::clamp(std::chrono::duration_cast<milliseconds>(left),
                                  milliseconds(0), options_.read_timeout);
  return stream_.Read(data, size, net::ReadPoint::kWithinRequest, timeout);
}

Result<size_t> HiveConnection::Read(char* data, size_t size, bool is_first) {
  if (!is_framed_) {
    return ReadStream(data, size, is_first);
  }
  while (frame_left_ == 0) {
    std::string head(kFrameHeadBytes, '\0');
    for (size_t have = 0; have < head.size();) {
      ARROW_ASSIGN_OR_RAISE(
          const size_t count,
          ReadStream(head.data() + have, head.size() - have, is_first && have == 0));
      if (count == 0) {
        return 0;
      }
      have += count;
    }
    frame_left_ = FrameSize(head);
  }
  ARROW_ASSIGN_OR_RAISE(const size_t count,
                        ReadStream(data, std::min(size, frame_left_), false));
  frame_left_ -= count;
  return count;
}

Status HiveConnection::Write(std::string bytes) {
  if (is_framed_) {
    bytes.insert(0, FrameHead(bytes.size()));
  }
  return stream_.Write(bytes, options_.write_timeout);
}

}  // namespace tarn::gateway::hive
