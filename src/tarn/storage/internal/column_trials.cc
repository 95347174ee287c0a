#include "tarn/storage/internal/column_trials.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

namespace tarn::storage {
namespace {

using iceberg::Field;
using iceberg::TypeId;

/// Trials within this part of the smallest are as good; the one with the least work is
/// taken. Times that were measured are shown and not judged by: they depend on what else
/// the machine does, and advice must be the same each time.
constexpr double kAsSmall = 1.05;
/// What is advised makes a column at least this much smaller.
constexpr double kWorthwhile = 0.97;

constexpr Codec kFirstCodecs[] = {{Compression::kZstd, 1}, {Compression::kSnappy, {}}};
constexpr Codec kFurtherCodecs[] = {
    {Compression::kNone, {}},  {Compression::kLz4, {}}, {Compression::kGzip, 6},
    {Compression::kBrotli, 5}, {Compression::kZstd, 3}, {Compression::kZstd, 9},
};

/// Spark and Trino read Brotli and LZ4 only with more than they come with; Iceberg's
/// reader in Spark, to 1.12 at least, fails at a delta page of nulls alone.
bool MayBeAdvised(const ColumnEncoding& how, int64_t nulls) {
  const bool is_delta =
      how.encoding == Encoding::kDelta || how.encoding == Encoding::kDeltaLength;
  return how.codec.compression != Compression::kBrotli &&
         how.codec.compression != Compression::kLz4 && (!is_delta || nulls == 0);
}

void CollectColumns(const Field& field, std::vector<const Field*>* columns) {
  if (!field.type.is_nested()) {
    if (field.type.id() != TypeId::kUnknown) {
      columns->push_back(&field);
    }
    return;
  }
  for (const Field& child : field.type.fields()) {
    CollectColumns(child, columns);
  }
}

/// unset is the dictionary, which is tried first.
std::vector<std::optional<Encoding>> EncodingsToTry(const Field& field) {
  std::vector<std::optional<Encoding>> encodings = {std::nullopt};
  if (field.type.id() == TypeId::kBoolean) {
    return encodings;  // has no dictionary: it is plain either way
  }
  for (const Encoding encoding : EncodingsOf(field.type)) {
    encodings.emplace_back(encoding);
  }
  return encodings;
}

ColumnOptions OptionsOf(const ColumnEncoding& how) {
  return {.codec = how.codec,
          .dictionary = !how.encoding.has_value(),
          .encoding = how.encoding};
}

std::chrono::nanoseconds Share(std::chrono::nanoseconds time, int64_t part,
                               int64_t whole) {
  const double share =
      whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
  return std::chrono::nanoseconds(
      static_cast<int64_t>(static_cast<double>(time.count()) * share));
}

/// How much work it is to write and read, by rank.
int WorkOf(const ColumnEncoding& how) {
  int work = 0;
  switch (how.codec.compression) {
    case Compression::kNone:
      break;
    case Compression::kSnappy:
    case Compression::kLz4:
      work = 10;
      break;
    case Compression::kZstd:
      work = how.codec.level.value_or(1) > 3 ? 50 : 20 + how.codec.level.value_or(1);
      break;
    case Compression::kGzip:
      work = 40;
      break;
    case Compression::kBrotli:
      work = 60;
      break;
  }
  return work + (how.encoding ? 1 + static_cast<int>(*how.encoding) : 0);
}

/// Of the trials for which `may` holds, the one of the smallest with the least work;
/// nullptr if there is none.
const EncodingTrial* BestOf(const std::vector<EncodingTrial>& trials,
                            const std::function<bool(const EncodingTrial&)>& may) {
  int64_t smallest = -1;
  for (const EncodingTrial& trial : trials) {
    if (may(trial) && (smallest < 0 || trial.bytes < smallest)) {
      smallest = trial.bytes;
    }
  }
  const EncodingTrial* best = nullptr;
  for (const EncodingTrial& trial : trials) {
    if (may(trial) &&
        static_cast<double>(trial.bytes) <= static_cast<double>(smallest) * kAsSmall &&
        (best == nullptr || WorkOf(trial.how) < WorkOf(best->how))) {
      best = &trial;
    }
  }
  return best;
}

class FieldTrials {
 public:
  FieldTrials(const TrialRows& rows, const Field& field, const ParquetOptions& today)
      : rows_(rows), today_(today) {
    CollectColumns(field, &columns_);
    advice_.resize(columns_.size());
  }

  Result<std::vector<ColumnAdvice>> Run(const iceberg::Schema& schema) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      advice_[i].id = columns_[i]->id;
      advice_[i].name = schema.NameOf(columns_[i]->id);
      advice_[i].type = columns_[i]->type.ToString();
    }
    ARROW_RETURN_NOT_OK(Try([&](size_t i) -> std::optional<ColumnEncoding> {
      return EncodingIn(today_, columns_[i]->id);
    }));
    for (ColumnAdvice& column : advice_) {
      column.today = column.trials.front();
    }
    ARROW_RETURN_NOT_OK(TryFirstCodecs());
    ARROW_RETURN_NOT_OK(TryFurtherCodecs());
    for (ColumnAdvice& column : advice_) {
      Choose(&column);
    }
    return std::move(advice_);
  }

