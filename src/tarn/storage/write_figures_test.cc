#include "tarn/storage/write_figures.h"

#include <cstdlib>

#include <arrow/buffer.h>
#include <arrow/memory_pool.h>
#include <gtest/gtest.h>

#include "tarn/storage/table_writer_fixture_test.h"

namespace tarn::storage {
namespace {

/// Counts how often it is told to give memory back.
class CountingPool : public arrow::ProxyMemoryPool {
 public:
  CountingPool() : ProxyMemoryPool(arrow::default_memory_pool()) {}
  void ReleaseUnused() override { ++releases; }

  int releases = 0;
};

TEST(MemoryReuse, KeepsALimitedAmount) {
  CountingPool pool;
  MemoryReuse reuse(/*kept_bytes_max=*/1000, &pool);
  auto large = *arrow::AllocateBuffer(3000, &pool);
  reuse.Taken();
  reuse.Freed();  // nothing has been
  EXPECT_EQ(pool.releases, 0);
  auto small = *arrow::AllocateBuffer(900, &pool);
  reuse.Taken();
  small.reset();
  reuse.Freed();  // 900 are kept
  EXPECT_EQ(pool.releases, 0);
  large.reset();
  reuse.Freed();
  EXPECT_EQ(pool.releases, 1);
  reuse.Freed();  // nothing new was freed
  EXPECT_EQ(pool.releases, 1);
  auto again = *arrow::AllocateBuffer(1500, &pool);
  reuse.Taken();
  again.reset();
  reuse.Freed();
  EXPECT_EQ(pool.releases, 2);
}

using WriteFiguresTest = TableWriterTest;

TEST_F(WriteFiguresTest, SumsOverFiles) {
  MakeTable({Column(1, "a", Type::Long()), Column(2, "s", Type::String())});
  TableWriterOptions options;
  options.figures = std::make_shared<WriteFigures>();
  EXPECT_EQ(options.figures->totals().ratio(), 1);
  arrow::Int64Builder a;
  arrow::StringBuilder s;
  for (int64_t i = 0; i < 20'000; ++i) {
    ASSERT_OK(a.Append(i));
    ASSERT_OK(s.Append("the same text for all rows " + std::to_string(i % 50'000)));
  }
  const auto rows =
      arrow::RecordBatch::Make(ArrowSchema(), 20'000, {*a.Finish(), *s.Finish()});
  int64_t file_bytes = 0;
  for (int i = 0; i < 2; ++i) {
    ASSERT_OK_AND_ASSIGN(const auto files, WriteAll({rows}, options));
    file_bytes += files.at(0).file_size_bytes;
  }
  const WriteFigures::Totals totals = options.figures->totals();
  EXPECT_EQ(totals.files, 2);
  EXPECT_EQ(totals.rows, 40'000);
  EXPECT_EQ(totals.file_bytes, file_bytes);
  EXPECT_LT(totals.columns.compressed_bytes, file_bytes);
  EXPECT_GT(totals.columns.compressed_bytes, file_bytes / 2);
  EXPECT_GT(totals.columns.encoded_bytes, totals.columns.compressed_bytes);
  EXPECT_GT(totals.ratio(), 1);
  EXPECT_GT(totals.encoding.count(), 0);
}

}  // namespace
}  // namespace tarn::storage
