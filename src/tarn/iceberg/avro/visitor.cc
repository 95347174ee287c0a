#include "tarn/iceberg/avro/visitor.h"

#include <type_traits>

namespace tarn::iceberg::avro {
namespace {

/// Recursive types nest as deep as their bytes go on.
constexpr int kDepthMax = 128;

/// A visitor whose calls all vanish.
struct NoSink {
  template <typename... Args>
  void OnNull(Args&&...) {}
  template <typename... Args>
  void OnBoolean(Args&&...) {}
  template <typename... Args>
  void OnInt(Args&&...) {}
  template <typename... Args>
  void OnLong(Args&&...) {}
  template <typename... Args>
  void OnFloat(Args&&...) {}
  template <typename... Args>
  void OnDouble(Args&&...) {}
  template <typename... Args>
  void OnBytes(Args&&...) {}
  template <typename... Args>
  void OnString(Args&&...) {}
  template <typename... Args>
  void OnEnum(Args&&...) {}
  template <typename... Args>
  void OnBranch(Args&&...) {}
  template <typename... Args>
  void BeginRecord(Args&&...) {}
  template <typename... Args>
  void OnField(Args&&...) {}
  template <typename... Args>
  void EndRecord(Args&&...) {}
  template <typename... Args>
  void BeginArray(Args&&...) {}
  template <typename... Args>
  void EndArray(Args&&...) {}
  template <typename... Args>
  void BeginMap(Args&&...) {}
  template <typename... Args>
  void OnKey(Args&&...) {}
  template <typename... Args>
  void EndMap(Args&&...) {}
};

/// Both walks over a value; `Sink` is a Visitor or does nothing.
template <typename Sink>
class Walk {
 public:
  Walk(const Schema& schema, Decoder* decoder, Sink* sink)
      : schema_(schema), decoder_(*decoder), sink_(*sink) {}

  void Value(NodeId id, int depth) {
    if (depth > kDepthMax) {
      return decoder_.Fail("values are nested too deeply");
    }
    const Node& node = schema_.node(id);
    switch (node.kind) {
      case Kind::kNull:
        decoder_.ZeroWidth();
        return sink_.OnNull(node);
      case Kind::kBoolean:
        return sink_.OnBoolean(node, decoder_.Boolean());
      case Kind::kInt:
        return sink_.OnInt(node, decoder_.Int());
      case Kind::kLong:
        return sink_.OnLong(node, decoder_.Long());
      case Kind::kFloat:
        return sink_.OnFloat(node, decoder_.Float());
      case Kind::kDouble:
        return sink_.OnDouble(node, decoder_.Double());
      case Kind::kBytes:
        return sink_.OnBytes(node, decoder_.Bytes());
      case Kind::kString:
        return sink_.OnString(node, decoder_.Bytes());
      case Kind::kFixed:
        return Fixed(node);
      case Kind::kEnum:
        return Enum(node);
      case Kind::kArray:
        return Array(node, depth);
      case Kind::kMap:
        return Map(node, depth);
      case Kind::kRecord:
        return Record(node, depth);
      case Kind::kUnion:
        return Union(node, depth);
    }
  }

 private:
  void Fixed(const Node& node) {
    if (node.size == 0) {
      decoder_.ZeroWidth();
    }
    sink_.OnBytes(node, decoder_.Fixed(static_cast<size_t>(node.size)));
  }

  void Enum(const Node& node) {
    int64_t symbol = decoder_.Long();
    if (symbol < 0 || static_cast<uint64_t>(symbol) >= node.symbols.size()) {
      return decoder_.Fail("an enum's symbol is out of range");
    }
    sink_.OnEnum(node, static_cast<int32_t>(symbol));
  }

  void Record(const Node& node, int depth) {
    if (node.fields.empty()) {
      decoder_.ZeroWidth();
    }
    sink_.BeginRecord(node);
    for (size_t i = 0; i < node.fields.size() && !decoder_.failed(); ++i) {
      sink_.OnField(node, static_cast<int32_t>(i));
      Value(node.fields[i].node, depth + 1);
    }
    sink_.EndRecord(node);
  }

  void Union(const Node& node, int depth) {
    int64_t branch = decoder_.Long();
    if (decoder_.failed()) {
      return;
    }
    if (branch < 0 || static_cast<uint64_t>(branch) >= node.children.size()) {
      return decoder_.Fail("a union's branch is out of range");
    }
    sink_.OnBranch(node, static_cast<int32_t>(branch));
    Value(node.children[static_cast<size_t>(branch)], depth + 1);
  }

  /// True if the block was skipped by its size and its items need no reading.
  bool SkipBlock(int64_t block_bytes) {
    if (!std::is_same_v<Sink, NoSink> || block_bytes < 0) {
      return false;
    }
    decoder_.Fixed(static_cast<size_t>(block_bytes));
    return true;
  }

  void Array(const Node& node, int depth) {
    sink_.BeginArray(node);
    int64_t block_bytes = -1;
    while (int64_t items = decoder_.BlockItems(&block_bytes)) {
      if (SkipBlock(block_bytes)) {
        continue;
      }
      for (int64_t i = 0; i < items && !decoder_.failed(); ++i) {
        Value(node.children.front(), depth + 1);
      }
    }
    sink_.EndArray(node);
  }

  void Map(const Node& node, int depth) {
    sink_.BeginMap(node);
    int64_t block_bytes = -1;
    while (int64_t items = decoder_.BlockItems(&block_bytes)) {
      if (SkipBlock(block_bytes)) {
        continue;
      }
      for (int64_t i = 0; i < items && !decoder_.failed(); ++i) {
        sink_.OnKey(node, decoder_.Bytes());
        Value(node.children.front(), depth + 1);
      }
    }
    sink_.EndMap(node);
  }

  const Schema& schema_;
  Decoder& decoder_;
  Sink& sink_;
};

}  // namespace

void VisitValue(const Schema& schema, NodeId id, Decoder* decoder, Visitor* visitor) {
  Walk<Visitor>(schema, decoder, visitor).Value(id, 0);
}

void SkipValue(const Schema& schema, NodeId id, Decoder* decoder) {
  NoSink sink;
  Walk<NoSink>(schema, decoder, &sink).Value(id, 0);
}

}  // namespace tarn::iceberg::avro
