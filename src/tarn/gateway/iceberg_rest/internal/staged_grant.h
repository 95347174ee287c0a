// What lets a client sign requests for a table that is staged: no catalog knows it yet,
// so the client carries the proof that it was staged here, for it, and where.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/table_ident.h"

namespace tarn::gateway {

struct StagedGrant {
  std::string principal;
  iceberg::TableIdent ident;
  std::vector<std::string> locations;       // the directories that were given
  std::chrono::milliseconds expires_at{0};  // since the Unix epoch
};

/// Text for a client to send back, base64 and '.'. `secret` (the store's key) seals it,
/// so that every server that can sign for the store reads it; it is not in the text.
std::string SealStagedGrant(const StagedGrant& grant, std::string_view secret);

/// Errors: kForbidden for a text that was not sealed with `secret` or has expired.
Result<StagedGrant> OpenStagedGrant(std::string_view text, std::string_view secret,
                                    std::chrono::milliseconds now);

}  // namespace tarn::gateway
