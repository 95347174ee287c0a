#include "tarn/engine/internal/result_cache.h"

#include <cstring>
#include <thread>
#include <utility>

#include <arrow/array.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/buffer.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include "tarn/engine/internal/cached_query.h"

namespace tarn::engine {
namespace {

std::shared_ptr<arrow::Schema> Schema() {
  return arrow::schema({arrow::field("n", arrow::int64())});
}

std::shared_ptr<arrow::RecordBatch> Batch(int64_t rows) {
  arrow::Int64Builder builder;
  for (int64_t i = 0; i < rows; ++i) {
    EXPECT_TRUE(builder.Append(i).ok());
  }
  return arrow::RecordBatch::Make(Schema(), rows, {builder.Finish().ValueOrDie()});
}

std::shared_ptr<const KeptResult> Kept(int64_t bytes) {
  return std::make_shared<KeptResult>(
      KeptResult{.schema = Schema(), .batches = {Batch(1)}, .bytes = bytes});
}

TEST(ResultCache, WhatWasNotAskedForTheLongestTimeGoesFirst) {
  ResultCache cache(15'000, 4'000);
  cache.Keep("a", 1, Kept(2'000));
  cache.Keep("b", 1, Kept(2'000));
  cache.Keep("c", 1, Kept(2'000));
  EXPECT_NE(cache.Find("a"), nullptr);
  cache.Keep("d", 1, Kept(3'000));
  EXPECT_EQ(cache.Find("b"), nullptr);
  EXPECT_NE(cache.Find("a"), nullptr);
  EXPECT_NE(cache.Find("c"), nullptr);
  EXPECT_NE(cache.Find("d"), nullptr);
  EXPECT_LE(cache.bytes(), 15'000);
  cache.Keep("large", 1, Kept(4'001));
  EXPECT_EQ(cache.Find("large"), nullptr);
}

TEST(ResultCache, AnOlderErasResultsAreDropped) {
  ResultCache cache(10'000, 4'000);
  cache.Keep("a", cache.era(), Kept(100));
  const uint64_t before = cache.era();
  cache.BeginEra();
  EXPECT_EQ(cache.Find("a"), nullptr);
  EXPECT_EQ(cache.bytes(), 0);
  cache.Keep("a", before, Kept(100));
  EXPECT_EQ(cache.Find("a"), nullptr);
  cache.Keep("a", cache.era(), Kept(100));
  EXPECT_NE(cache.Find("a"), nullptr);
}

/// Batches of 1000 numbers, then the end, or an error.
class Numbers final : public ResultStream {
 public:
  explicit Numbers(int batches, bool fails = false) : left_(batches), fails_(fails) {}
  std::shared_ptr<arrow::Schema> schema() const override { return Schema(); }
  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    if (left_-- > 0) {
      return Batch(1'000);
    }
    return fails_ ? Result<std::shared_ptr<arrow::RecordBatch>>(Status::IOError("no"))
                  : nullptr;
  }
  std::optional<int64_t> rows_changed() const override { return std::nullopt; }
  const std::string& statement_type() const override { return type_; }

 private:
  int left_;
  bool fails_;
  const std::string type_ = "SELECT";
};

int64_t CountRows(ResultStream& rows, int batches_max = 1'000) {
  int64_t count = 0;
  while (batches_max-- > 0) {
    const auto batch = rows.Next();
    if (!batch.ok() || *batch == nullptr) {
      break;
    }
    count += (*batch)->num_rows();
  }
  return count;
}

TEST(ResultCache, OnlyWholeResultsAreKept) {
  const auto cache = std::make_shared<ResultCache>(1 << 20, 100'000);
  const auto read = [&](const char* key, int batches, bool fails, int batches_max) {
    const auto rows =
        KeepWhenRead(std::make_unique<Numbers>(batches, fails), cache, key, cache->era());
    CountRows(*rows, batches_max);
  };
  read("half", 3, false, 2);
  read("failed", 3, true, 10);
  read("large", 20, false, 30);
  read("whole", 3, false, 10);
  read("empty", 0, false, 10);
  for (const char* key : {"half", "failed", "large"}) {
    EXPECT_EQ(cache->Find(key), nullptr) << key;
  }
  const auto whole = cache->Find("whole");
  ASSERT_NE(whole, nullptr);
  for (int i = 0; i < 2; ++i) {
    const auto rows = StreamOfKept(whole);
    EXPECT_TRUE(rows->is_from_cache());
    EXPECT_EQ(CountRows(*rows), 3'000);
  }
  ASSERT_NE(cache->Find("empty"), nullptr);
  EXPECT_EQ(CountRows(*StreamOfKept(cache->Find("empty"))), 0);
}

/// One row in a buffer that has room for 1 MiB, as the engine's have room for a vector.
class RoomyRow final : public ResultStream {
 public:
  std::shared_ptr<arrow::Schema> schema() const override { return Schema(); }
  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    if (std::exchange(is_read_, true)) {
      return nullptr;
    }
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(1 << 20));
    RETURN_NOT_OK(buffer->Resize(sizeof(int64_t), /*shrink_to_fit=*/false));
    std::memset(buffer->mutable_data(), 0, sizeof(int64_t));
    return arrow::RecordBatch::Make(
        Schema(), 1, {std::make_shared<arrow::Int64Array>(1, std::move(buffer))});
  }
  std::optional<int64_t> rows_changed() const override { return std::nullopt; }
  const std::string& statement_type() const override { return type_; }

 private:
  bool is_read_ = false;
  const std::string type_ = "SELECT";
};

TEST(ResultCache, SmallResultsHoldLittleMemory) {
  const auto cache = std::make_shared<ResultCache>(1 << 20, 100'000);
  const int64_t before = arrow::default_memory_pool()->bytes_allocated();
  for (int i = 0; i < 20; ++i) {
    const auto rows = KeepWhenRead(std::make_unique<RoomyRow>(), cache, std::to_string(i),
                                   cache->era());
    EXPECT_EQ(CountRows(*rows), 1);
  }
  ASSERT_NE(cache->Find("0"), nullptr);
  EXPECT_EQ(CountRows(*StreamOfKept(cache->Find("0"))), 1);
  const int64_t held = arrow::default_memory_pool()->bytes_allocated() - before;
  EXPECT_LE(held, cache->bytes());
}

TEST(ResultCache, ManyThreads) {
  ResultCache cache(20'000, 4'000);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&cache, t] {
      for (int i = 0; i < 2'000; ++i) {
        const std::string key = std::to_string((i * 7 + t) % 40);
        if (const auto found = cache.Find(key)) {
          EXPECT_EQ(found->bytes, 1'000 + std::stoi(key));
        }
        cache.Keep(key, cache.era(), Kept(1'000 + std::stoi(key)));
        if (i % 500 == 0) {
          cache.BeginEra();
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_LE(cache.bytes(), 20'000);
}

TEST(CachedQuery, WordsThatChange) {
  for (const auto& [text, changes] : {std::pair{"SELECT Current_Date", true},
                                      {"SELECT now()", true},
                                      {"SELECT \"random\"() FROM t", true},
                                      {"SELECT a FROM t TABLESAMPLE SYSTEM (1)", true},
                                      {"SELECT 'now' FROM t -- now", false},
                                      {"SELECT nowhere, a.b FROM t", false}}) {
    EXPECT_EQ(NamesWhatChanges(text), changes) << text;
  }
}

}  // namespace
}  // namespace tarn::engine
