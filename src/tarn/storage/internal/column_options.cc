#include "tarn/storage/internal/column_options.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tarn/base/error.h"

namespace tarn::storage {
namespace {

using iceberg::Field;
using iceberg::FieldId;
using iceberg::TypeId;

constexpr char kPrefix[] = "write.parquet.";
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

using Properties = std::map<std::string, std::string>;

/// Walks over the columns with the names that may stand for them.
class ColumnReader {
 public:
  ColumnReader(const iceberg::TableMetadata& metadata, const ParquetOptions& table,
               CodecChoice codec_choice)
      : schema_(metadata.schema()),
        properties_(metadata.properties),
        table_(table),
        codec_choice_(codec_choice) {}

  Result<std::map<FieldId, ColumnOptions>> Read() {
    ARROW_RETURN_NOT_OK(ReadAll(schema_.fields()));
    return std::move(columns_);
  }

 private:
  using Property = Properties::value_type;

  Status ReadAll(const std::vector<Field>& fields) {
    for (const Field& field : fields) {
      names_.push_back(schema_.NameOf(field.id));
      ARROW_RETURN_NOT_OK(field.type.is_nested() ? ReadAll(field.type.fields())
                                                 : ReadColumn(field));
      names_.pop_back();
    }
    return Status::OK();
  }

  /// The property of the column or of what it is inside of, innermost first.
  const Property* Find(std::string_view what) const {
    for (auto name = names_.rbegin(); name != names_.rend(); ++name) {
      const auto it =
          properties_.find(fmt::format("{}{}.column.{}", kPrefix, what, *name));
      if (it != properties_.end()) {
        return &*it;
      }
    }
    return nullptr;
  }

  Status ReadColumn(const Field& field) {
    ColumnOptions column;
    ARROW_ASSIGN_OR_RAISE(const Codec codec, ReadCodec(field));
    if (codec != table_.codec) {
      column.codec = codec;
    }
    ARROW_RETURN_NOT_OK(ReadEncoding(field, &column));
    ARROW_RETURN_NOT_OK(ReadBloomFilter(field, &column));
    if (const Property* stats = Find("stats-enabled")) {
      ARROW_ASSIGN_OR_RAISE(column.statistics, BoolProperty(stats->first, stats->second));
    }
    if (column != ColumnOptions{}) {
      columns_.emplace(field.id, column);
    }
    return Status::OK();
  }

  Result<Codec> ReadCodec(const Field& field) const {
    Codec codec = table_.codec;
    if (const Property* own = Find("compression-codec")) {
      ARROW_ASSIGN_OR_RAISE(const Codec named, CodecProperty(own->first, own->second));
      if (named.compression != codec.compression) {
        codec = named;
      }
    } else if (codec_choice_ == CodecChoice::kSettings) {
      codec = Overridden(field);
    }
    const Property* own_level = Find("compression-level");
    const std::optional<CodecLevels> levels = LevelsOf(codec.compression);
    if (own_level != nullptr && levels) {
      ARROW_ASSIGN_OR_RAISE(
          const int64_t level,
          IntegerProperty(own_level->first, own_level->second, levels->min, levels->max));
      codec.level = static_cast<int32_t>(level);
    }
    return codec;
  }

  /// The codec that the settings have for a column, by name or else by class of type.
  Codec Overridden(const Field& field) const {
    const auto& overrides = table_.codec_overrides;
    for (auto name = names_.rbegin(); name != names_.rend(); ++name) {
      if (const auto it = overrides.find(*name); it != overrides.end()) {
        return it->second;
      }
    }
    const auto it = overrides.find(TypeClassOf(field.type));
    return it == overrides.end() ? table_.codec : it->second;
  }

  Status ReadEncoding(const Field& field, ColumnOptions* column) const {
    const Property* dictionary = Find("dict-encoding-enabled");
    if (dictionary != nullptr) {
      ARROW_ASSIGN_OR_RAISE(column->dictionary,
                            BoolProperty(dictionary->first, dictionary->second));
    }
    const Property* own = Find("encoding");
    if (own == nullptr) {
      return Status::OK();
    }
    const Result<Encoding> encoding = EncodingFromString(own->second);
    if (!encoding.ok()) {
      return WithContext("Table property " + own->first + ": ", encoding.status());
    }
    const std::vector<Encoding> fitting = EncodingsOf(field.type);
    if (std::find(fitting.begin(), fitting.end(), *encoding) == fitting.end()) {
      std::string names;
      for (const Encoding fit : fitting) {
        names += (names.empty() ? "" : ", ") + std::string(ToString(fit));
      }
      return BadProperty(own->first,
                         fmt::format("one of {} for column {} of type {}", names,
                                     names_.back(), field.type.ToString()),
                         own->second);
    }
    if (column->dictionary.value_or(false)) {
      return MakeError(
          ErrorCode::kInvalidArgument,
          fmt::format("Column {} has either a dictionary or an encoding: remove table "
                      "property {} or {}",
                      names_.back(), dictionary->first, own->first));
    }
    column->encoding = *encoding;
    return Status::OK();
  }

