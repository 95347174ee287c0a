// How a confined session is known, to the parts of reach.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <duckdb/common/file_system.hpp>
#include <duckdb/main/client_context_state.hpp>

#include "tarn/base/result.h"
#include "tarn/engine/internal/file_roots.h"

namespace tarn::engine {

/// In a client's context while it is confined. Immutable.
struct Confinement final : public duckdb::ClientContextState {
  static constexpr char kKey[] = "tarn_confinement";
  explicit Confinement(FileRoots file_roots) : roots(std::move(file_roots)) {}
  /// nullptr if the client reaches all that the process may.
  static duckdb::shared_ptr<Confinement> Of(duckdb::ClientContext& context);

  const FileRoots roots;
};

/// kForbidden: what is refused, and who may. `how` adds what would allow it.
Status NotAllowed(const std::string& what, const std::string& how = {});

/// The client's files: those of tables, and those below `roots`.
duckdb::unique_ptr<duckdb::FileSystem> MakeConfinedFileSystem(
    duckdb::ClientContext& context, const FileRoots& roots);

/// Guards the functions of extensions that will be loaded.
void RegisterExtensionGuard(duckdb::DBConfig& config);

}  // namespace tarn::engine
