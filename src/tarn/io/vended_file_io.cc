#include "tarn/io/vended_file_io.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>

#include "tarn/base/error.h"
#include "tarn/base/logging.h"
#include "tarn/io/positioned_file.h"

namespace tarn::io {
namespace {

using std::chrono::milliseconds;
using Properties = std::map<std::string, std::string>;

constexpr size_t kOwnersMax = 10'000;

/// The properties that together say who somebody is to one kind of store.
constexpr std::string_view kIdentities[][9] = {
    {"s3.access-key-id", "s3.secret-access-key", "s3.session-token",
     "s3.session-token-expires-at-ms"},
    {"adls.account-key", "adls.sas-token", "adls.connection-string", "adls.tenant-id",
     "adls.client-id", "adls.client-secret", "adls.anon", "adls.sas-token.",
     "adls.sas-token-expires-at-ms."},
    {"gcs.oauth2.token", "gcs.oauth2.token-expires-at", "gcs.no-auth"},
};

bool IsNamed(std::string_view key, std::string_view name) {
  return !name.empty() && (name.ends_with('.') ? key.starts_with(name) : key == name);
}

bool IsOfIdentity(std::string_view key, const std::string_view (&identity)[9]) {
  return std::ranges::any_of(identity,
                             [&](std::string_view name) { return IsNamed(key, name); });
}

/// "s3://b/k" for "s3a://b/k": the same object under each of its names.
std::string Normalized(std::string_view location) {
  for (const std::string_view other : {"s3a://", "s3n://"}) {
    if (location.starts_with(other)) {
      return "s3://" + std::string(location.substr(other.size()));
    }
  }
  return std::string(location);
}

std::string AsDirectory(std::string_view root) {
  std::string text = Normalized(root);
  if (!text.ends_with('/')) {
    text += '/';
  }
  return text;
}

/// The credential with the longest prefix of `location`; nullptr if none has one.
const StorageCredential* LongestOf(const std::vector<StorageCredential>& credentials,
                                   const std::string& location) {
  const StorageCredential* longest = nullptr;
  for (const StorageCredential& credential : credentials) {
    if (location.starts_with(Normalized(credential.prefix)) &&
        (longest == nullptr || credential.prefix.size() > longest->prefix.size())) {
      longest = &credential;
    }
  }
  return longest;
}

/// `stream`, whose store lives at least as long.
template <typename T>
std::shared_ptr<T> KeepingStore(std::shared_ptr<T> stream,
                                std::shared_ptr<FileIO> store) {
  T* const raw = stream.get();
  return {raw, [kept = std::pair(std::move(store), std::move(stream))](T*) mutable {
            kept.second.reset();  // before its store
          }};
}

}  // namespace

Properties WithVendedProperties(Properties base, const Properties& vended) {
  for (const auto& identity : kIdentities) {
    const bool is_vended = std::ranges::any_of(
        vended, [&](const auto& entry) { return IsOfIdentity(entry.first, identity); });
    if (is_vended) {
      std::erase_if(
          base, [&](const auto& entry) { return IsOfIdentity(entry.first, identity); });
    }
  }
  const auto region = vended.find("client.region");
  if (region != vended.end()) {
    base["s3.region"] = region->second;  // unless s3.region says otherwise
  }
  for (const auto& [key, value] : vended) {
    base[key] = value;
  }
  return base;
}

std::optional<milliseconds> ExpiryOf(const Properties& properties) {
  std::optional<milliseconds> earliest;
  for (const auto& [key, value] : properties) {
    if (key != "s3.session-token-expires-at-ms" && key != "gcs.oauth2.token-expires-at" &&
        !key.starts_with("adls.sas-token-expires-at-ms")) {
      continue;
    }
    int64_t at = 0;
    const char* const end = value.data() + value.size();
    const auto parsed = std::from_chars(value.data(), end, at);
    if (parsed.ec == std::errc() && parsed.ptr == end && at > 0) {
      earliest = std::min(earliest.value_or(milliseconds::max()), milliseconds(at));
    }
  }
  return earliest;
}

/// Opens the file again when reading fails after its credentials were renewed: a query
/// may read for longer than they last.
class RenewedInput final : public PositionedFile {
 public:
  RenewedInput(VendedFileIO& owner, std::string location, std::shared_ptr<FileIO> store,
               std::shared_ptr<arrow::io::RandomAccessFile> file, int64_t size)
      : PositionedFile(size),
        owner_(owner),
        location_(std::move(location)),
        store_(std::move(store)),
        file_(std::move(file)) {}

  Status Close() override {
    ARROW_RETURN_NOT_OK(PositionedFile::Close());
    return Current().first->Close();
  }

