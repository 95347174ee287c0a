#include "tarn/iceberg/internal/roaring_format.h"

#include <bit>
#include <cstdint>
#include <string>
#include <vector>

#include "tarn/base/byte_order.h"
#include "tarn/base/error.h"

namespace tarn::iceberg::internal {
namespace {

constexpr uint32_t kCookieNoRuns = 12346;
constexpr uint32_t kCookieRuns = 12347;  // lower half; the upper is containers - 1
constexpr uint32_t kContainersMax = 1 << 16;
/// With runs, fewer containers than this come without offsets.
constexpr uint32_t kContainersForOffsets = 4;
constexpr uint32_t kArrayCardinalityMax = 4096;
constexpr size_t kBitsetBytes = 8192;
constexpr uint32_t kContainerValues = 1 << 16;

Status Corrupt(const std::string& why) {
  return MakeError(ErrorCode::kInvalidData, "Corrupt Roaring bitmap: " + why);
}

struct Header {
  uint32_t containers = 0;
  bool has_runs = false;
  std::string_view run_flags;     // a bit for each container, if there are runs
  std::string_view descriptions;  // key and cardinality - 1 of each container
  std::string_view offsets;       // empty if there are none
  size_t length = 0;

  bool IsRun(uint32_t i) const {
    return has_runs && ((static_cast<uint8_t>(run_flags[i / 8]) >> (i % 8)) & 1) != 0;
  }
  uint16_t Key(uint32_t i) const { return LoadLittle<uint16_t>(descriptions, i * 4); }
  uint32_t Cardinality(uint32_t i) const {
    return LoadLittle<uint16_t>(descriptions, i * 4 + 2) + uint32_t{1};
  }
};

Result<Header> ReadHeader(std::string_view bytes) {
  Header header;
  size_t at = 0;
  const auto take = [&](size_t length, std::string_view* part) {
    if (bytes.size() - at < length) {
      return Corrupt("truncated header");
    }
    *part = bytes.substr(at, length);
    at += length;
    return Status::OK();
  };
  std::string_view part;
  RETURN_NOT_OK(take(4, &part));
  const auto cookie = LoadLittle<uint32_t>(part, 0);
  if ((cookie & 0xffff) == kCookieRuns) {
    header.has_runs = true;
    header.containers = (cookie >> 16) + 1;
    RETURN_NOT_OK(take((header.containers + 7) / 8, &header.run_flags));
  } else if (cookie == kCookieNoRuns) {
    RETURN_NOT_OK(take(4, &part));
    header.containers = LoadLittle<uint32_t>(part, 0);
    if (header.containers > kContainersMax) {
      return Corrupt(std::to_string(header.containers) + " containers");
    }
  } else {
    return Corrupt("unknown cookie " + std::to_string(cookie));
  }
  RETURN_NOT_OK(take(size_t{4} * header.containers, &header.descriptions));
  if (!header.has_runs || header.containers >= kContainersForOffsets) {
    RETURN_NOT_OK(take(size_t{4} * header.containers, &header.offsets));
  }
  header.length = at;
  return header;
}

/// Length of the run container at the start of `bytes`.
Result<size_t> CheckRuns(std::string_view bytes, uint32_t cardinality) {
  if (bytes.size() < 2) {
    return Corrupt("truncated run container");
  }
  const size_t runs = LoadLittle<uint16_t>(bytes, 0);
  const size_t length = 2 + 4 * runs;
  if (bytes.size() < length) {
    return Corrupt("truncated run container");
  }
  uint32_t sum = 0;
  uint32_t free_from = 0;  // runs that touch would be one run
  for (size_t i = 0; i < runs; ++i) {
    const uint32_t start = LoadLittle<uint16_t>(bytes, 2 + 4 * i);
    const uint32_t values = LoadLittle<uint16_t>(bytes, 4 + 4 * i) + uint32_t{1};
    if (start < free_from || start + values > kContainerValues) {
      return Corrupt("runs out of order");
    }
    free_from = start + values + 1;
    sum += values;
  }
  if (sum != cardinality) {
    return Corrupt("run container of " + std::to_string(sum) + " values claims " +
                   std::to_string(cardinality));
  }
  return length;
}

Result<size_t> CheckArray(std::string_view bytes, uint32_t cardinality) {
  const size_t length = size_t{2} * cardinality;
  if (bytes.size() < length) {
    return Corrupt("truncated array container");
  }
  for (size_t i = 1; i < cardinality; ++i) {
    if (LoadLittle<uint16_t>(bytes, 2 * i) <= LoadLittle<uint16_t>(bytes, 2 * i - 2)) {
      return Corrupt("array container out of order");
    }
  }
  return length;
}

Result<size_t> CheckBitset(std::string_view bytes, uint32_t cardinality) {
  if (bytes.size() < kBitsetBytes) {
    return Corrupt("truncated bitset container");
  }
  uint32_t sum = 0;
  for (size_t i = 0; i < kBitsetBytes; i += 8) {
    sum += static_cast<uint32_t>(std::popcount(LoadLittle<uint64_t>(bytes, i)));
  }
  if (sum != cardinality) {
    return Corrupt("bitset container of " + std::to_string(sum) + " values claims " +
                   std::to_string(cardinality));
  }
  return kBitsetBytes;
}

Result<size_t> CheckContainer(const Header& header, uint32_t i, std::string_view bytes) {
  const uint32_t cardinality = header.Cardinality(i);
  if (header.IsRun(i)) {
    return CheckRuns(bytes, cardinality);
  }
  return cardinality <= kArrayCardinalityMax ? CheckArray(bytes, cardinality)
                                             : CheckBitset(bytes, cardinality);
}

}  // namespace

Result<size_t> CheckPortableRoaring(std::string_view bytes) {
  ARROW_ASSIGN_OR_RAISE(const Header header, ReadHeader(bytes));
  size_t at = header.length;
  for (uint32_t i = 0; i < header.containers; ++i) {
    if (i > 0 && header.Key(i) <= header.Key(i - 1)) {
      return Corrupt("container keys out of order");
    }
    if (!header.offsets.empty() &&
        LoadLittle<uint32_t>(header.offsets, size_t{4} * i) != at) {
      return Corrupt("container " + std::to_string(i) + " is not where its offset says");
    }
    ARROW_ASSIGN_OR_RAISE(const size_t length,
                          CheckContainer(header, i, bytes.substr(at)));
    at += length;
  }
  return at;
}

}  // namespace tarn::iceberg::internal
