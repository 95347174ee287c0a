#include "tarn/io/internal/azure_file_io.h"

#include <utility>

#include <arrow/filesystem/azurefs.h>
#include <arrow/io/interfaces.h>

#include "tarn/base/error.h"
#include "tarn/io/internal/object_store.h"
#include "tarn/io/internal/store_errors.h"

namespace tarn::io {
namespace {

namespace fs = arrow::fs;

// Arrow sends blocks of this size, and Azure takes so many of them for one blob.
constexpr int64_t kBlockBytes = int64_t{10} << 20;
constexpr int64_t kBlocksMax = 50'000;
// Arrow makes an empty blob as soon as it opens one; smaller files are opened by Close().
constexpr int64_t kBufferBytes = int64_t{1} << 20;

std::string SasTokenOf(const AzureOptions& options, const std::string& account) {
  const auto it = options.sas_tokens.find(account);
  const std::string& token =
      it == options.sas_tokens.end() ? options.sas_token : it->second;
  // Arrow puts it behind the account's URL as it is.
  return token.empty() || token.starts_with('?') ? token : "?" + token;
}

Status SetCredentials(const AzureOptions& options, fs::AzureOptions* to) {
  const std::string sas_token = SasTokenOf(options, to->account_name);
  if (options.anonymous) {
    return to->ConfigureAnonymousCredential();
  }
  if (!options.account_key.empty() && to->account_name == options.account_name) {
    return to->ConfigureAccountKeyCredential(options.account_key);
  }
  if (!sas_token.empty()) {
    return to->ConfigureSASCredential(sas_token);
  }
  if (!options.client_secret.empty()) {
    if (options.tenant_id.empty() || options.client_id.empty()) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "adls.client-secret needs adls.tenant-id and adls.client-id");
    }
    return to->ConfigureClientSecretCredential(options.tenant_id, options.client_id,
                                               options.client_secret);
  }
  if (!options.client_id.empty()) {
    return to->ConfigureManagedIdentityCredential(options.client_id);
  }
  return to->ConfigureDefaultCredential();
}

Status CheckScheme(std::string_view setting, const std::string& scheme) {
  if (scheme == "http" || scheme == "https") {
    return Status::OK();
  }
  return MakeError(ErrorCode::kInvalidArgument,
                   std::string(setting) + " must be http or https, got: " + scheme);
}

Result<fs::AzureOptions> ToArrow(const AzureOptions& options,
                                 const AzureLocation& location) {
  ARROW_RETURN_NOT_OK(CheckScheme("adls.blob-storage-scheme", options.blob_scheme));
  ARROW_RETURN_NOT_OK(CheckScheme("adls.dfs-storage-scheme", options.dfs_scheme));
  fs::AzureOptions to;
  to.account_name = location.account.empty() ? options.account_name : location.account;
  if (to.account_name.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "No Azure account: set adls.account-name, or name it in the "
                     "location (abfss://container@account.dfs.core.windows.net/path)");
  }
  to.blob_storage_scheme = options.blob_scheme;
  to.dfs_storage_scheme = options.dfs_scheme;
  if (!location.blob_authority.empty()) {
    to.blob_storage_authority = location.blob_authority;
    to.dfs_storage_authority = location.dfs_authority;
  }
  if (!options.blob_authority.empty()) {
    to.blob_storage_authority = options.blob_authority;
    to.dfs_storage_authority = options.blob_authority;
  }
  if (!options.dfs_authority.empty()) {
    to.dfs_storage_authority = options.dfs_authority;
  }
  // In the background Arrow holds as many blocks as there are, and an exception of the
  // SDK there would end the process.
  to.background_writes = false;
  ARROW_RETURN_NOT_OK(SetCredentials(options, &to));
  return to;
}

class AzureStore final : public ObjectStore {
 public:
  explicit AzureStore(std::shared_ptr<fs::AzureFileSystem> azure)
      : azure_(std::move(azure)) {}

  Result<std::string> KeyOf(const std::string& location) const override {
    ARROW_ASSIGN_OR_RAISE(AzureLocation parsed, ParseAzureLocation(location));
    return std::move(parsed.path);
  }
  fs::FileSystem& file_system() override { return *azure_; }

  Upload UploadTo(const std::string& location, const std::string& key) override {
    return {
        .location = location,
        .open = [azure = azure_, key] { return azure->OpenOutputStream(key, nullptr); },
        .discard =
            [azure = azure_, key](const Upload::Stream& stream) {
              static_cast<void>(stream->Abort());
              return azure->DeleteFile(key);  // the empty blob that opening made
            },
        .buffer_bytes = kBufferBytes,
        .bytes_max = kBlocksMax * kBlockBytes};
  }

 private:
  std::shared_ptr<fs::AzureFileSystem> azure_;
};

}  // namespace

Result<std::unique_ptr<FileIO>> MakeAzureFileIO(const AzureOptions& options,
                                                const AzureLocation& location) {
  auto azure = CatchStore([&]() -> Result<std::shared_ptr<fs::AzureFileSystem>> {
    ARROW_ASSIGN_OR_RAISE(fs::AzureOptions arrow_options, ToArrow(options, location));
    return fs::AzureFileSystem::Make(arrow_options);
  });
  if (!azure.ok()) {
    return FromStoreError("Cannot open Azure", azure.status());
  }
  return MakeObjectStoreFileIO(std::make_unique<AzureStore>(*std::move(azure)));
}

}  // namespace tarn::io