  Status ReadBloomFilter(const Field& field, ColumnOptions* column) const {
    BloomFilterOptions filter;
    if (const Property* fpp = Find("bloom-filter-fpp")) {
      ARROW_ASSIGN_OR_RAISE(filter.false_positives, Fraction(fpp->first, fpp->second));
    }
    if (const Property* ndv = Find("bloom-filter-ndv")) {
      ARROW_ASSIGN_OR_RAISE(filter.distinct,
                            IntegerProperty(ndv->first, ndv->second, 1, kMax));
    }
    const Property* enabled = Find("bloom-filter-enabled");
    if (enabled == nullptr) {
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(const bool wanted,
                          BoolProperty(enabled->first, enabled->second));
    if (!wanted) {
      return Status::OK();
    }
    if (field.type.id() == TypeId::kBoolean || field.type.id() >= TypeId::kUnknown) {
      return MakeError(
          ErrorCode::kInvalidArgument,
          fmt::format("Table property {}: a column of type {} cannot have a bloom "
                      "filter: {}",
                      enabled->first, field.type.ToString(), names_.back()));
    }
    column->bloom_filter = filter;
    return Status::OK();
  }

  static Result<double> Fraction(const std::string& key, const std::string& value) {
    double fraction = 0;
    const auto [end, error] =
        std::from_chars(value.data(), value.data() + value.size(), fraction);
    if (error != std::errc() || end != value.data() + value.size() ||
        !std::isfinite(fraction) || fraction <= 0 || fraction >= 1) {
      return BadProperty(key, "a number above 0 and below 1", value);
    }
    return fraction;
  }

  const iceberg::Schema& schema_;
  const Properties& properties_;
  const ParquetOptions& table_;
  const CodecChoice codec_choice_;
  std::vector<std::string> names_;  // from the table's column down to the current field
  std::map<FieldId, ColumnOptions> columns_;
};

bool HasColumnProperties(const Properties& properties) {
  for (auto it = properties.lower_bound(kPrefix);
       it != properties.end() && it->first.starts_with(kPrefix); ++it) {
    if (it->first.find(".column.") != std::string::npos) {
      return true;
    }
  }
  return false;
}

}  // namespace

Status BadProperty(const std::string& key, const std::string& valid,
                   const std::string& value) {
  return MakeError(
      ErrorCode::kInvalidArgument,
      fmt::format("Table property {} must be {}, got: {}", key, valid, value));
}

Result<bool> BoolProperty(const std::string& key, const std::string& value) {
  std::string folded = value;
  std::transform(folded.begin(), folded.end(), folded.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (folded == "true" || folded == "false") {
    return folded == "true";
  }
  return BadProperty(key, "true or false", value);
}

Result<int64_t> IntegerProperty(const std::string& key, const std::string& value,
                                int64_t min, int64_t max) {
  int64_t number = 0;
  const auto [end, error] =
      std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || number < min ||
      number > max) {
    return BadProperty(key, fmt::format("a number from {} to {}", min, max), value);
  }
  return number;
}

Result<Codec> CodecProperty(const std::string& key, const std::string& value) {
  auto codec = CodecFromString(value);
  if (!codec.ok()) {
    return WithContext(fmt::format("Table property {}: ", key), codec.status());
  }
  if (codec->level) {
    std::string level_key = key;
    level_key.replace(level_key.find("codec"), std::string("codec").size(), "level");
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("Table property {} is a codec alone, its level is for "
                                 "property {}: {}",
                                 key, level_key, value));
  }
  return codec;
}

Result<std::map<FieldId, ColumnOptions>> ColumnOptionsOf(
    const iceberg::TableMetadata& metadata, const ParquetOptions& table,
    CodecChoice codec_choice) {
  const bool overridden =
      codec_choice == CodecChoice::kSettings && !table.codec_overrides.empty();
  if (!overridden && !HasColumnProperties(metadata.properties)) {
    return std::map<FieldId, ColumnOptions>{};
  }
  return ColumnReader(metadata, table, codec_choice).Read();
}

}  // namespace tarn::storage
