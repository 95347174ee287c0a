#include "tarn/engine/internal/table_properties.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/engine/internal/catalog_view.h"
#include "tarn/engine/internal/create_table_text.h"

namespace tarn::engine {
namespace {

using List = std::vector<std::string>;
using Set = std::map<std::string, std::string>;

constexpr char kBloomPrefix[] = "write.parquet.bloom-filter-enabled.column.";
constexpr char kFileSize[] = "write.target-file-size-bytes";

enum class Kind : uint8_t { kText, kNumber, kBoolean, kCodec, kSize };
struct Named {
  std::string_view trino;
  std::string_view iceberg;
  Kind kind;
};
constexpr std::array<Named, 9> kNamed = {{
    {"format_version", "format-version", Kind::kNumber},
    {"compression_codec", "write.parquet.compression-codec", Kind::kCodec},
    {"data_location", "write.data.path", Kind::kText},
    {"max_commit_retry", "commit.retry.num-retries", Kind::kNumber},
    {"object_store_layout_enabled", "write.object-storage.enabled", Kind::kBoolean},
    {"target_max_file_size", kFileSize, Kind::kSize},
    {"delete_after_commit_enabled", "write.metadata.delete-after-commit.enabled",
     Kind::kBoolean},
    {"max_previous_versions", "write.metadata.previous-versions-max", Kind::kNumber},
    {"format", "write.format.default", Kind::kText},
}};

/// Those that are lists, or have clauses of their own.
constexpr std::array<std::string_view, 5> kOthers = {"partitioning", "sorted_by",
                                                     "location", "extra_properties",
                                                     "parquet_bloom_filter_columns"};

const Named* FindNamed(std::string_view folded) {
  const auto found = std::ranges::find(kNamed, folded, &Named::trino);
  return found == kNamed.end() ? nullptr : &*found;
}

bool IsIcebergName(std::string_view key) {
  return key.find_first_of(".-") != std::string_view::npos;
}

Status Unknown(const std::string& key) {
  return MakeError(
      ErrorCode::kInvalidArgument,
      "Unknown table property (there are format, format_version, location, "
      "partitioning, sorted_by, compression_codec, data_location, max_commit_retry, "
      "object_store_layout_enabled, parquet_bloom_filter_columns, target_max_file_size, "
      "extra_properties and Iceberg's own names): " +
          key);
}

Status Wrong(const std::string& key, const std::string& wants, const std::string& value) {
  return MakeError(ErrorCode::kInvalidArgument,
                   "Table property " + key + " must be " + wants + ", not " + value);
}

/// "512MB" as bytes.
std::optional<int64_t> BytesOf(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, int64_t>, 6> kUnits = {{
      {"B", 1},
      {"kB", int64_t{1} << 10},
      {"KB", int64_t{1} << 10},
      {"MB", int64_t{1} << 20},
      {"GB", int64_t{1} << 30},
      {"", 1},
  }};
  double number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end.ec != std::errc() || number <= 0) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<size_t>(end.ptr - text.data()));
  for (const auto& [unit, factor] : kUnits) {
    if (text == unit) {
      return static_cast<int64_t>(number * static_cast<double>(factor));
    }
  }
  return std::nullopt;
}

Result<std::string> CodecOf(const std::string& key, const std::string& value) {
  const std::string codec = FoldName(value);
  constexpr std::array<std::string_view, 8> kCodecs = {
      "zstd", "snappy", "gzip", "lz4", "lz4_raw", "brotli", "uncompressed", "none"};
  if (std::ranges::find(kCodecs, std::string_view(codec)) == kCodecs.end()) {
    return Wrong(key, "NONE, SNAPPY, LZ4, ZSTD or GZIP", value);
  }
  return codec == "none" ? "uncompressed" : codec;
}

Result<std::string> ValueOf(const Named& named, const std::string& value) {
  const std::string key(named.trino);
  switch (named.kind) {
    case Kind::kCodec:
      return CodecOf(key, value);
    case Kind::kBoolean: {
      const std::string folded = FoldName(value);
      return folded == "true" || folded == "false" ? Result<std::string>(folded)
                                                   : Wrong(key, "true or false", value);
    }
    case Kind::kNumber: {
      const bool is_number = !value.empty() && std::ranges::all_of(value, [](char c) {
        return c >= '0' && c <= '9';
      });
      return is_number ? Result<std::string>(value) : Wrong(key, "a number", value);
    }
    case Kind::kSize: {
      const auto bytes = BytesOf(value);
      return bytes.has_value() ? Result<std::string>(std::to_string(*bytes))
                               : Wrong(key, "a size such as 512MB", value);
    }
    case Kind::kText:
      return value;
  }
  return value;
}

