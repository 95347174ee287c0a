// XML files as anybody may send them: rows, their shape and their JSON.
#include <cstddef>
#include <cstdint>
#include <string>

#include <arrow/buffer.h>
#include <arrow/io/memory.h>

#include "tarn/ingest/records/shape.h"
#include "tarn/ingest/records/xml_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace records = tarn::ingest::records;
  for (const char* path : {"", "row", "/a/b"}) {
    auto file = std::make_shared<arrow::io::BufferReader>(
        std::make_shared<arrow::Buffer>(data, static_cast<int64_t>(size)));
    auto rows = records::RowPath::Parse(path);
    auto reader = records::XmlReader::Open(std::move(file), std::move(*rows));
    records::Shape shape;
    std::string line;
    while (reader.ok()) {
      const auto row = (*reader)->Next();
      if (!row.ok() || !*row || !shape.Learn(**row).ok()) {
        break;
      }
      line.clear();
      shape.Write(**row, &line);
    }
    static_cast<void>(shape.columns());
  }
  return 0;
}
