// What an encrypted Parquet file is made of (Parquet Modular Encryption): modules of a
// length (uint32 little-endian), nonce, ciphertext and tag. Their additional data is the
// file's prefix and identifier, the kind of module and where in the file it belongs.
#include "tarn/storage/decrypted_parquet.h"

#include <algorithm>
#include <cstring>
#include <list>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/io/memory.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>

#include "tarn/base/aes_gcm.h"
#include "tarn/base/error.h"
#include "tarn/iceberg/encryption.h"
#include "tarn/io/positioned_file.h"
#include "tarn/storage/internal/catch_parquet.h"
#include "tarn/storage/internal/compact_thrift.h"
#include "tarn/storage/internal/file_encryption.h"

namespace tarn::storage {
namespace {

constexpr std::string_view kClearMagic = "PAR1";
constexpr std::string_view kEncryptedMagic = "PARE";
constexpr int64_t kTrailerBytes = 8;  // footer length and magic
constexpr size_t kLengthBytes = 4;
constexpr int64_t kModuleOverheadBytes =
    static_cast<int64_t>(kLengthBytes + kAesGcmOverheadBytes);
constexpr size_t kRegionsKept = 4;

enum class Module : uint8_t {
  kDataPage = 2,
  kDictionaryPage = 3,
  kDataPageHeader = 4,
  kDictionaryPageHeader = 5,
  kBloomFilterHeader = 8,
  kBloomFilterBitset = 9,
};
constexpr int64_t kNoPage = -1;

/// Of PageType.
constexpr int64_t kPageData = 0;
constexpr int64_t kPageDictionary = 2;

/// Headers of fields in the compact protocol: a step of one or two, and the type.
constexpr uint8_t kFirstFieldStruct = 0x1c;
constexpr uint8_t kSecondFieldStruct = 0x2c;
constexpr uint8_t kNextFieldInteger = 0x15;
constexpr uint8_t kNextFieldBinary = 0x18;
constexpr uint8_t kSecondFieldBinary = 0x28;

Status Invalid(const std::string& why) { return MakeError(ErrorCode::kInvalidData, why); }

template <typename T>
void Append(T value, std::string* out) {
  out->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

/// `crypto` begins with FileCryptoMetaData; the identifier that the file stores.
Result<std::string> StoredIdentifier(std::string_view crypto) {
  CompactCursor cursor(crypto);
  const bool has_algorithm = cursor.Byte() == kFirstFieldStruct;
  const uint8_t algorithm = cursor.Byte();
  if (has_algorithm && algorithm == kSecondFieldStruct) {
    return MakeError(ErrorCode::kNotSupported,
                     "It is encrypted with AES_GCM_CTR_V1, only AES_GCM_V1 can be read");
  }
  uint8_t field = cursor.Byte();
  if (field == kNextFieldBinary) {  // a prefix that is stored; ours is the same
    cursor.Binary();
    field = cursor.Byte() == kNextFieldBinary ? kSecondFieldBinary : uint8_t{0};
  }
  std::string identifier(cursor.Binary());
  if (!has_algorithm || algorithm != kFirstFieldStruct || field != kSecondFieldBinary ||
      cursor.failed()) {
    return Invalid("Its encryption metadata is broken");
  }
  return identifier;
}

/// A column chunk or a Bloom filter.
struct Region {
  int64_t begin = 0;
  int64_t length = 0;  // as stored
  int16_t row_group = 0;
  int16_t column = 0;
  bool has_dictionary = false;
  bool is_bloom_filter = false;
};

/// Decrypts the modules of one region, one after the other.
class Modules {
 public:
  Modules(const iceberg::FileKey& key, const std::string& file_aad, const Region& region,
          std::string_view stored)
      : key_(key), file_aad_(file_aad), region_(region), rest_(stored) {}

  bool at_end() const { return rest_.empty(); }
  int64_t next_bytes() const { return next_bytes_; }

  /// `page` of data pages and their headers.
  Result<std::string> Next(Module module, int64_t page) {
    uint32_t length = 0;
    if (rest_.size() < kLengthBytes) {
      return Invalid("A column chunk ends within a module");
    }
    std::memcpy(&length, rest_.data(), kLengthBytes);
    if (length > rest_.size() - kLengthBytes) {
      return Invalid("A module of " + std::to_string(length) +
                     " bytes goes beyond its column chunk");
    }
    std::string aad = file_aad_;
    aad.push_back(static_cast<char>(module));
    Append(region_.row_group, &aad);
    Append(region_.column, &aad);
    if (page != kNoPage) {
      if (page > INT16_MAX) {
        return Invalid("A column chunk has more than 32767 pages");
      }
      Append(static_cast<int16_t>(page), &aad);
    }
    std::string clear;
    ARROW_RETURN_NOT_OK(
        AesGcmOpen(key_.encryption_key, rest_.substr(kLengthBytes, length), aad, &clear));
    rest_.remove_prefix(kLengthBytes + length);
    next_bytes_ = static_cast<int64_t>(kLengthBytes) + length;
    return clear;
  }

 private:
  const iceberg::FileKey& key_;
  const std::string& file_aad_;
  const Region& region_;
  std::string_view rest_;
  int64_t next_bytes_ = 0;  // stored, of the module that was read last
};

struct PageHeader {
  int64_t type = 0;
  int64_t stored_bytes = 0;
  std::string clear;  // the header of the page in clear
};

/// The header counts the page as it is stored; in clear it is smaller.
Result<PageHeader> ReadPageHeader(std::string_view padded) {
  const std::string_view header = padded.substr(0, CompactStructBytes(padded));
  CompactCursor cursor(header);
  PageHeader page;
  bool is_valid = cursor.Byte() == kNextFieldInteger;
  page.type = cursor.Integer();
  is_valid = is_valid && cursor.Byte() == kNextFieldInteger;
  cursor.Integer();  // uncompressed
  is_valid = is_valid && cursor.Byte() == kNextFieldInteger;
  const size_t size_at = cursor.at();
  page.stored_bytes = cursor.Integer();
  if (!is_valid || cursor.failed() || page.stored_bytes < kModuleOverheadBytes) {
    return Invalid("A page header is broken");
  }
  if (page.type != kPageData && page.type != kPageDictionary) {
    return MakeError(ErrorCode::kNotSupported,
                     "Encrypted pages of type " + std::to_string(page.type) +
                         " cannot be read, only data pages of version 1");
  }
  page.clear = header.substr(0, size_at);
  AppendCompactInteger(page.stored_bytes - kModuleOverheadBytes, &page.clear);
  page.clear += header.substr(cursor.at());
  return page;
}

Result<std::string> DecryptPages(Modules modules, bool has_dictionary) {
  std::string clear;
  bool expects_dictionary = has_dictionary;
  for (int64_t page = 0; !modules.at_end();) {
    const bool is_dictionary = std::exchange(expects_dictionary, false);
    ARROW_ASSIGN_OR_RAISE(const std::string header_bytes,
                          is_dictionary
                              ? modules.Next(Module::kDictionaryPageHeader, kNoPage)
                              : modules.Next(Module::kDataPageHeader, page));
    ARROW_ASSIGN_OR_RAISE(const PageHeader header, ReadPageHeader(header_bytes));
    if (is_dictionary != (header.type == kPageDictionary)) {
      return Invalid("A dictionary page is not where the footer says");
    }
    ARROW_ASSIGN_OR_RAISE(const std::string content,
                          is_dictionary ? modules.Next(Module::kDictionaryPage, kNoPage)
                                        : modules.Next(Module::kDataPage, page));
    if (modules.next_bytes() != header.stored_bytes) {
      return Invalid("A page is not as long as its header says");
    }
    page += is_dictionary ? 0 : 1;
    clear += header.clear;
    clear += content;
  }
  return clear;
}

class DecryptedParquet final : public io::PositionedFile {
 public:
  DecryptedParquet(std::shared_ptr<arrow::io::RandomAccessFile> file,
                   std::string location, iceberg::FileKey key)
      : file_(std::move(file)), location_(std::move(location)), key_(std::move(key)) {}

  Status Init() {
    ARROW_ASSIGN_OR_RAISE(const int64_t size, file_->GetSize());
    ARROW_RETURN_NOT_OK(FindFooter(size));
    ARROW_RETURN_NOT_OK(CatchParquet([&] { return ReadFooter(); }));
    set_size(footer_at_ + static_cast<int64_t>(tail_.size()));
    return Status::OK();
  }

  Status Close() override { return Status::OK(); }  // shared; ends with the last owner

 private:
  Result<int64_t> ReadRange(int64_t position, int64_t nbytes, void* out) override {
    auto* bytes = static_cast<char*>(out);
    // What is neither page, filter nor footer (page indexes) is for nobody.
    std::memset(bytes, 0, static_cast<size_t>(nbytes));
    const auto copy = [&](int64_t at, std::string_view part) {
      const int64_t from = std::max(at, position);
      const int64_t to =
          std::min(at + static_cast<int64_t>(part.size()), position + nbytes);
      if (from < to) {
        std::memcpy(bytes + (from - position), part.data() + (from - at),
                    static_cast<size_t>(to - from));
      }
    };
    copy(0, kClearMagic);
    copy(footer_at_, tail_);
    auto region = std::ranges::upper_bound(regions_, position, {},
                                           [](const Region& r) { return r.begin; });
    region -= region == regions_.begin() ? 0 : 1;
    for (; region != regions_.end() && region->begin < position + nbytes; ++region) {
      if (region->begin + region->length > position) {
        ARROW_ASSIGN_OR_RAISE(const auto clear, Clear(*region));
        copy(region->begin, *clear);
      }
    }
    return nbytes;
  }

  Status FindFooter(int64_t size) {
    if (size < kTrailerBytes) {
      return Invalid("It is no Parquet file");
    }
    ARROW_ASSIGN_OR_RAISE(const auto trailer,
                          file_->ReadAt(size - kTrailerBytes, kTrailerBytes));
    const std::string_view bytes(*trailer);
    if (!bytes.ends_with(kEncryptedMagic)) {
      return Invalid("It is no encrypted Parquet file, though there is a key for it");
    }
    uint32_t length = 0;
    std::memcpy(&length, bytes.data(), sizeof(length));
    footer_at_ = size - kTrailerBytes - int64_t{length};
    if (footer_at_ < 0) {
      return Invalid("It has a footer of " + std::to_string(length) + " bytes");
    }
    ARROW_ASSIGN_OR_RAISE(const auto footer, file_->ReadAt(footer_at_, int64_t{length}));
    ARROW_ASSIGN_OR_RAISE(const std::string identifier,
                          StoredIdentifier(std::string_view(*footer)));
    file_aad_ = key_.aad_prefix + identifier;
    return Status::OK();
  }

  Status ReadFooter() {
    parquet::ReaderProperties properties = parquet::default_reader_properties();
    properties.file_decryption_properties(DecryptionOf(key_));
    const auto reader = parquet::ParquetFileReader::Open(file_, properties);
    const parquet::FileMetaData& footer = *reader->metadata();
    ARROW_ASSIGN_OR_RAISE(const auto clear, arrow::io::BufferOutputStream::Create());
    footer.WriteTo(clear.get());
    ARROW_ASSIGN_OR_RAISE(const auto bytes, clear->Finish());
    tail_ = WithoutColumnEncryption(std::string_view(*bytes));
    if (tail_.empty()) {
      return Invalid("Its footer is broken");
    }
    Append(static_cast<uint32_t>(tail_.size()), &tail_);
    tail_ += kClearMagic;
    for (int group = 0; group < footer.num_row_groups(); ++group) {
      const auto row_group = footer.RowGroup(group);
      for (int column = 0; column < row_group->num_columns(); ++column) {
        ARROW_RETURN_NOT_OK(AddColumn(*row_group->ColumnChunk(column), group, column));
      }
    }
    std::ranges::sort(regions_, {}, &Region::begin);
    int64_t free_from = static_cast<int64_t>(kClearMagic.size());
    for (const Region& region : regions_) {
      if (region.begin < free_from || region.length < 0 ||
          region.length > footer_at_ - region.begin) {
        return Invalid("Its column chunks overlap or lie outside of the file");
      }
      free_from = region.begin + region.length;
    }
    return Status::OK();
  }

  Status AddColumn(const parquet::ColumnChunkMetaData& chunk, int group, int column) {
    const auto crypto = chunk.crypto_metadata();
    if (crypto == nullptr || !crypto->encrypted_with_footer_key()) {
      return MakeError(ErrorCode::kNotSupported,
                       "Column " + std::to_string(column) +
                           " is not encrypted with the key of the file");
    }
    if (group > INT16_MAX || column > INT16_MAX) {
      return Invalid("It has more row groups or columns than can be encrypted");
    }
    Region region{.begin = chunk.data_page_offset(),
                  .length = chunk.total_compressed_size(),
                  .row_group = static_cast<int16_t>(group),
                  .column = static_cast<int16_t>(column)};
    if (chunk.has_dictionary_page() && chunk.dictionary_page_offset() > 0 &&
        chunk.dictionary_page_offset() < region.begin) {
      region.begin = chunk.dictionary_page_offset();
      region.has_dictionary = true;
    }
    regions_.push_back(region);
    if (const auto offset = chunk.bloom_filter_offset()) {
      region.begin = *offset;
      region.is_bloom_filter = true;
      ARROW_ASSIGN_OR_RAISE(const int64_t header, ModuleBytes(*offset));
      ARROW_ASSIGN_OR_RAISE(const int64_t bitset, ModuleBytes(*offset + header));
      region.length = header + bitset;
      regions_.push_back(region);
    }
    return Status::OK();
  }

  /// Stored bytes of the module at `offset`.
  Result<int64_t> ModuleBytes(int64_t offset) {
    uint32_t length = 0;
    ARROW_ASSIGN_OR_RAISE(const auto bytes, file_->ReadAt(offset, sizeof(length)));
    if (bytes->size() != static_cast<int64_t>(sizeof(length))) {
      return Invalid("A Bloom filter lies outside of the file");
    }
    std::memcpy(&length, bytes->data(), sizeof(length));
    return static_cast<int64_t>(kLengthBytes) + length;
  }

  Result<std::shared_ptr<const std::string>> Clear(const Region& region) {
    {
      const std::lock_guard lock(mutex_);
      const auto found = std::ranges::find(kept_, region.begin, &Kept::begin);
      if (found != kept_.end()) {
        kept_.splice(kept_.begin(), kept_, found);
        return found->clear;
      }
    }
    Result<std::string> decrypted = Decrypt(region);
    if (!decrypted.ok()) {
      return WithContext(location_ + ": ", decrypted.status());
    }
    auto clear = std::make_shared<const std::string>(*std::move(decrypted));
    const std::lock_guard lock(mutex_);
    kept_.push_front({region.begin, clear});
    if (kept_.size() > kRegionsKept) {
      kept_.pop_back();
    }
    return clear;
  }

  Result<std::string> Decrypt(const Region& region) {
    ARROW_ASSIGN_OR_RAISE(const auto stored, file_->ReadAt(region.begin, region.length));
    if (stored->size() != region.length) {
      return Invalid("It ends within a column chunk");
    }
    Modules modules(key_, file_aad_, region, std::string_view(*stored));
    if (!region.is_bloom_filter) {
      return DecryptPages(modules, region.has_dictionary);
    }
    ARROW_ASSIGN_OR_RAISE(std::string clear,
                          modules.Next(Module::kBloomFilterHeader, kNoPage));
    ARROW_ASSIGN_OR_RAISE(const std::string bitset,
                          modules.Next(Module::kBloomFilterBitset, kNoPage));
    clear.resize(CompactStructBytes(clear));
    if (clear.empty()) {
      return Invalid("The header of a Bloom filter is broken");
    }
    return clear + bitset;
  }

  struct Kept {
    int64_t begin = 0;
    std::shared_ptr<const std::string> clear;
  };

  const std::shared_ptr<arrow::io::RandomAccessFile> file_;
  const std::string location_;
  const iceberg::FileKey key_;
  std::string file_aad_;         // prefix and stored identifier
  std::vector<Region> regions_;  // ascending
  int64_t footer_at_ = 0;
  std::string tail_;  // footer in clear, its length, magic
  std::mutex mutex_;
  std::list<Kept> kept_;  // used last first; guarded by mutex_
};

}  // namespace

Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenDecryptedParquet(
    io::FileIO& io, const std::string& location, std::optional<int64_t> size_bytes,
    const std::string& key_metadata) {
  const auto open = [&]() -> Result<std::shared_ptr<arrow::io::RandomAccessFile>> {
    ARROW_ASSIGN_OR_RAISE(iceberg::FileKey key, iceberg::FileKeyFromBytes(key_metadata));
    ARROW_ASSIGN_OR_RAISE(auto file, io.OpenInput(location, size_bytes));
    auto decrypted =
        std::make_shared<DecryptedParquet>(std::move(file), location, std::move(key));
    ARROW_RETURN_NOT_OK(decrypted->Init());
    return decrypted;
  };
  auto opened = open();
  if (!opened.ok()) {
    return WithContext(location + ": ", opened.status());
  }
  return opened;
}

}  // namespace tarn::storage
