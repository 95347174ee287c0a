// Walks encoded values by their schema: skipping, and calling a visitor for each part.
#pragma once

#include <cstdint>
#include <string_view>

#include "tarn/iceberg/avro/decoder.h"
#include "tarn/iceberg/avro/schema.h"

namespace tarn::iceberg::avro {

/// Receives the parts of a value in order. `node` tells kind, logical type and names.
/// Views are valid during the call. Strings are bytes as the file has them: who needs
/// UTF-8 checks it.
class Visitor {
 public:
  virtual ~Visitor() = default;
  virtual void OnNull(const Node& node) = 0;
  virtual void OnBoolean(const Node& node, bool value) = 0;
  virtual void OnInt(const Node& node, int32_t value) = 0;
  virtual void OnLong(const Node& node, int64_t value) = 0;
  virtual void OnFloat(const Node& node, float value) = 0;
  virtual void OnDouble(const Node& node, double value) = 0;
  virtual void OnBytes(const Node& node, std::string_view value) = 0;  // bytes, fixed
  virtual void OnString(const Node& node, std::string_view value) = 0;
  virtual void OnEnum(const Node& node,
                      int32_t symbol) = 0;  // index into node.symbols, in range
  /// A union's chosen branch, in range; its value follows (OnNull for null).
  virtual void OnBranch(const Node& node, int32_t branch) = 0;
  virtual void BeginRecord(const Node& node) = 0;
  virtual void OnField(const Node& record,
                       int32_t field) = 0;  // before each field's value
  virtual void EndRecord(const Node& node) = 0;
  virtual void BeginArray(const Node& node) = 0;
  virtual void EndArray(const Node& node) = 0;
  virtual void BeginMap(const Node& node) = 0;
  virtual void OnKey(const Node& map, std::string_view key) = 0;  // before each value
  virtual void EndMap(const Node& node) = 0;
};

/// Reads one value of type `id`. Wrong bytes and nesting beyond 128 levels show as
/// decoder->failed(); the visitor may then have seen a beginning without its end.
void VisitValue(const Schema& schema, NodeId id, Decoder* decoder, Visitor* visitor);

/// Moves past one value of type `id`; failures as in VisitValue.
void SkipValue(const Schema& schema, NodeId id, Decoder* decoder);

}  // namespace tarn::iceberg::avro
