#include "tarn/storage/internal/kept_dictionaries.h"

#include <algorithm>
#include <utility>

#include <arrow/array.h>
#include <arrow/array/array_dict.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/storage/internal/check_values.h"
#include "tarn/storage/internal/coerce.h"
#include "tarn/storage/internal/value_scan.h"

namespace tarn::storage {
namespace {

/// Larger dictionaries are seldom the same in the next row group of a source.
constexpr int64_t kTextsMax = 4'096;

const arrow::StringArray& TextsOf(const arrow::Array& dictionary) {
  return static_cast<const arrow::StringArray&>(dictionary);
}

/// Nobody behind us looks whether indices lie in the dictionary. False also for wild ones
/// in the slots of nulls.
bool AreWithin(const arrow::Array& indices, int64_t length) {
  const auto& values = static_cast<const arrow::Int32Array&>(indices);
  const int32_t* const raw = values.raw_values();
  uint32_t largest = 0;  // negative ones are the largest of all
  for (int64_t i = 0; i < values.length(); ++i) {
    largest = std::max(largest, static_cast<uint32_t>(raw[i]));
  }
  return largest < static_cast<uint64_t>(length);
}

/// Where the texts of `dictionary` are among `indices`; empty if one is not.
Result<std::shared_ptr<arrow::Buffer>> PlacesOf(
    const arrow::Array& dictionary,
    const std::unordered_map<std::string_view, int32_t>& indices) {
  const auto& texts = TextsOf(dictionary);
  ARROW_ASSIGN_OR_RAISE(
      std::shared_ptr<arrow::Buffer> buffer,
      arrow::AllocateBuffer(texts.length() * static_cast<int64_t>(sizeof(int32_t))));
  auto* places = reinterpret_cast<int32_t*>(buffer->mutable_data());
  for (int64_t i = 0; i < texts.length(); ++i) {
    const auto found = indices.find(texts.GetView(i));
    if (found == indices.end()) {
      return nullptr;
    }
    places[i] = found->second;
  }
  return buffer;
}

}  // namespace

bool CanStayDictionary(const arrow::Array& column) {
  if (column.type_id() != arrow::Type::DICTIONARY) {
    return false;
  }
  const auto& type = static_cast<const arrow::DictionaryType&>(*column.type());
  if (type.index_type()->id() != arrow::Type::INT32 ||
      type.value_type()->id() != arrow::Type::STRING) {
    return false;
  }
  const auto& encoded = static_cast<const arrow::DictionaryArray&>(column);
  const arrow::Array& dictionary = *encoded.dictionary();
  if (dictionary.length() == 0 || dictionary.length() > kTextsMax ||
      dictionary.null_count() > 0 || !IsUtf8(dictionary) ||
      !AreWithin(*encoded.indices(), dictionary.length())) {
    return false;
  }
  const auto& texts = TextsOf(dictionary);
  for (int64_t i = 0; i < texts.length(); ++i) {
    if (texts.value_length(i) > kFooterStatisticBytesMax) {
      return false;
    }
  }
  return true;
}

Result<std::shared_ptr<arrow::Array>> ChunkDictionaries::FitColumn(
    const std::shared_ptr<arrow::Array>& column, Chunk* chunk) {
  if (column->type_id() != arrow::Type::DICTIONARY) {
    // The encoder may begin another chunk amid a batch, and then with plain text.
    chunk->is_decoded = true;
    return column;
  }
  if (chunk->is_decoded) {
    return DecodeArray(column);
  }
  const auto& encoded = static_cast<const arrow::DictionaryArray&>(*column);
  if (chunk->dictionary == nullptr) {
    chunk->dictionary = encoded.dictionary();
    const auto& texts = TextsOf(*chunk->dictionary);
    for (int64_t i = 0; i < texts.length(); ++i) {
      chunk->indices.emplace(texts.GetView(i), static_cast<int32_t>(i));
    }
    // One text under two numbers: the encoder would give up its dictionary.
    chunk->is_decoded = std::cmp_not_equal(chunk->indices.size(), texts.length());
    return chunk->is_decoded ? DecodeArray(column) : column;
  }
  if (encoded.dictionary() == chunk->dictionary) {
    return column;
  }
  ARROW_ASSIGN_OR_RAISE(const auto places,
                        PlacesOf(*encoded.dictionary(), chunk->indices));
  if (places == nullptr) {
    chunk->is_decoded = true;
    return DecodeArray(column);
  }
  return encoded.Transpose(column->type(), chunk->dictionary,
                           reinterpret_cast<const int32_t*>(places->data()));
}

Result<std::shared_ptr<arrow::RecordBatch>> ChunkDictionaries::Fit(
    const arrow::RecordBatch& batch) {
  chunks_.resize(static_cast<size_t>(batch.num_columns()));
  arrow::ArrayVector columns = batch.columns();
  for (size_t i = 0; i < columns.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(columns[i], FitColumn(columns[i], &chunks_[i]));
  }
  return arrow::RecordBatch::Make(batch.schema(), batch.num_rows(), std::move(columns));
}

}  // namespace tarn::storage
