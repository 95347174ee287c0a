#include "tarn/gateway/trino/row_pages.h"

#include <algorithm>
#include <array>
#include <utility>

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>

#include "tarn/gateway/trino/internal/packed_text.h"
#include "tarn/gateway/trino/json_text.h"
#include "tarn/gateway/trino/remote_query.h"
#include "tarn/gateway/trino/trino_type.h"

namespace tarn::gateway::trino {
namespace {

constexpr char kZstd[] = "json+zstd";
constexpr char kLz4[] = "json+lz4";
constexpr int64_t kRowsBetweenLooks = 256;  // at the page's size

std::shared_ptr<arrow::Field> RowsField() { return arrow::field("rows", arrow::int64()); }

}  // namespace

RowPages::~RowPages() {
  if (result_.remote != nullptr) {
    result_.remote->Abandon();
  }
  batch_.reset();
  if (result_.session != nullptr) {
    const std::lock_guard busy(result_.session->busy);
    result_.rows.reset();
  }
}

Status RowPages::Open() {
  if (result_.remote != nullptr) {
    columns_json_ = result_.remote->columns_json();
    return Status::OK();
  }
  if (result_.rows == nullptr) {
    return Status::OK();
  }
  update_count_ = result_.rows->rows_changed();
  columns_json_ = "[";
  if (update_count_) {
    RETURN_NOT_OK(AddColumn(*RowsField()));
  } else {
    const auto schema = result_.rows->schema();
    for (const auto& field : schema->fields()) {
      RETURN_NOT_OK(AddColumn(*field));
    }
  }
  columns_json_ += ']';
  return Status::OK();
}

Status RowPages::AddColumn(const arrow::Field& field) {
  const TrinoType full = TypeOfField(field);
  const TrinoType type = options_.has_digits ? full : WithThreeDigits(full);
  const auto zone = field.metadata() == nullptr ? Result<std::string>("UTC")
                                                : field.metadata()->Get("trino.zone");
  ARROW_ASSIGN_OR_RAISE(auto writer,
                        MakeValueWriter(type, *field.type(), zone.ValueOr("UTC")));
  writers_.push_back(std::move(writer));
  const TrinoType told = options_.has_digits ? type : WithoutDigits(type);
  columns_json_ += columns_json_.size() > 1 ? R"(,{"name":)" : R"({"name":)";
  AppendJsonString(field.name(), &columns_json_);
  columns_json_ += R"(,"type":)";
  AppendJsonString(told.Display(), &columns_json_);
  columns_json_ += R"(,"typeSignature":)";
  told.AppendSignature(&columns_json_);
  columns_json_ += '}';
  return Status::OK();
}

Result<std::shared_ptr<arrow::RecordBatch>> RowPages::NextBatch() {
  if (result_.session == nullptr) {
    return result_.rows->Next();
  }
  const std::lock_guard busy(result_.session->busy);
  return result_.rows->Next();
}

Result<RowPage> RowPages::NextOfRemote() {
  ARROW_ASSIGN_OR_RAISE(RemotePage remote, result_.remote->Next());
  result_.update_type = result_.remote->update_type();
  result_.headers = result_.remote->headers();
  update_count_ = result_.remote->update_count();
  columns_json_ = result_.remote->columns_json();
  RowPage page{.json = std::move(remote.data_json),
               .num_rows = remote.num_rows,
               .row_offset = num_rows_,
               .is_last = remote.next_uri.empty()};
  num_rows_ += page.num_rows;
  return page;
}

Result<RowPage> RowPages::Next() {
  if (result_.remote != nullptr) {
    return NextOfRemote();
  }
  RowPage page{.row_offset = num_rows_};
  if (update_count_) {
    page.json = "[[" + std::to_string(*update_count_) + "]]";
    page.num_rows = 1;
    page.is_last = true;
    return page;
  }
  if (!has_columns()) {
    page.is_last = true;
    return page;
  }
  const auto deadline = std::chrono::steady_clock::now() + options_.page_time;
  const size_t bytes_max =
      num_rows_ == 0 ? options_.first_page_bytes : options_.page_bytes;
  while (page.json.size() < bytes_max) {
    if (batch_ == nullptr) {
      if (page.num_rows > 0 && std::chrono::steady_clock::now() > deadline) {
        break;
      }
      ARROW_ASSIGN_OR_RAISE(batch_, NextBatch());
      if (batch_ == nullptr) {
        page.is_last = true;
        break;
      }
      row_ = 0;
      for (size_t i = 0; i < writers_.size(); ++i) {
        writers_[i]->Bind(*batch_->column(static_cast<int>(i)));
      }
    }
    AppendRows(bytes_max, &page);
  }
  if (page.num_rows > 0) {
    page.json += ']';
  }
  num_rows_ += page.num_rows;
  return page;
}

void RowPages::AppendRows(size_t bytes_max, RowPage* page) {
  std::string& json = page->json;
  const int64_t begin = row_;
  const int64_t end = batch_->num_rows();
  for (; row_ < end; ++row_) {
    if ((row_ - begin) % kRowsBetweenLooks == 0 && json.size() >= bytes_max) {
      break;
    }
    json += json.empty() ? "[[" : ",[";
    for (size_t i = 0; i < writers_.size(); ++i) {
      if (i > 0) {
        json.push_back(',');
      }
      writers_[i]->Append(row_, &json);
    }
    json.push_back(']');
  }
  page->num_rows += row_ - begin;
  if (row_ == end) {
    batch_.reset();
  }
}

std::string ChosenEncoding(const std::vector<std::string>& offered) {
  for (const std::string& encoding : offered) {
    if (encoding == kZstd || encoding == kLz4 || encoding == "json") {
      return encoding;
    }
  }
  return {};
}

std::string DataJson(const RowPage& page, const std::string& encoding) {
  if (encoding.empty()) {
    return page.json;
  }
  std::string packed;
  if (encoding == kZstd) {
    packed = internal::ZstdPacked(page.json);
  } else if (encoding == kLz4) {
    packed = internal::Lz4Packed(page.json);
  }
  const std::string& payload = packed.empty() ? page.json : packed;
  std::string json =
      R"({"encoding":")" + encoding + R"(","segments":[{"type":"inline","data":)";
  AppendBase64(payload, &json);
  json += R"(,"metadata":{"segmentSize":)" + std::to_string(payload.size());
  if (!packed.empty()) {
    json += R"(,"uncompressedSize":)" + std::to_string(page.json.size());
  }
  json += R"(,"rowsCount":)" + std::to_string(page.num_rows);
  json += R"(,"rowOffset":)" + std::to_string(page.row_offset);
  return json + "}}]}";
}

}  // namespace tarn::gateway::trino
