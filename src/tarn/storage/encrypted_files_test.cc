// Data and delete files of encrypted tables.
#include <fstream>
#include <iterator>
#include <string>

#include "tarn/base/aes_gcm.h"
#include "tarn/iceberg/encryption.h"
#include "tarn/iceberg/value.h"
#include "tarn/io/key_file.h"
#include "tarn/storage/data_file_reader.h"
#include "tarn/storage/decrypted_parquet.h"
#include "tarn/storage/delete_file_writer.h"
#include "tarn/storage/deleted_rows.h"
#include "tarn/storage/table_writer_fixture_test.h"

namespace tarn::storage {
namespace {

using iceberg::DataFile;
using iceberg::PositionSet;

class EncryptedFilesTest : public TableWriterTest {
 protected:
  EncryptedFilesTest()
      : keys_(io::ParseKeyFile("master 000102030405060708090a0b0c0d0e0f", "keys")
                  .ValueOrDie()) {
    io_.set_keys(keys_.get());
  }

  void MakeEncryptedTable(Properties properties = {}) {
    properties["encryption.key-id"] = "master";
    MakeTable({Column(1, "id", Type::Long(), true), Column(2, "name", Type::String()),
               Column(3, "tags", Type::List(4, Type::String(), false)),
               Column(5, "price", Type::Double())},
              {}, std::move(properties));
    ASSERT_EQ(metadata_->format_version, 3);
  }

  /// Enough rows for several pages and row groups.
  std::vector<DataFile> WriteRows(int rows, TableWriterOptions options = {}) {
    std::string json = "[";
    for (int i = 0; i < rows; ++i) {
      json += (i > 0 ? ", [" : "[") + std::to_string(i) + R"(, "secret name )" +
              std::to_string(i) + R"(", ["t)" + std::to_string(i % 7) + R"("], )" +
              std::to_string(i) + ".5]";
    }
    auto files = WriteAll({Rows(json + "]")}, options);
    EXPECT_OK(files);
    return files.ValueOr({});
  }

  Result<std::unique_ptr<DataFileReader>> OpenReader(const DataFile& file) {
    return DataFileReader::Open(io_, *metadata_, file, iceberg::SequenceNumber{1},
                                nullptr, {.schema = metadata_->schema_ptr()});
  }

  Result<std::shared_ptr<arrow::Table>> ReadRows(const DataFile& file) {
    ARROW_ASSIGN_OR_RAISE(auto reader, OpenReader(file));
    std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(auto batch, reader->Next());
      if (batch == nullptr) {
        return arrow::Table::FromRecordBatches(reader->schema(), batches);
      }
      batches.push_back(std::move(batch));
    }
  }

  std::string Stored(const DataFile& file) {
    return io_.ReadAll(file.file_path).ValueOrDie();
  }

  std::unique_ptr<KeyManagement> keys_;
};

