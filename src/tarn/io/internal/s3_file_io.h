// FileIO on S3 and what speaks its protocol, over Arrow's S3FileSystem.
#pragma once

#include <memory>

#include "tarn/io/file_io.h"

namespace tarn::io {

/// Starts the S3 client of the process at the first call; it is shut down at exit.
/// Errors: kInvalidArgument for options that make no sense, kUnavailable.
///
/// WriteNew asks first and writes then: Arrow's S3 client cannot send If-None-Match. Two
/// writers of one name within the same few milliseconds are therefore not told apart.
/// Nothing in Tarn depends on it: names of metadata files hold a random UUID, and the
/// catalog's compare-and-swap decides who wins.
Result<std::unique_ptr<FileIO>> MakeS3FileIO(const S3Options& options);

/// `status` of Arrow's S3 client with the ErrorCode that its text says, and `what` put
/// before.
Status FromS3Error(std::string_view what, const Status& status);

}  // namespace tarn::io
