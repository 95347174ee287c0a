#include "tarn/storage/internal/compact_thrift.h"

#include <utility>
#include <vector>

namespace tarn::storage {
namespace {

enum Type : uint8_t {
  kStop = 0,
  kTrue = 1,
  kFalse = 2,
  kByte = 3,
  kInt16 = 4,
  kInt32 = 5,
  kInt64 = 6,
  kDouble = 7,
  kBinary = 8,
  kList = 9,
  kSet = 10,
  kMap = 11,
  kStruct = 12,
};

constexpr int kDepthMax = 32;
constexpr int kRowGroupsField = 4;  // of FileMetaData
constexpr int kColumnsField = 1;    // of RowGroup
constexpr int kMetaDataField = 3;   // of ColumnChunk, and the last that stays

/// The fields of a struct, one after the other.
class Fields {
 public:
  explicit Fields(CompactCursor* cursor) : cursor_(*cursor) {}

  /// False at the end of the struct.
  bool Next() {
    const uint8_t header = cursor_.Byte();
    if (cursor_.failed() || header == kStop) {
      return false;
    }
    type_ = header & 0x0f;
    id_ = header >> 4 == 0 ? cursor_.Integer() : id_ + (header >> 4);
    return true;
  }
  int64_t id() const { return id_; }
  uint8_t type() const { return type_; }

 private:
  CompactCursor& cursor_;
  int64_t id_ = 0;
  uint8_t type_ = kStop;
};

struct ListHeader {
  uint64_t size = 0;
  uint8_t type = kStop;
};

ListHeader ReadListHeader(CompactCursor* cursor) {
  const uint8_t header = cursor->Byte();
  ListHeader list{.size = static_cast<uint64_t>(header >> 4),
                  .type = static_cast<uint8_t>(header & 0x0f)};
  if (list.size == 15) {
    list.size = cursor->Varint();
  }
  return list;
}

void Skip(CompactCursor* cursor, uint8_t type, int depth);

/// Booleans take a byte here, and none as fields.
void SkipElement(CompactCursor* cursor, uint8_t type, int depth) {
  if (type == kTrue || type == kFalse) {
    cursor->Byte();
  } else {
    Skip(cursor, type, depth);
  }
}

void SkipMap(CompactCursor* cursor, int depth) {
  const uint64_t size = cursor->Varint();
  const uint8_t types = size == 0 ? uint8_t{0} : cursor->Byte();
  for (uint64_t i = 0; i < size && !cursor->failed(); ++i) {
    SkipElement(cursor, types >> 4, depth);
    SkipElement(cursor, types & 0x0f, depth);
  }
}

void Skip(CompactCursor* cursor, uint8_t type, int depth) {
  if (depth > kDepthMax) {
    cursor->Fail();
    return;
  }
  switch (type) {
    case kTrue:
    case kFalse:
      return;
    case kByte:
      cursor->Byte();
      return;
    case kInt16:
    case kInt32:
    case kInt64:
      cursor->Varint();
      return;
    case kDouble:
      for (int i = 0; i < 8; ++i) {
        cursor->Byte();
      }
      return;
    case kBinary:
      cursor->Binary();
      return;
    case kList:
    case kSet: {
      const ListHeader list = ReadListHeader(cursor);
      for (uint64_t i = 0; i < list.size && !cursor->failed(); ++i) {
        SkipElement(cursor, list.type, depth + 1);
      }
      return;
    }
    case kMap:
      SkipMap(cursor, depth + 1);
      return;
    case kStruct:
      for (Fields fields(cursor); fields.Next();) {
        Skip(cursor, fields.type(), depth + 1);
      }
      return;
    default:
      cursor->Fail();
  }
}

using Ranges = std::vector<std::pair<size_t, size_t>>;

/// Notes where the fields after the metadata are, which come last.
void VisitColumnChunk(CompactCursor* cursor, Ranges* dropped) {
  Fields fields(cursor);
  size_t begin = cursor->at();
  size_t kept_end = begin;
  while (fields.Next()) {
    Skip(cursor, fields.type(), 0);
    if (fields.id() <= kMetaDataField) {
      if (kept_end != begin) {
        cursor->Fail();  // fields that are not in order
      }
      kept_end = cursor->at();
    }
    begin = cursor->at();
  }
  dropped->emplace_back(kept_end, begin);
}

template <typename Visit>
void VisitStructs(CompactCursor* cursor, const Visit& visit) {
  const ListHeader list = ReadListHeader(cursor);
  if (list.type != kStruct && list.size > 0) {
    cursor->Fail();
  }
  for (uint64_t i = 0; i < list.size && !cursor->failed(); ++i) {
    visit();
  }
}

}  // namespace

size_t CompactStructBytes(std::string_view bytes) {
  CompactCursor cursor(bytes);
  Skip(&cursor, kStruct, 0);
  return cursor.failed() ? 0 : cursor.at();
}

std::string WithoutColumnEncryption(std::string_view footer) {
  CompactCursor cursor(footer);
  Ranges dropped;
  const auto visit_row_group = [&] {
    for (Fields fields(&cursor); fields.Next();) {
      if (fields.id() == kColumnsField && fields.type() == kList) {
        VisitStructs(&cursor, [&] { VisitColumnChunk(&cursor, &dropped); });
      } else {
        Skip(&cursor, fields.type(), 0);
      }
    }
  };
  for (Fields fields(&cursor); fields.Next();) {
    if (fields.id() == kRowGroupsField && fields.type() == kList) {
      VisitStructs(&cursor, visit_row_group);
    } else {
      Skip(&cursor, fields.type(), 0);
    }
  }
  if (cursor.failed()) {
    return {};
  }
  std::string kept;
  size_t at = 0;
  for (const auto& [begin, end] : dropped) {
    kept += footer.substr(at, begin - at);
    at = end;
  }
  kept += footer.substr(at);
  return kept;
}

}  // namespace tarn::storage
