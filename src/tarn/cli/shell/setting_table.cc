#include "tarn/cli/shell/setting_table.h"

#include <algorithm>
#include <charconv>

#include "tarn/base/config.h"
#include "tarn/base/error.h"
#include "tarn/cli/line_editor/terminal.h"
#include "tarn/cli/shell/interpreter.h"
#include "tarn/cli/shell/pager.h"

namespace tarn::cli {
namespace {

struct Setting {
  std::string_view name;
  std::string (*get)(const ShellSettings&);
  Status (*set)(ShellSettings&, const std::string&);
};

std::string OnOff(bool value) { return value ? "on" : "off"; }

Status SetBool(bool* target, const std::string& value) {
  if (value != "on" && value != "off") {
    return MakeError(ErrorCode::kUsage, "Must be on or off: " + value);
  }
  *target = value == "on";
  return Status::OK();
}

Status SetBorder(ShellSettings& settings, const std::string& value) {
  if (value != "plain" && value != "unicode") {
    return MakeError(ErrorCode::kUsage, "Must be plain or unicode: " + value);
  }
  settings.runner.sink.border =
      value == "unicode" ? TableBorder::kUnicode : TableBorder::kPlain;
  return Status::OK();
}

Status SetFormat(ShellSettings& settings, const std::string& value) {
  return OutputFormatFromName(value).Value(&settings.runner.sink.format);
}

/// A number that is not negative.
template <typename Number>
Status SetNumber(Number* target, const std::string& value) {
  Number number = 0;
  const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
  if (read.ec != std::errc() || read.ptr != value.data() + value.size() || number < 0) {
    return MakeError(ErrorCode::kUsage, "Must be a number, or 0 for no limit: " + value);
  }
  *target = number;
  return Status::OK();
}

Status SetPager(ShellSettings& settings, const std::string& value) {
  settings.pager = value == "on" ? DefaultPager() : value == "off" ? "" : value;
  return Status::OK();
}

Status SetWidth(ShellSettings& settings, const std::string& value) {
  if (value == "terminal") {
    settings.runner.sink.width_max = -1;
    return Status::OK();
  }
  return SetNumber(&settings.runner.sink.width_max, value);
}

constexpr Setting kSettings[] = {
    {"border",
     [](const ShellSettings& s) -> std::string {
       return s.runner.sink.border == TableBorder::kUnicode ? "unicode" : "plain";
     },
     &SetBorder},
    {"color", [](const ShellSettings& s) { return OnOff(s.colors); },
     [](ShellSettings& s, const std::string& v) { return SetBool(&s.colors, v); }},
    {"expanded", [](const ShellSettings& s) { return OnOff(s.runner.sink.expanded); },
     [](ShellSettings& s, const std::string& v) {
       return SetBool(&s.runner.sink.expanded, v);
     }},
    {"format",
     [](const ShellSettings& s) { return std::string(NameOf(s.runner.sink.format)); },
     &SetFormat},
    {"header", [](const ShellSettings& s) { return OnOff(s.runner.sink.header); },
     [](ShellSettings& s, const std::string& v) {
       return SetBool(&s.runner.sink.header, v);
     }},
    {"max_rows", [](const ShellSettings& s) { return std::to_string(s.runner.rows_max); },
     [](ShellSettings& s, const std::string& v) {
       return SetNumber(&s.runner.rows_max, v);
     }},
    {"max_width",
     [](const ShellSettings& s) {
       return s.runner.sink.width_max < 0 ? "terminal"
                                          : std::to_string(s.runner.sink.width_max);
     },
     &SetWidth},
    {"null", [](const ShellSettings& s) { return s.runner.sink.null_text; },
     [](ShellSettings& s, const std::string& v) {
       s.runner.sink.null_text = v;
       return Status::OK();
     }},
    {"pager", [](const ShellSettings& s) { return s.pager.empty() ? "off" : s.pager; },
     &SetPager},
    {"progress", [](const ShellSettings& s) { return OnOff(s.runner.show_progress); },
     [](ShellSettings& s, const std::string& v) {
       return SetBool(&s.runner.show_progress, v);
     }},
    {"timing", [](const ShellSettings& s) { return OnOff(s.runner.timing); },
     [](ShellSettings& s, const std::string& v) { return SetBool(&s.runner.timing, v); }},
};

Result<const Setting*> Find(const std::string& name) {
  const auto* const found = std::ranges::find(kSettings, name, &Setting::name);
  if (found != std::end(kSettings)) {
    return found;
  }
  const std::string near = NearestWord(name, SettingNames());
  return MakeError(ErrorCode::kUsage,
                   "Unknown setting; \\set lists them" +
                       (near.empty() ? "" : ", did you mean " + near + "?") + ": " +
                       name);
}

}  // namespace

std::vector<std::string> SettingNames() {
  std::vector<std::string> names;
  for (const Setting& setting : kSettings) {
    names.emplace_back(setting.name);
  }
  return names;
}

Result<std::string> SettingValue(const ShellSettings& settings, const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const Setting* setting, Find(name));
  return setting->get(settings);
}

Status ChangeSetting(ShellSettings& settings, const std::string& name,
                     const std::string& value) {
  ARROW_ASSIGN_OR_RAISE(const Setting* setting, Find(name));
  return setting->set(settings, value);
}

}  // namespace tarn::cli
