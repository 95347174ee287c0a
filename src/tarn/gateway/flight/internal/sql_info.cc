// What the server is and can, by the numbers of Flight SQL's enumeration SqlInfo. The
// JDBC driver asks for all of them and fails over one that is not there.
#include <algorithm>
#include <array>
#include <span>

#include <arrow/type.h>
#include <arrow/util/config.h>
#include <fmt/format.h>

#include "tarn/gateway/flight/internal/answer_schemas.h"

namespace tarn::gateway::flight {
namespace {

/// Type codes of the union.
constexpr int kText = 0;
constexpr int kBool = 1;
constexpr int kLong = 2;
constexpr int kBits = 3;
constexpr int kTexts = 4;
constexpr int kMap = 5;

struct InfoRow {
  uint32_t id;
  int kind;
  const char* json;
};

/// FLIGHT_SQL_SERVER_*.
constexpr auto kServerFacts = std::to_array<InfoRow>({
    {0, kText, R"("Tarn")"},
    {1, kText, nullptr},  // the version
    {2, kText, "\"" ARROW_VERSION_STRING "\""},
    {3, kBool, "false"},     // read only
    {4, kBool, "true"},      // SQL
    {5, kBool, "false"},     // Substrait
    {8, kBits, "1"},         // transactions, without savepoints
    {9, kBool, "true"},      // cancel
    {10, kBool, "true"},     // bulk ingestion
    {11, kBool, "false"},    // … within a transaction
    {100, kBits, "0"},       // time-out of a statement: none
    {101, kBits, "600000"},  // … of a transaction
});

/// SQL_*: the language.
constexpr auto kLanguageFacts = std::to_array<InfoRow>({
    {500, kBool, "false"},  // CREATE CATALOG
    {501, kBool, "true"},   // CREATE SCHEMA
    {502, kBool, "true"},   // CREATE TABLE
    {503, kBits, "1"},      // names in any case
    {504, kText, R"("\"")"},
    {505, kBits, "1"},     // quoted names too
    {506, kBool, "true"},  // all tables may be read
    {507, kBits, "3"},     // nulls come last
    {508, kTexts, R"(["ANTI","ASOF","EXCLUDE","ILIKE","LATERAL","PIVOT","POSITIONAL",
                      "QUALIFY","REPLACE","RETURNING","SAMPLE","SEMI","UNPIVOT"])"},
    {509, kTexts, R"(["ABS","CEILING","EXP","FLOOR","LOG","LOG10","MOD","PI","POWER",
                      "ROUND","SIGN","SQRT"])"},
    {510, kTexts, R"(["CONCAT","LENGTH","LOWER","LTRIM","REPLACE","RTRIM","SUBSTRING",
                      "UPPER"])"},
    {511, kTexts, R"(["IFNULL"])"},
    {512, kTexts, R"(["CURRENT_DATE","CURRENT_TIMESTAMP","EXTRACT","NOW"])"},
    {513, kText, R"("\\")"},
    {514, kText, R"("")"},
    {515, kBool, "true"},  // column aliases
    {516, kBool, "true"},  // NULL || 'x' is NULL
    {517, kMap, "[]"},     // CONVERT
    {518, kBool, "true"},
    {519, kBool, "false"},
    {520, kBool, "true"},
    {521, kBool, "true"},
    {522, kBits, "3"},  // GROUP BY of other columns too
    {523, kBool, "true"},
    {524, kBool, "true"},
    {525, kBits, "3"},  // minimum and core grammar
    {526, kBits, "1"},
    {527, kBool, "false"},
    {528, kBits, "6"},  // outer joins, limited and full
    {529, kText, R"("schema")"},
    {530, kText, R"("procedure")"},
    {531, kText, R"("catalog")"},
    {532, kBool, "true"},
    {533, kBits, "5"},  // schemas in DML, not in index definitions
    {534, kBits, "5"},
    {535, kBits, "0"},
    {536, kBool, "false"},
    {537, kBool, "false"},
    {538, kBits, "15"},  // subqueries everywhere
    {539, kBool, "true"},
    {540, kBits, "3"},  // UNION, UNION ALL
});

/// SQL_*: limits, transactions and results.
constexpr auto kLimitFacts = std::to_array<InfoRow>({
    {541, kLong, "0"},  // lengths and counts: no limit, or none that is known
    {542, kLong, "0"},     {543, kLong, "0"},
    {544, kLong, "0"},     {545, kLong, "0"},
    {546, kLong, "0"},     {547, kLong, "0"},
    {548, kLong, "0"},     {549, kLong, "0"},
    {550, kLong, "0"},     {551, kLong, "0"},
    {552, kLong, "0"},     {553, kLong, "0"},
    {554, kLong, "0"},     {555, kLong, "0"},
    {556, kBool, "true"},  {557, kLong, "0"},
    {558, kLong, "0"},     {559, kLong, "0"},
    {560, kLong, "0"},     {561, kLong, "0"},
    {562, kLong, "3"},      // repeatable read: a snapshot for each transaction
    {563, kBool, "true"},   // transactions
    {564, kBits, "8"},      // at that level
    {565, kBool, "false"},  // DDL does not commit
    {566, kBool, "false"}, {567, kBits, "1"},
    {568, kBits, "0"},     {569, kBits, "1"},
    {570, kBits, "0"},     {571, kBits, "0"},  // results are read once, forwards
    {572, kBool, "true"},                      // batches of updates
    {573, kBool, "false"}, {574, kBool, "false"},
    {575, kBool, "false"}, {576, kBool, "false"},
});

}  // namespace

Result<std::shared_ptr<arrow::RecordBatch>> SqlInfoRows(const GetSqlInfo& get,
                                                        const std::string& version) {
  std::string rows;
  for (const std::span<const InfoRow> facts :
       {std::span<const InfoRow>(kServerFacts), std::span<const InfoRow>(kLanguageFacts),
        std::span<const InfoRow>(kLimitFacts)}) {
    for (const InfoRow& fact : facts) {
      if (get.ids.empty() || std::ranges::find(get.ids, fact.id) != get.ids.end()) {
        const std::string value =
            fact.json == nullptr ? "\"" + version + "\"" : fact.json;
        rows += fmt::format("{}[{},[{},{}]]", rows.empty() ? "" : ",", fact.id, fact.kind,
                            value);
      }
    }
  }
  return RowsOf(SqlInfoSchema(), "[" + rows + "]");
}

}  // namespace tarn::gateway::flight