TEST_F(EncryptedFilesTest, ParquetFilesAreReadWithTheirKeyAndNotWithout) {
  for (const char* key_bytes : {"16", "24", "32"}) {
    SCOPED_TRACE(key_bytes);
    MakeEncryptedTable({{"encryption.data-key-length", key_bytes}});
    const auto files = WriteRows(3'000, {.parquet = {.row_group_rows_max = 1'000}});
    ASSERT_EQ(files.size(), 1U);
    const DataFile& file = files[0];
    const std::string stored = Stored(file);
    EXPECT_EQ(stored.substr(0, 4), "PARE");
    EXPECT_EQ(stored.substr(stored.size() - 4), "PARE");
    for (const char* text : {"secret", "name", "price"}) {
      EXPECT_EQ(stored.find(text), std::string::npos) << text;
    }
    EXPECT_EQ(file.file_size_bytes, static_cast<int64_t>(stored.size()));
    ASSERT_TRUE(file.key_metadata.has_value());
    ASSERT_OK_AND_ASSIGN(const auto key, iceberg::FileKeyFromBytes(*file.key_metadata));
    EXPECT_EQ(key.encryption_key.size(), std::stoul(key_bytes));
    EXPECT_FALSE(key.file_length.has_value());  // Parquet's footer says where it ends
    EXPECT_EQ(stored.find(key.aad_prefix), std::string::npos);
    // The manifest's statistics are those of a file in clear; manifests are encrypted
    // too.
    EXPECT_EQ(file.record_count, 3'000);
    const auto* id = FindColumnStats(file, 1);
    ASSERT_NE(id, nullptr);
    EXPECT_EQ(id->upper_bound, iceberg::ValueToBytes(Type::Long(), int64_t{2'999}));
    EXPECT_EQ(file.split_offsets.size(), 3U);

    ASSERT_OK_AND_ASSIGN(const auto rows, ReadRows(file));
    EXPECT_EQ(rows->num_rows(), 3'000);
    const auto names = rows->GetColumnByName("name");
    EXPECT_EQ((*names->GetScalar(2'999))->ToString(), "secret name 2999");

    DataFile other = file;
    other.key_metadata.reset();
    EXPECT_FALSE(OpenReader(other).ok());
    ASSERT_OK_AND_ASSIGN(auto wrong, iceberg::NewFileKey(16));
    other.key_metadata = iceberg::FileKeyToBytes(wrong);
    EXPECT_FALSE(OpenReader(other).ok());
    wrong = key;
    wrong.aad_prefix = "of another file";
    other.key_metadata = iceberg::FileKeyToBytes(wrong);
    EXPECT_FALSE(OpenReader(other).ok());
    other.key_metadata = "\x07";
    EXPECT_ERROR(OpenReader(other), ErrorCode::kNotSupported, "version 7");
  }
}

/// testdata/README.md says how the file was made.
TEST_F(EncryptedFilesTest, AFileOfTheReferenceImplementationIsRead) {
  MakeTable({Column(1, "id", Type::Long(), true), Column(2, "name", Type::String())});
  const auto read = [](const std::string& name) {
    std::ifstream file("src/tarn/storage/testdata/" + name, std::ios::binary);
    EXPECT_TRUE(file) << name;
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  DataFile file;
  file.file_path = "/lake/java-encrypted.parquet";
  file.record_count = 1'000;
  file.key_metadata.emplace();
  const std::string hex = read("java-encrypted.key");
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    file.key_metadata->push_back(
        static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  io_.Put(file.file_path, read("java-encrypted.parquet"));
  ASSERT_OK_AND_ASSIGN(const auto rows, ReadRows(file));
  EXPECT_EQ(rows->num_rows(), 1'000);
  EXPECT_EQ((*rows->GetColumnByName("name")->GetScalar(999))->ToString(), "java 999");

  // Its headers of pages are padded with zeros, which are not to be in the clear view.
  ASSERT_OK_AND_ASSIGN(const auto view,
                       OpenDecryptedParquet(io_, file.file_path, {}, *file.key_metadata));
  ASSERT_OK_AND_ASSIGN(const auto reader,
                       parquet::arrow::OpenFile(view, arrow::default_memory_pool()));
  ASSERT_OK_AND_ASSIGN(const auto clear, reader->ReadTable());
  ASSERT_EQ(clear->num_rows(), 1'000);
  EXPECT_TRUE(clear->GetColumnByName("name")->Equals(rows->GetColumnByName("name")));
}

TEST_F(EncryptedFilesTest, TheClearViewIsAPlainFileOfTheSameRows) {
  MakeEncryptedTable();
  // Some columns with dictionaries, of several pages in several row groups.
  const auto files =
      WriteRows(200'000, {.parquet = {.codec = {.compression = Compression::kNone},
                                      .row_group_rows_max = 120'000}});
  ASSERT_EQ(files.size(), 1U);
  ASSERT_OK_AND_ASSIGN(const auto view, OpenDecryptedParquet(io_, files[0].file_path, {},
                                                             *files[0].key_metadata));
  ASSERT_OK_AND_ASSIGN(const auto reader,
                       parquet::arrow::OpenFile(view, arrow::default_memory_pool()));
  ASSERT_OK_AND_ASSIGN(const auto rows, reader->ReadTable());
  ASSERT_OK_AND_ASSIGN(const auto expected, ReadRows(files[0]));
  ASSERT_EQ(rows->num_columns(), expected->num_columns());
  for (int i = 0; i < expected->num_columns(); ++i) {
    EXPECT_TRUE(rows->column(i)->Equals(expected->column(i))) << i;
  }
  ASSERT_OK_AND_ASSIGN(const int64_t size, view->GetSize());
  ASSERT_OK_AND_ASSIGN(const auto whole, view->ReadAt(0, size + 5));
  ASSERT_EQ(whole->size(), size);
  for (int64_t at = 0; at < size; at += 99'991) {
    ASSERT_OK_AND_ASSIGN(const auto piece, view->ReadAt(at, 99'991));
    ASSERT_TRUE(piece->Equals(*arrow::SliceBuffer(whole, at, piece->size()))) << at;
  }
  const std::string_view clear(*whole);
  EXPECT_NE(clear.find("secret name 199999"), std::string_view::npos);
  EXPECT_TRUE(clear.starts_with("PAR1"));
  EXPECT_TRUE(clear.ends_with("PAR1"));

  ASSERT_OK_AND_ASSIGN(const auto other, iceberg::NewFileKey(16));
  EXPECT_ERROR(
      OpenDecryptedParquet(io_, files[0].file_path, {}, iceberg::FileKeyToBytes(other)),
      ErrorCode::kInvalidData, files[0].file_path);
  std::string damaged = Stored(files[0]);
  damaged[100] = static_cast<char>(damaged[100] ^ 1);
  io_.Put(files[0].file_path, damaged);
  ASSERT_OK_AND_ASSIGN(
      const auto broken,
      OpenDecryptedParquet(io_, files[0].file_path, {}, *files[0].key_metadata));
  EXPECT_ERROR(broken->ReadAt(0, size), ErrorCode::kInvalidData, files[0].file_path);
}

/// Arrow and parquet-mr do not agree on what is encrypted in pages of version 2.
TEST_F(EncryptedFilesTest, DataPagesAreOfVersion1WhateverIsWanted) {
  MakeEncryptedTable();
  const auto files =
      WriteRows(5'000, {.parquet = {.codec = {.compression = Compression::kZstd},
                                    .page_rows_max = 1'000,
                                    .page_version = PageVersion::kV2}});
  ASSERT_EQ(files.size(), 1U);
  ASSERT_OK_AND_ASSIGN(const auto view, OpenDecryptedParquet(io_, files[0].file_path, {},
                                                             *files[0].key_metadata));
  ASSERT_OK_AND_ASSIGN(const auto reader,
                       parquet::arrow::OpenFile(view, arrow::default_memory_pool()));
  ASSERT_OK_AND_ASSIGN(const auto rows, reader->ReadTable());
  ASSERT_EQ(rows->num_rows(), 5'000);
  EXPECT_EQ((*rows->GetColumnByName("name")->GetScalar(4'999))->ToString(),
            "secret name 4999");
}

TEST_F(EncryptedFilesTest, EveryFileHasAKeyOfItsOwn) {
  MakeEncryptedTable();
  const auto first = WriteRows(10);
  const auto second = WriteRows(10);
  EXPECT_NE(first[0].key_metadata, second[0].key_metadata);
  DataFile swapped = first[0];
  swapped.file_path = second[0].file_path;
  swapped.file_size_bytes = second[0].file_size_bytes;
  EXPECT_FALSE(OpenReader(swapped).ok());
}

TEST_F(EncryptedFilesTest, AFileInClearIsNotTakenForAnEncryptedOne) {
  MakeTable({Column(1, "id", Type::Long(), true)});
  ASSERT_OK_AND_ASSIGN(auto files, WriteAll({Rows("[[1], [2]]")}));
  EXPECT_EQ(Stored(files[0]).substr(0, 4), "PAR1");
  EXPECT_FALSE(files[0].key_metadata.has_value());
  ASSERT_OK_AND_ASSIGN(const auto key, iceberg::NewFileKey(16));
  files[0].key_metadata = iceberg::FileKeyToBytes(key);
  EXPECT_FALSE(OpenReader(files[0]).ok());
}

TEST_F(EncryptedFilesTest, WithoutTheTablesKeyNothingIsWritten) {
  MakeEncryptedTable();
  const auto files = WriteRows(10);
  const size_t before = io_.num_files();
  io_.set_keys(nullptr);
  EXPECT_ERROR(OpenWriter(), ErrorCode::kForbidden, "encryption.key-file");
  PositionSet positions;
  positions.Add(1);
  EXPECT_ERROR(
      WritePositionDeletes(io_, *metadata_, {{&files[0], positions}}, clock_, random_),
      ErrorCode::kForbidden, "encryption.key-file");
  EXPECT_ERROR(EqualityDeleteWriter::Open(io_, metadata_, {1}, {}, clock_, random_),
               ErrorCode::kForbidden, "encryption.key-file");
  EXPECT_EQ(io_.num_files(), before);
}

TEST_F(EncryptedFilesTest, DeletionVectorsAreEncrypted) {
  MakeEncryptedTable();
  const auto files = WriteRows(10);
  PositionSet positions;
  positions.AddRange(2, 5);
  ASSERT_OK_AND_ASSIGN(
      const auto deletes,
      WritePositionDeletes(io_, *metadata_, {{&files[0], positions}}, clock_, random_));
  ASSERT_EQ(deletes.size(), 1U);
  const std::string stored = Stored(deletes[0]);
  EXPECT_TRUE(iceberg::IsEncryptedStream(stored));
  EXPECT_EQ(stored.find("deletion-vector"), std::string::npos);
  EXPECT_EQ(deletes[0].file_size_bytes, static_cast<int64_t>(stored.size()));
  DeletedRows deleted;
  ASSERT_OK_AND_ASSIGN(const auto read,
                       deleted.PositionsIn(io_, deletes[0], files[0].file_path));
  EXPECT_TRUE(*read == positions);

  DataFile other = deletes[0];
  other.key_metadata.reset();
  DeletedRows fresh;
  EXPECT_FALSE(fresh.PositionsIn(io_, other, files[0].file_path).ok());
  io_.Put(deletes[0].file_path, stored.substr(0, stored.size() - 1));
  EXPECT_ERROR(fresh.PositionsIn(io_, deletes[0], files[0].file_path),
               ErrorCode::kInvalidData, "when it was written");
}

TEST_F(EncryptedFilesTest, EqualityDeletesAreEncrypted) {
  MakeEncryptedTable();
  const auto files = WriteRows(10);
  ASSERT_OK_AND_ASSIGN(
      auto writer, EqualityDeleteWriter::Open(io_, metadata_, {1}, {}, clock_, random_));
  ASSERT_OK(writer->Append(*Rows(R"([[3, null, null, null], [7, null, null, null]])")));
  ASSERT_OK_AND_ASSIGN(const auto deletes, writer->Finish());
  ASSERT_EQ(deletes.size(), 1U);
  EXPECT_EQ(Stored(deletes[0]).substr(0, 4), "PARE");
  auto entry = std::make_shared<iceberg::ManifestEntry>();
  entry->file = deletes[0];
  DeletedRows deleted;
  ASSERT_OK_AND_ASSIGN(const auto positions,
                       deleted.Of(io_, *metadata_, files[0], {entry}));
  ASSERT_NE(positions, nullptr);
  EXPECT_EQ(positions->size(), 2);
  EXPECT_TRUE(positions->Contains(3) && positions->Contains(7));
}

}  // namespace
}  // namespace tarn::storage
