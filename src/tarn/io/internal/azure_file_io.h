// FileIO on Azure Blob Storage and Data Lake Storage, over Arrow's AzureFileSystem.
#pragma once

#include <memory>

#include "tarn/io/file_io.h"
#include "tarn/io/internal/azure_location.h"

namespace tarn::io {

/// Files of the account that `location` names, or else the options do. Tries of a request
/// are the Azure SDK's: three more, after about 1, 2 and 4 seconds; Arrow has no setting
/// for them. Errors: kInvalidArgument for options that make no sense.
Result<std::unique_ptr<FileIO>> MakeAzureFileIO(const AzureOptions& options,
                                                const AzureLocation& location);

}  // namespace tarn::io
