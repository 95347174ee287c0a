// The source that a load reads, with what it reads through.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/engine/engine.h"
#include "tarn/ingest/source.h"
#include "tarn/io/file_io.h"
#include "tarn/service/lake.h"
#include "tarn/service/work/load_order.h"

namespace tarn::service {

/// Object stores as `order` reaches them: with the server's settings, or with `secrets`
/// and none of the server's. nullptr: the lake's own.
std::unique_ptr<io::FileIO> OpenOwnStore(const Lake& lake, const LoadOrder& order,
                                         const Json& secrets);

struct JoinedOrder {
  LoadOrder order;
  Json secrets;
};
/// `order` with what its stored connection says, and the secrets of both. A member that
/// the order has itself stays, but for sslmode. Errors: those of `connections`;
/// kNoSuchConnection without it.
Result<JoinedOrder> JoinConnection(LoadOrder order, Json secrets,
                                   const ConnectionGiver& connections,
                                   const std::string& owner);

/// Keeps what its source reads through. Not shared.
class LoadSource {
 public:
  /// `owner` is whose uploads may be read. Errors: those of ingest::OpenSource and
  /// OpenPostgresSource; kForbidden for a database at an address that a guarded load may
  /// not reach.
  static Result<std::unique_ptr<LoadSource>> Open(const Lake& lake,
                                                  const LakeWarehouse& warehouse,
                                                  const JoinedOrder& joined,
                                                  const std::string& owner,
                                                  std::function<bool()> cancelled);

  /// Once.
  std::unique_ptr<ingest::Source> Take() { return std::move(source_); }
  ingest::Format format() const { return format_; }
  /// `text` with the caller's name of the source in the place of the server's.
  std::string Shown(std::string text) const;
  Status Shown(const Status& status) const;

 private:
  LoadSource() = default;
  Status OpenFiles(const Lake& lake, const LakeWarehouse& warehouse,
                   const JoinedOrder& joined, const std::string& owner,
                   std::function<bool()> cancelled);
  Status OpenDatabase(const Lake& lake, const JoinedOrder& joined,
                      std::function<bool()> cancelled);

  std::unique_ptr<io::FileIO> store_;
  std::unique_ptr<engine::Engine> engine_;  // reads through store_
  std::unique_ptr<ingest::Source> source_;
  ingest::Format format_ = ingest::Format::kAuto;
  std::string path_;   // of an upload on the server
  std::string shown_;  // what stands for it
};

}  // namespace tarn::service
