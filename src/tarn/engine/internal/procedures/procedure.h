// A procedure: its name, what it takes, what it answers, and what it does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <duckdb/common/types.hpp>

#include "tarn/base/result.h"
#include "tarn/engine/internal/procedures/argument_value.h"

namespace tarn::engine::procedures {

class ProcedureCall;

/// How a procedure is called. Those of tables have their table from the statement.
enum class Form : uint8_t {
  kCall,     // CALL catalog.system.name (…)
  kExecute,  // ALTER TABLE t EXECUTE name (…)
};

enum class Need : uint8_t { kOptional, kRequired };

struct Parameter {
  std::string_view name;
  Kind kind;
  Need need = Need::kOptional;
};

struct OutputColumn {
  std::string_view name;
  duckdb::LogicalTypeId type;
};

using RunFunction = Status (*)(ProcedureCall& call);

/// One way of calling a procedure; several may share a name and a form, the first that
/// takes the arguments is meant.
struct Procedure {
  std::string_view name;
  Form form;
  std::vector<Parameter> parameters;
  std::vector<OutputColumn> columns;
  RunFunction run;
};

/// All of them; made at the first call.
const std::vector<Procedure>& AllProcedures();

// The files of procedures.
void AddSnapshotProcedures(std::vector<Procedure>* list);
void AddRewriteProcedures(std::vector<Procedure>* list);
void AddCleanupProcedures(std::vector<Procedure>* list);
void AddStatisticsProcedures(std::vector<Procedure>* list);
void AddRegistrationProcedures(std::vector<Procedure>* list);
void AddImportProcedures(std::vector<Procedure>* list);
void AddChangelogProcedures(std::vector<Procedure>* list);

}  // namespace tarn::engine::procedures
