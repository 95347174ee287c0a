// How large a data file will be: what is encoded but not compressed yet counts as what
// such bytes became before.
#pragma once

#include <cstdint>

#include "tarn/storage/internal/data_file_writer.h"

namespace tarn::storage {

/// Learns from the row groups and files of one writer. Thread-compatible.
class FileSizes {
 public:
  explicit FileSizes(const DataFileLayout& layout);

  /// What the file has before its footer, bloom filters included.
  int64_t BeforeFooter(const DataFileWriter& file) const;
  /// The file's size if it were closed now.
  int64_t Expect(const DataFileWriter& file) const;
  /// What of it is not known for sure.
  int64_t Uncertain(const DataFileWriter& file) const;
  /// By what part of the uncertain bytes there may be more of them, as the last guesses
  /// were wrong.
  double doubt() const;
  /// What rows of `input_bytes` in memory will add to a file that holds
  /// `file_input_bytes` of them.
  int64_t ExpectMore(const DataFileWriter& file, int64_t file_input_bytes,
                     int64_t input_bytes) const;

  /// `unsettled` bytes of a row group became `settled` ones.
  void LearnRowGroup(int64_t unsettled, int64_t settled);
  /// A file of `num_row_groups` ended with a footer of this size, page index included.
  void LearnFooter(int64_t num_row_groups, int64_t footer_bytes);
  /// Rows of `input_bytes` in memory became this much of a file.
  void LearnFile(int64_t input_bytes, int64_t file_bytes);

 private:
  double Rest(const DataFileWriter& file) const;

  const bool has_filters_;
  // Of encoded bytes what is left when they are compressed; recent row groups weigh more.
  double unsettled_ = 0;
  double settled_ = 0;
  double settling_ = 1.0;
  double error_ = 0;  // by what part the guesses of late were too low
  double footer_row_group_bytes_;
  double encoding_ = 1.0;  // of rows in memory what is left in the file
};

}  // namespace tarn::storage