 private:
  using File = std::shared_ptr<arrow::io::RandomAccessFile>;

  Result<int64_t> ReadRange(int64_t position, int64_t nbytes, void* out) override {
    const auto [file, store] = Current();
    Result<int64_t> read = file->ReadAt(position, nbytes, out);
    if (read.ok()) {
      return read;
    }
    ARROW_ASSIGN_OR_RAISE(auto fresh, owner_.For(location_));
    if (fresh == store) {
      return read;
    }
    ARROW_ASSIGN_OR_RAISE(auto again, fresh->OpenInput(location_, size()));
    read = again->ReadAt(position, nbytes, out);
    const std::lock_guard lock(mutex_);
    store_ = std::move(fresh);
    file_ = std::move(again);
    return read;
  }

  std::pair<File, std::shared_ptr<FileIO>> Current() {
    const std::lock_guard lock(mutex_);
    return {file_, store_};
  }

  VendedFileIO& owner_;
  const std::string location_;
  std::mutex mutex_;               // ranges may be read by several threads
  std::shared_ptr<FileIO> store_;  // before file_, which needs it
  File file_;
};

VendedFileIO::VendedFileIO(VendedFileIOOptions options, Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      base_(MakeFileIO(FileIOOptionsFrom(options_.properties))) {}

VendedFileIO::~VendedFileIO() = default;

void VendedFileIO::Grant(const std::string& owner, StorageGrant grant, Renew renew) {
  const std::lock_guard lock(mutex_);
  GrantLocked(owner, grant);
  owners_[owner].renew = std::move(renew);
  while (owners_.size() > kOwnersMax) {
    ForgetLocked(turns_.begin()->second);
  }
}

void VendedFileIO::GrantLocked(const std::string& owner, const StorageGrant& grant) {
  Owner& state = owners_[owner];
  for (const std::string& prefix : state.prefixes) {
    const auto found = openings_.find(prefix);
    if (found != openings_.end() && found->second.owner == owner) {
      openings_.erase(found);
    }
  }
  state.prefixes.clear();
  std::optional<milliseconds> expires_at;
  const auto open = [&](const std::string& prefix, const StorageCredential& credential) {
    openings_[prefix] = {
        .owner = owner,
        .properties = WithVendedProperties(options_.properties, credential.properties)};
    state.prefixes.push_back(prefix);
  };
  for (const StorageCredential& credential : grant.credentials) {
    open(Normalized(credential.prefix), credential);
    if (const auto at = ExpiryOf(credential.properties)) {
      expires_at = std::min(expires_at.value_or(*at), *at);
    }
  }
  for (const std::string& root : grant.roots) {
    const std::string directory = AsDirectory(root);
    if (const auto* credential = LongestOf(grant.credentials, directory)) {
      open(directory, *credential);
    }
  }
  state.expires_at = expires_at.value_or(milliseconds(0));
  state.renew_at = milliseconds(0);
  if (expires_at) {
    const milliseconds left = std::max(milliseconds(0), *expires_at - clock_.Now());
    state.renew_at = *expires_at - std::min(options_.renew_before, left / 10);
  }
  turns_.erase(state.turn);
  state.turn = ++turn_;
  turns_[state.turn] = owner;
}

void VendedFileIO::ForgetLocked(const std::string& owner) {
  const auto found = owners_.find(owner);
  for (const std::string& prefix : found->second.prefixes) {
    const auto opening = openings_.find(prefix);
    if (opening != openings_.end() && opening->second.owner == owner) {
      openings_.erase(opening);
    }
  }
  turns_.erase(found->second.turn);
  owners_.erase(found);
}

bool VendedFileIO::IsFresh(const std::string& owner) const {
  const std::lock_guard lock(mutex_);
  const auto found = owners_.find(owner);
  return found == owners_.end() || found->second.renew_at.count() == 0 ||
         clock_.Now() < found->second.renew_at;
}

VendedFileIO::Opening* VendedFileIO::FindLocked(const std::string& location) {
  // Of the prefixes of a text the longest sorts last; between it and the text there may
  // be others, which share ever less with it.
  const std::string wanted = Normalized(location);
  std::string_view bound = wanted;
  while (true) {
    auto next = openings_.upper_bound(bound);
    if (next == openings_.begin()) {
      return nullptr;
    }
    --next;
    const std::string& prefix = next->first;
    if (wanted.starts_with(prefix)) {
      return &next->second;
    }
    const size_t common =
        static_cast<size_t>(std::ranges::mismatch(prefix, bound).in1 - prefix.begin());
    bound = bound.substr(0, common);
  }
}

std::shared_ptr<FileIO> VendedFileIO::StoreLocked(const Properties& properties) {
  std::erase_if(stores_, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<FileIO>& known = stores_[properties];
  std::shared_ptr<FileIO> store = known.lock();
  if (store == nullptr) {
    store = MakeFileIO(FileIOOptionsFrom(properties));
    known = store;
  }
  return store;
}

Status VendedFileIO::RenewIfDue(const std::string& owner) {
  std::shared_ptr<std::mutex> renewing;
  Renew renew;
  int64_t turn = 0;
  bool is_expired = false;
  {
    const std::lock_guard lock(mutex_);
    const auto found = owners_.find(owner);
    if (found == owners_.end() || found->second.renew == nullptr ||
        found->second.renew_at.count() == 0 || clock_.Now() < found->second.renew_at) {
      return Status::OK();
    }
    renewing = found->second.renewing;
    renew = found->second.renew;
    turn = found->second.turn;
    is_expired = clock_.Now() >= found->second.expires_at;
  }
  std::unique_lock turn_lock(*renewing, std::defer_lock);
  if (is_expired) {
    turn_lock.lock();
  } else if (!turn_lock.try_lock()) {
    return Status::OK();  // somebody is at it, and what there is still works
  }
  {
    const std::lock_guard lock(mutex_);
    const auto found = owners_.find(owner);
    if (found == owners_.end() || found->second.turn != turn) {
      return Status::OK();  // done by another thread meanwhile
    }
  }
  Result<StorageGrant> grant = renew();
  if (!grant.ok()) {
    if (!is_expired) {
      LogWarn("Cannot renew the credentials of a table; the old ones still work",
              {{"table", owner}, {"error", grant.status().message()}});
      return Status::OK();
    }
    return WithContext("The credentials for " + owner + " have expired: ",
                       grant.status());
  }
  const std::lock_guard lock(mutex_);
  GrantLocked(owner, *grant);
  return Status::OK();
}

Result<std::shared_ptr<FileIO>> VendedFileIO::For(const std::string& location) {
  if (LocalPathOf(location)) {
    return base_;
  }
  std::string owner;
  {
    const std::lock_guard lock(mutex_);
    const Opening* opening = FindLocked(location);
    if (opening == nullptr) {
      return base_;
    }
    owner = opening->owner;
  }
  ARROW_RETURN_NOT_OK(RenewIfDue(owner));
  const std::lock_guard lock(mutex_);
  Opening* opening = FindLocked(location);
  if (opening == nullptr) {
    return base_;
  }
  if (opening->store == nullptr) {
    opening->store = StoreLocked(opening->properties);
  }
  return opening->store;
}

Result<std::shared_ptr<arrow::io::RandomAccessFile>> VendedFileIO::OpenInput(
    const std::string& location, std::optional<int64_t> size_bytes) {
  ARROW_ASSIGN_OR_RAISE(auto store, For(location));
  ARROW_ASSIGN_OR_RAISE(auto file, store->OpenInput(location, size_bytes));
  if (store == base_) {
    return file;
  }
  ARROW_ASSIGN_OR_RAISE(const int64_t size, file->GetSize());
  return std::make_shared<RenewedInput>(*this, location, std::move(store),
                                        std::move(file), size);
}

Result<std::shared_ptr<arrow::io::OutputStream>> VendedFileIO::OpenOutput(
    const std::string& location) {
  ARROW_ASSIGN_OR_RAISE(auto store, For(location));
  ARROW_ASSIGN_OR_RAISE(auto stream, store->OpenOutput(location));
  return KeepingStore(std::move(stream), std::move(store));
}

Status VendedFileIO::WriteNew(const std::string& location, std::string_view bytes) {
  ARROW_ASSIGN_OR_RAISE(const auto store, For(location));
  return store->WriteNew(location, bytes);
}

Result<std::string> VendedFileIO::ReadAll(const std::string& location,
                                          int64_t bytes_max) {
  ARROW_ASSIGN_OR_RAISE(const auto store, For(location));
  return store->ReadAll(location, bytes_max);
}

Result<FileInfo> VendedFileIO::Stat(const std::string& location) {
  ARROW_ASSIGN_OR_RAISE(const auto store, For(location));
  return store->Stat(location);
}

Result<std::vector<FileInfo>> VendedFileIO::List(const std::string& directory) {
  // A table's root is granted with its slash.
  ARROW_ASSIGN_OR_RAISE(const auto store,
                        For(directory.ends_with('/') ? directory : directory + '/'));
  return store->List(directory);
}

Status VendedFileIO::Delete(const std::string& location) {
  ARROW_ASSIGN_OR_RAISE(const auto store, For(location));
  return store->Delete(location);
}

}  // namespace tarn::io
