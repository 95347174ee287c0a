// ODBC's connection strings: "DSN=shop;UID=reader;PWD={p;w}".
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tarn/base/result.h"

namespace tarn::ingest::odbc {

using Attributes = std::vector<std::pair<std::string, std::string>>;

/// In their order, names as they are, values without braces. Errors: kInvalidArgument
/// without the text.
Result<Attributes> ParseConnectionString(std::string_view text);

/// "NAME=value;", with braces where the value needs them.
std::string AttributeText(std::string_view name, std::string_view value);

/// "odbc://shop" or "odbc://host:port/database": of its attributes only those that say
/// which database it is. "odbc://" for what is no connection string.
std::string ShownConnectionString(std::string_view text);

/// Values that must not be in a message: of all attributes but those that are shown and
/// the driver.
std::vector<std::string> SecretsIn(std::string_view text);

}  // namespace tarn::ingest::odbc
