// Bytes that a server may send: each is a COPY of some columns or an error.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include <arrow/record_batch.h>

#include "tarn/ingest/postgres/copy_decoder.h"

namespace {

using tarn::ingest::postgres::Column;
using tarn::ingest::postgres::ColumnType;
using tarn::ingest::postgres::Form;

std::vector<Column> Columns() {
  const ColumnType text{.form = Form::kText};
  const ColumnType pair{
      .form = Form::kComposite,
      .members = {{"a", {.form = Form::kInt16}}, {"b", {.form = Form::kUuid}}}};
  return {{"numeric", {.form = Form::kNumeric, .precision = 20, .scale = 5}},
          {"date", {.form = Form::kDate}},
          {"instant", {.form = Form::kInstant}},
          {"texts", {.form = Form::kArray, .members = {{"element", text}}}},
          {"pairs", {.form = Form::kArray, .members = {{"element", pair}}}}};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto decoder = tarn::ingest::postgres::CopyDecoder::Make(
      Columns(), {.unheld = tarn::ingest::postgres::Unheld::kNull});
  if (!decoder.ok() || size == 0) {
    return 0;
  }
  // The first byte says where the rest is cut.
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t cut = std::min<size_t>(data[0], bytes.size());
  if (!(*decoder)->Append(bytes.substr(0, cut)).ok() ||
      !(*decoder)->Append(bytes.substr(cut)).ok()) {
    return 0;
  }
  const auto batch = (*decoder)->Flush();
  if (!batch.ok() || (*batch != nullptr && !(*batch)->ValidateFull().ok())) {
    std::abort();
  }
  return 0;
}
