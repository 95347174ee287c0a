// A session that reads Trino's dialect.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tarn/engine/engine.h"
#include "tarn/engine/session_text_test.h"
#include "tarn/testing/lake.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::engine {

class TrinoSessionTest : public ::testing::Test {
 protected:
  /// Rows of ns.t (id long, name string).
  explicit TrinoSessionTest(int64_t rows = 10) : rows_(rows) {}

  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(lake_, testing::Lake::Make());
    ASSERT_OK(lake_->Create(rows_));
    ASSERT_OK_AND_ASSIGN(engine_, Engine::Open({.threads = 2}, lake_->context()));
    ASSERT_OK_AND_ASSIGN(session_, engine_->Connect());
    ASSERT_OK(Text(*session_, "SET SESSION dialect = 'trino'"));
  }

  std::string Answer(std::string_view sql) {
    const auto text = Text(*session_, std::string(sql));
    return text.ok() ? *text : "error: " + text.status().message() + "\n";
  }

  const int64_t rows_;
  std::unique_ptr<testing::Lake> lake_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Session> session_;
};

}  // namespace tarn::engine
