// How one data file is read: its columns by field id, constants for what is not in it.
#pragma once

#include <memory>

#include <duckdb/common/multi_file/multi_file_reader.hpp>
#include <duckdb/function/table_function.hpp>

#include "tarn/engine/internal/scan_state.h"

namespace tarn::engine {

/// Carries the state of a scan through DuckDB's TableFunction.
struct ScanFunctionInfo final : duckdb::TableFunctionInfo {
  explicit ScanFunctionInfo(std::shared_ptr<ScanState> scan) : state(std::move(scan)) {}
  std::shared_ptr<ScanState> state;
  /// Narrows the file list by filters; of the function that was copied.
  duckdb::table_function_pushdown_complex_filter_t push_filters = nullptr;
};

class ScanReader final : public duckdb::MultiFileReader {
 public:
  explicit ScanReader(std::shared_ptr<ScanState> state) : state_(std::move(state)) {}
  static duckdb::unique_ptr<duckdb::MultiFileReader> Create(
      const duckdb::TableFunction& function);

  duckdb::unique_ptr<duckdb::MultiFileReader> Copy() const override;
  duckdb::shared_ptr<duckdb::MultiFileList> CreateFileList(
      duckdb::ClientContext& context, const duckdb::vector<std::string>& paths,
      const duckdb::FileGlobInput& glob) override;
  bool Bind(duckdb::MultiFileOptions& options, duckdb::MultiFileList& files,
            duckdb::vector<duckdb::LogicalType>& types,
            duckdb::vector<std::string>& names,
            duckdb::MultiFileReaderBindData& bind_data) override;
  void BindOptions(duckdb::MultiFileOptions& options, duckdb::MultiFileList& files,
                   duckdb::vector<duckdb::LogicalType>& types,
                   duckdb::vector<std::string>& names,
                   duckdb::MultiFileReaderBindData& bind_data) override;
  duckdb::unique_ptr<duckdb::MultiFileList> ComplexFilterPushdown(
      duckdb::ClientContext& context, duckdb::MultiFileList& files,
      const duckdb::MultiFileOptions& options, duckdb::MultiFilePushdownInfo& info,
      duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& filters) override;
  duckdb::unique_ptr<duckdb::MultiFileList> DynamicFilterPushdown(
      duckdb::ClientContext& context, const duckdb::MultiFileList& files,
      const duckdb::MultiFileOptions& options, const duckdb::vector<std::string>& names,
      const duckdb::vector<duckdb::LogicalType>& types,
      const duckdb::vector<duckdb::column_t>& column_ids,
      duckdb::TableFilterSet& filters) override;
  duckdb::ReaderInitializeType InitializeReader(
      duckdb::MultiFileReaderData& reader_data,
      const duckdb::MultiFileBindData& bind_data,
      const duckdb::vector<duckdb::MultiFileColumnDefinition>& global_columns,
      const duckdb::vector<duckdb::ColumnIndex>& global_column_ids,
      duckdb::optional_ptr<duckdb::TableFilterSet> filters,
      duckdb::ClientContext& context,
      duckdb::MultiFileGlobalState& global_state) override;
  duckdb::unique_ptr<duckdb::Expression> GetVirtualColumnExpression(
      duckdb::ClientContext& context, duckdb::MultiFileReaderData& reader_data,
      const duckdb::vector<duckdb::MultiFileColumnDefinition>& local_columns,
      duckdb::idx_t& column_id, const duckdb::LogicalType& type,
      duckdb::MultiFileLocalIndex local_index,
      duckdb::optional_ptr<duckdb::MultiFileColumnDefinition>& stored) override;
  void FinalizeBind(
      duckdb::MultiFileReaderData& reader_data, const duckdb::MultiFileOptions& options,
      const duckdb::MultiFileReaderBindData& bind_data,
      const duckdb::vector<duckdb::MultiFileColumnDefinition>& global_columns,
      const duckdb::vector<duckdb::ColumnIndex>& global_column_ids,
      duckdb::ClientContext& context,
      duckdb::optional_ptr<duckdb::MultiFileReaderGlobalState> global_state) override;

 private:
  std::shared_ptr<ScanState> state_;
};

}  // namespace tarn::engine
