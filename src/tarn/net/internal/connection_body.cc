// The half of Connection that reads a body for the handler that asked for it.
#include "tarn/net/internal/connection_body.h"

#include <array>
#include <utility>

#include "tarn/base/error.h"

namespace tarn::net::internal {
namespace {

using Outcome = IoResult::Outcome;

constexpr size_t kPieceBytes = 64 << 10;

}  // namespace

int Connection::StatusToRefuseBody() const {
  if (!StreamsBody() || parser_->is_done()) {
    return 0;
  }
  return parser_->error_status() != 0 ? parser_->error_status() : is_late_ ? 408 : 0;
}

Result<std::optional<std::string_view>> Connection::ReadBody() {
  if (parser_->expects_continue() && !has_asked_for_body_ && !parser_->is_done() &&
      input_at_ == input_.size()) {
    RETURN_NOT_OK(WriteAll("HTTP/1.1 100 Continue\r\n\r\n", ""));
  }
  has_asked_for_body_ = true;
  while (true) {
    input_at_ += parser_->Feed(std::string_view(input_).substr(input_at_));
    if (parser_->error_status() == 413) {
      return MakeError(ErrorCode::kResourceLimit,
                       "The body is longer than is taken here");
    }
    if (parser_->error_status() != 0) {
      return MakeError(ErrorCode::kInvalidData, "The body is not as HTTP has it");
    }
    body_piece_ = parser_->TakeBody();
    if (!body_piece_.empty()) {
      return std::optional<std::string_view>(body_piece_);
    }
    if (parser_->is_done()) {
      return std::optional<std::string_view>();
    }
    RETURN_NOT_OK(ReadOnWorker());
  }
}

/// Blocks until bytes have come. The time limit is ExpireIfLate()'s to watch.
Status Connection::ReadOnWorker() {
  input_.erase(0, std::exchange(input_at_, 0));
  SetPhase(Phase::kBody, core_.options.body_timeout);
  thread_local std::array<char, kPieceBytes> buffer;
  while (true) {
    const IoResult result = stream_->Read(buffer);
    switch (result.outcome) {
      case Outcome::kDone:
        input_.append(buffer.data(), result.bytes);
        SetPhase(Phase::kHandler, std::chrono::milliseconds(0));
        return Status::OK();
      case Outcome::kWantRead:
      case Outcome::kWantWrite:
        AwaitOnWorker(result.outcome);
        break;
      case Outcome::kEnd:
      case Outcome::kFailed:
        return ClientIsGone("sends");
    }
  }
}

}  // namespace tarn::net::internal
