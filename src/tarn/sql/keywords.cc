#include "tarn/sql/keywords.h"

namespace tarn::sql {
namespace {

constexpr size_t kSlots = 1024;  // a power of two, about four times the words
constexpr size_t kLongest = 17;  // CURRENT_TIMESTAMP

constexpr char Upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

constexpr size_t SlotOf(std::string_view word) {
  uint32_t hash = 2166136261U;
  for (const char c : word) {
    hash = (hash ^ static_cast<unsigned char>(Upper(c))) * 16777619U;
  }
  return (hash ^ (hash >> 15U)) % kSlots;
}

/// Open addressing: a word stands in its slot or in one that follows it.
constexpr std::array<KeywordId, kSlots> MakeSlots() {
  std::array<KeywordId, kSlots> slots = {};
  for (size_t i = 1; i <= kReservedWords.size() + kOtherWords.size(); ++i) {
    const auto id = static_cast<KeywordId>(i);
    size_t slot = SlotOf(KeywordText(id));
    while (slots[slot] != 0) {
      slot = (slot + 1) % kSlots;
    }
    slots[slot] = id;
  }
  return slots;
}
constexpr std::array<KeywordId, kSlots> kSlotTable = MakeSlots();

bool IsKeyword(std::string_view word, std::string_view keyword) {
  if (word.size() != keyword.size()) {
    return false;
  }
  for (size_t i = 0; i < word.size(); ++i) {
    if (Upper(word[i]) != keyword[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace

KeywordId FindKeyword(std::string_view word) {
  if (word.size() > kLongest) {
    return 0;
  }
  for (size_t slot = SlotOf(word); kSlotTable[slot] != 0; slot = (slot + 1) % kSlots) {
    if (IsKeyword(word, KeywordText(kSlotTable[slot]))) {
      return kSlotTable[slot];
    }
  }
  return 0;
}

}  // namespace tarn::sql
