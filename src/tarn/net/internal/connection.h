// One client's connection: requests in, answers out, one after the other.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tarn/base/result.h"
#include "tarn/net/internal/byte_stream.h"
#include "tarn/net/internal/event_loop.h"
#include "tarn/net/internal/request_parser.h"
#include "tarn/net/internal/server_core.h"

namespace tarn::net::internal {

/// Belongs to one thread at a time: to the loop's while it waits for the socket, to a
/// worker's while a handler runs. Whoever has it calls one of the functions that wait or
/// push, last, and thereby gives it away. Only Expire…() and End…() may be called by
/// others: they touch nothing but atomics and shutdown(2), whereupon the owner finds the
/// socket at its end.
class Connection : public WorkerPool::Job,
                   public std::enable_shared_from_this<Connection> {
 public:
  enum class Load { kNormal, kSurplus };  // a surplus one is told 503

  Connection(ServerCore& core, std::unique_ptr<EventLoop::Source> source, int fd,
             std::string remote_address, Load load);
  ~Connection() override;

  /// On the loop's thread, once.
  void Start();
  void RunOnWorker() override;
  Lane lane() const override { return route_->options.lane; }
  std::string_view line() const override { return parser_->request().raw_path; }

  /// Ends what takes too long.
  void ExpireIfLate(std::chrono::steady_clock::time_point now);
  /// Ends it if no request is being read or answered.
  void EndIfIdle();
  void EndNow();

 private:
  enum class Phase : uint8_t {
    kFresh,    // nothing has come yet; TLS handshakes count as that
    kHead,     // a part of a request's head has come
    kBody,     // … of its body
    kHandler,  // no time limit
    kWrite,    // an answer
    kIdle,     // between requests
    kLinger,   // all is said; reading what the client still sends, so that it sees it
  };
  /// Whether the caller still has the connection.
  enum class Then { kAgain, kGivenAway };
  class ChunkedWriter;
  class BodyReader;
  enum class Connected { kStays, kEnds };
  /// No limit if `limit` is zero.
  void SetPhase(Phase phase, std::chrono::milliseconds limit);
  /// Calls `then` on the loop's thread once what `outcome` wants is there.
  void Await(IoResult::Outcome outcome, void (Connection::*then)());

  void Handshake();
  void OnReadable();
  void OnWritable();
  bool ReadSome();  // false: it has been given away
  void AtEndOfInput();

  void Run();
  Then Advance();
  Then WaitForMore();
  void OnHead();
  int StatusToRefuseHead() const;
  Then OnRequest();
  void SayContinue();

  HttpResponse Handled();
  /// The status to refuse with if the body could not be read by the handler; else 0.
  int StatusToRefuseBody() const;
  bool StreamsBody() const { return route_ != nullptr && route_->options.streams_body; }
  Result<std::optional<std::string_view>> ReadBody();
  Status ReadOnWorker();
  HttpResponse Refused(int status);
  Then Refuse(int status, Connected connected);
  void Prepare(HttpResponse response, Connected connected);
  Then Write();
  Then Stream(HttpResponse response);
  Status WriteAll(std::string_view first, std::string_view second);
  /// Until the stream can go on, or its end shows; `wanted` is kWantRead or kWantWrite.
  void AwaitOnWorker(IoResult::Outcome wanted) const;
  /// Why the stream ended under a worker; `does`: what the client no longer does.
  Status ClientIsGone(std::string_view does) const;
  Then Finish();
  void Report();
  void Close();
  void Linger();

  ServerCore& core_;
  std::unique_ptr<EventLoop::Source> source_;
  const int fd_;
  const std::string remote_address_;
  const Load load_;
  std::unique_ptr<ByteStream> stream_;

  PeerCertificate certificate_;  // of the client
  std::string input_;            // read
  size_t input_at_ = 0;          // what of it has been parsed
  std::unique_ptr<RequestParser> parser_;
  const Router::Route* route_ = nullptr;
  int refusal_ = 0;  // the status to refuse with, once the body has been read
  std::chrono::steady_clock::time_point began_at_;

  std::string head_;  // of the answer; what is left of it
  std::string body_;
  size_t sent_ = 0;  // of head_ and body_
  int status_ = 0;
  int64_t response_bytes_ = 0;
  std::string principal_;  // of the answer
  bool keeps_alive_ = true;
  bool is_counted_ = false;  // in in_progress
  std::string body_piece_;   // what ReadBody() gave
  bool has_asked_for_body_ = false;

  std::atomic<Phase> phase_{Phase::kFresh};
  std::atomic<int64_t> deadline_ns_{0};  // of steady_clock; 0: none
  std::atomic<bool> is_late_{false};
  size_t lingered_bytes_ = 0;
};

}  // namespace tarn::net::internal