Result<Set> ListProperties(const std::string& key, const List& list) {
  const std::string folded = FoldName(key);
  Set set;
  if (folded == "parquet_bloom_filter_columns") {
    for (const std::string& column : list) {
      set[kBloomPrefix + column] = "true";
    }
    return set;
  }
  if (folded == "extra_properties" && list.size() % 2 == 0) {
    for (size_t i = 0; i < list.size(); i += 2) {
      set[list[i]] = list[i + 1];
    }
    return set;
  }
  if (!IsTableProperty(key)) {
    return Unknown(key);
  }
  return MakeError(ErrorCode::kInvalidArgument,
                   "Table property must be a single value, not an ARRAY: " + key);
}

std::string SizeText(const std::string& bytes) {
  int64_t number = 0;
  std::from_chars(bytes.data(), bytes.data() + bytes.size(), number);
  constexpr std::array<std::pair<int64_t, const char*>, 3> kUnits = {
      {{int64_t{1} << 30, "GB"}, {int64_t{1} << 20, "MB"}, {int64_t{1} << 10, "kB"}}};
  for (const auto& [factor, unit] : kUnits) {
    if (number >= factor && number % factor == 0) {
      return std::to_string(number / factor) + unit;
    }
  }
  return bytes + "B";
}

std::string SqlOf(const Named& named, const std::string& value) {
  switch (named.kind) {
    case Kind::kNumber:
    case Kind::kBoolean:
      return value;
    case Kind::kCodec: {
      std::string upper = value == "uncompressed" ? "none" : value;
      std::ranges::transform(upper, upper.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      });
      return QuoteText(upper);
    }
    case Kind::kSize:
      return QuoteText(SizeText(value));
    case Kind::kText:
      return QuoteText(value);
  }
  return QuoteText(value);
}

}  // namespace

bool IsTableProperty(const std::string& key) {
  const std::string folded = FoldName(key);
  return FindNamed(folded) != nullptr || IsIcebergName(key) ||
         std::ranges::find(kOthers, std::string_view(folded)) != kOthers.end();
}

Result<Set> IcebergPropertiesOf(const std::string& key, const sql::PropertyValue& value) {
  if (const auto* list = std::get_if<List>(&value)) {
    return ListProperties(key, *list);
  }
  const auto& text = std::get<std::string>(value);
  const std::string folded = FoldName(key);
  if (folded == "format" || folded == "write.format.default") {
    if (FoldName(text) != "parquet") {
      return MakeError(ErrorCode::kNotSupported,
                       "Table format must be PARQUET, not " + text);
    }
    return Set{{"write.format.default", "parquet"}};
  }
  if (folded == "parquet_bloom_filter_columns") {
    return ListProperties(key, {text});
  }
  if (const Named* const named = FindNamed(folded)) {
    ARROW_ASSIGN_OR_RAISE(std::string checked, ValueOf(*named, text));
    return Set{{std::string(named->iceberg), std::move(checked)}};
  }
  if (!IsIcebergName(key)) {
    return Unknown(key);
  }
  return Set{{key, text}};
}

Result<List> IcebergNamesOf(const std::string& key) {
  const std::string folded = FoldName(key);
  if (folded == "parquet_bloom_filter_columns") {
    return List{kBloomPrefix};
  }
  if (const Named* const named = FindNamed(folded)) {
    return List{std::string(named->iceberg)};
  }
  if (!IsIcebergName(key)) {
    return Unknown(key);
  }
  return List{key};
}

sql::PropertyList KeepUnknownProperties(sql::PropertyList properties) {
  List kept;
  std::erase_if(properties, [&kept](const auto& property) {
    const auto* const text = std::get_if<std::string>(&property.second);
    if (text == nullptr || IsTableProperty(property.first)) {
      return false;
    }
    kept.insert(kept.end(), {property.first, *text});
    return true;
  });
  if (!kept.empty()) {
    auto& extra = properties.try_emplace("extra_properties", List{}).first->second;
    if (auto* const list = std::get_if<List>(&extra)) {
      list->insert(list->end(), kept.begin(), kept.end());
    }
  }
  return properties;
}

Set TrinoPropertiesOf(const iceberg::TableMetadata& metadata, Set* extra) {
  Set properties = {{"max_commit_retry", "4"}};
  List bloom;
  for (const auto& [key, value] : metadata.properties) {
    if (key.starts_with(kBloomPrefix) && value == "true") {
      bloom.push_back(QuoteText(key.substr(std::string_view(kBloomPrefix).size())));
      continue;
    }
    const auto named = std::ranges::find(kNamed, std::string_view(key), &Named::iceberg);
    if (named == kNamed.end()) {
      (*extra)[key] = value;
    } else if (named->trino != "format") {
      properties[std::string(named->trino)] = SqlOf(*named, value);
    }
  }
  if (!bloom.empty()) {
    properties["parquet_bloom_filter_columns"] =
        fmt::format("ARRAY[{}]", fmt::join(bloom, ","));
  }
  return properties;
}

}  // namespace tarn::engine
