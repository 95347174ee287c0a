// Names in the catalogs that this program's engine has attached.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tarn/catalog/catalog.h"
#include "tarn/cli/sql_client/name_source.h"
#include "tarn/engine/engine.h"

namespace tarn::cli {

/// The warehouse is asked directly, other catalogs through a session of its own.
class EmbeddedNames final : public NameSource {
 public:
  /// Both outlive this.
  EmbeddedNames(engine::Engine& engine, catalog::Catalog& warehouse)
      : engine_(engine), warehouse_(warehouse) {}

  Result<std::vector<std::string>> Catalogs() override;
  Result<std::vector<std::string>> Schemas(const std::string& catalog) override;
  Result<std::vector<ObjectName>> Objects(const std::string& catalog,
                                          const std::string& schema) override;
  Result<ObjectDetail> Describe(const std::string& catalog,
                                const ObjectName& object) override;
  Result<std::vector<std::string>> Functions() override;
  Result<std::vector<std::string>> Settings() override;
  void Interrupt() override;

 private:
  Result<std::vector<std::vector<std::string>>> Query(const std::string& sql);
  Result<ObjectDetail> DescribeInWarehouse(const ObjectName& object);

  engine::Engine& engine_;
  catalog::Catalog& warehouse_;
  std::mutex query_mutex_;    // one query at a time
  std::mutex session_mutex_;  // guards the pointer
  std::unique_ptr<engine::Session> session_;
};

}  // namespace tarn::cli
