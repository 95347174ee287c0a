#include "tarn/catalog/internal/setting_rows.h"

namespace tarn::catalog::internal {

Status SettingRows::Write(const StoreDatabase::Statements& change) {
  WriteOutcome outcome = WriteOutcome::kNotApplied;
  const Status status = database_->Write("", WriteScope::kEntries, change, &outcome);
  return OutcomeError(status, outcome, "the store's settings");
}

Result<std::optional<std::string>> SettingRows::Get(const std::string& key) {
  std::optional<std::string> value;
  ARROW_RETURN_NOT_OK(database_->Read([&](SqlConnection& db) {
    return db.Query("SELECT setting_value FROM tarn_settings WHERE setting_key = ?1",
                    {key}, [&](const SqlRow& row) { value = row.Text("setting_value"); });
  }));
  return value;
}

Status SettingRows::Set(const std::string& key, const std::string& value) {
  return Write([&](SqlConnection& db) {
    return db
        .Execute(
            "INSERT INTO tarn_settings (setting_key, setting_value) VALUES (?1, ?2) "
            "ON CONFLICT (setting_key) "
            "DO UPDATE SET setting_value = excluded.setting_value",
            {key, value})
        .status();
  });
}

Result<std::string> SettingRows::SetIfAbsent(const std::string& key,
                                             const std::string& value) {
  ARROW_RETURN_NOT_OK(Write([&](SqlConnection& db) {
    return db
        .Execute(
            "INSERT INTO tarn_settings (setting_key, setting_value) VALUES (?1, ?2) "
            "ON CONFLICT DO NOTHING",
            {key, value})
        .status();
  }));
  ARROW_ASSIGN_OR_RAISE(const auto kept, Get(key));
  return kept.value_or(value);
}

Status SettingRows::Remove(const std::string& key) {
  return Write([&](SqlConnection& db) {
    return db.Execute("DELETE FROM tarn_settings WHERE setting_key = ?1", {key}).status();
  });
}

Result<std::map<std::string, std::string>> SettingRows::List(const std::string& prefix) {
  std::map<std::string, std::string> settings;
  ARROW_RETURN_NOT_OK(database_->Read([&](SqlConnection& db) {
    settings.clear();
    return db.Query(
        "SELECT setting_key, setting_value FROM tarn_settings "
        "WHERE setting_key COLLATE BINARY >= ?1",
        {prefix}, [&](const SqlRow& row) {
          std::string key = row.TextOrEmpty("setting_key");
          if (key.starts_with(prefix)) {
            settings[std::move(key)] = row.TextOrEmpty("setting_value");
          }
        });
  }));
  return settings;
}

}  // namespace tarn::catalog::internal