 private:
  /// One run over all columns of the field. Columns for which `how` gives nothing are
  /// written somehow, and not counted.
  Status Try(const std::function<std::optional<ColumnEncoding>(size_t)>& how) {
    ParquetOptions options = today_;
    options.columns.clear();
    std::vector<std::optional<ColumnEncoding>> hows;
    for (size_t i = 0; i < columns_.size(); ++i) {
      hows.push_back(how(i));
      options.columns[columns_[i]->id] =
          OptionsOf(hows.back().value_or(ColumnEncoding{}));
    }
    ARROW_ASSIGN_OR_RAISE(const TrialFigures figures, rows_.Try(options));
    const int64_t whole = figures.encoded_bytes();
    for (size_t i = 0; i < columns_.size(); ++i) {
      const auto column = figures.columns.find(columns_[i]->id);
      if (!hows[i] || column == figures.columns.end()) {
        continue;
      }
      const int64_t encoded = column->second.encoded_bytes;
      if (const auto nulls = figures.nulls.find(column->first);
          nulls != figures.nulls.end()) {
        advice_[i].nulls = nulls->second;
      }
      advice_[i].trials.push_back({.how = *hows[i],
                                   .bytes = column->second.compressed_bytes,
                                   .write = Share(figures.write, encoded, whole),
                                   .read = Share(figures.read, encoded, whole)});
      if (hows[i]->encoding == Encoding::kPlain ||
          columns_[i]->type.id() == TypeId::kBoolean) {
        advice_[i].plain_bytes = encoded;
      }
    }
    return Status::OK();
  }

  /// Every encoding with two codecs.
  Status TryFirstCodecs() {
    std::vector<std::vector<std::optional<Encoding>>> encodings;
    size_t most = 0;
    for (const Field* column : columns_) {
      encodings.push_back(EncodingsToTry(*column));
      most = std::max(most, encodings.back().size());
    }
    for (const Codec& codec : kFirstCodecs) {
      for (size_t round = 0; round < most; ++round) {
        ARROW_RETURN_NOT_OK(Try([&](size_t i) -> std::optional<ColumnEncoding> {
          if (round >= encodings[i].size()) {
            return std::nullopt;
          }
          return ColumnEncoding{codec, encodings[i][round]};
        }));
      }
    }
    return Status::OK();
  }

  /// Every other codec with the encoding that is best so far.
  Status TryFurtherCodecs() {
    std::vector<std::optional<Encoding>> best;
    for (const ColumnAdvice& column : advice_) {
      const EncodingTrial* trial =
          BestOf(column.trials, [&](const EncodingTrial& candidate) {
            return candidate.how.codec == kFirstCodecs[0] &&
                   MayBeAdvised(candidate.how, column.nulls);
          });
      best.push_back(trial == nullptr ? std::nullopt : trial->how.encoding);
    }
    for (const Codec& codec : kFurtherCodecs) {
      ARROW_RETURN_NOT_OK(Try([&](size_t i) -> std::optional<ColumnEncoding> {
        return ColumnEncoding{codec, best[i]};
      }));
    }
    return Status::OK();
  }

  static void Choose(ColumnAdvice* column) {
    const EncodingTrial* best = BestOf(column->trials, [&](const EncodingTrial& trial) {
      return MayBeAdvised(trial.how, column->nulls);
    });
    const bool worthwhile =
        best != nullptr && static_cast<double>(best->bytes) <=
                               static_cast<double>(column->today.bytes) * kWorthwhile;
    column->advised = worthwhile ? *best : column->today;
  }

  const TrialRows& rows_;
  const ParquetOptions& today_;
  std::vector<const Field*> columns_;
  std::vector<ColumnAdvice> advice_;  // of `columns_`
};

}  // namespace

Codec WithLevel(Codec codec) {
  if (!codec.level) {
    codec.level = DefaultLevelOf(codec.compression);
  }
  return codec;
}

ColumnEncoding EncodingIn(const ParquetOptions& options, iceberg::FieldId id) {
  ColumnEncoding how{.codec = WithLevel(options.codec)};
  const auto it = options.columns.find(id);
  if (it == options.columns.end()) {
    return how;
  }
  const ColumnOptions& own = it->second;
  if (own.codec) {
    how.codec = WithLevel(*own.codec);
  }
  how.encoding = own.encoding;
  if (!how.encoding && !own.dictionary.value_or(true)) {
    how.encoding = Encoding::kPlain;
  }
  return how;
}

Result<std::vector<ColumnAdvice>> TryEncodings(const TrialRows& rows, const Field& field,
                                               const iceberg::Schema& schema,
                                               const ParquetOptions& today) {
  return FieldTrials(rows, field, today).Run(schema);
}

}  // namespace tarn::storage
