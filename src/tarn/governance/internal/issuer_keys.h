// The keys of another issuer, read again when there is reason to.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/governance/json_web_key.h"

namespace tarn::governance::internal {

/// Thread-safe; one caller reads at a time, others go on with what there is.
class IssuerKeys {
 public:
  /// A JSON Web Key Set. Errors: kUnavailable and the like.
  using Read = std::function<Result<std::string>()>;
  IssuerKeys(Read read, Clock& clock) : read_(std::move(read)), clock_(clock) {}

  /// Whether one of the keys has signed `token`. Keys are read when there are none, when
  /// they are an hour old, and for a key id that is not among them, but never sooner than
  /// ten seconds after they were asked for last. Errors: those of `read`, while there are
  /// no keys.
  Result<bool> HaveSigned(const WebToken& token);

 private:
  using Keys = std::vector<JsonWebKey>;
  static constexpr std::chrono::milliseconds kAgeMax{3'600'000};
  static constexpr std::chrono::milliseconds kPause{10'000};

  Result<std::shared_ptr<const Keys>> For(const WebToken& token);

  const Read read_;
  Clock& clock_;
  std::mutex mutex_;
  std::shared_ptr<const Keys> keys_;        // nullptr: none were read yet
  Status failure_;                          // of the last time
  std::chrono::milliseconds read_at_{0};    // with success
  std::chrono::milliseconds asked_at_{-1};  // negative: never
  bool is_reading_ = false;
};

}  // namespace tarn::governance::internal
