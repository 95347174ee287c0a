// Settings of the shell by name: \set.
#pragma once

#include <string>
#include <vector>

#include "tarn/base/result.h"

namespace tarn::cli {

struct ShellSettings;

std::vector<std::string> SettingNames();
/// The value as \set takes it. Errors: kUsage for a name that there is not.
Result<std::string> SettingValue(const ShellSettings& settings, const std::string& name);
/// Errors: kUsage.
Status ChangeSetting(ShellSettings& settings, const std::string& name,
                     const std::string& value);

}  // namespace tarn::cli
