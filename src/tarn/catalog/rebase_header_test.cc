#include "tarn/catalog/rebase_header.h"

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::catalog {
namespace {

std::vector<TableCommit> CommitsOf(const std::vector<Rebase>& rebases) {
  std::vector<TableCommit> commits;
  for (const Rebase rebase : rebases) {
    commits.push_back({.ident = {}, .requirements = {}, .updates = {}, .rebase = rebase});
  }
  return commits;
}

TEST(RebaseHeader, SaysWhatEachCommitSaid) {
  const struct {
    std::vector<Rebase> rebases;
    const char* header;
  } kCases[] = {
      {{}, ""},
      {{Rebase::kByPolicy, Rebase::kByPolicy}, ""},
      {{Rebase::kNever}, "never"},
      {{Rebase::kAlways}, "always"},
      {{Rebase::kNever, Rebase::kByPolicy, Rebase::kAlways}, "never, policy, always"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.header);
    EXPECT_EQ(RebaseHeaderOf(CommitsOf(c.rebases)), c.header);
    std::vector<TableCommit> read = CommitsOf(c.rebases);
    for (TableCommit& commit : read) {
      commit.rebase = Rebase::kByPolicy;
    }
    if (*c.header != '\0') {
      ASSERT_OK(TakeRebaseHeader(c.header, &read));
    }
    for (size_t i = 0; i < read.size(); ++i) {
      EXPECT_EQ(read[i].rebase, c.rebases[i]);
    }
  }
}

TEST(RebaseHeader, OneWordIsForAll) {
  std::vector<TableCommit> commits = CommitsOf({Rebase::kByPolicy, Rebase::kByPolicy});
  ASSERT_OK(TakeRebaseHeader(" never\t", &commits));
  EXPECT_EQ(commits[0].rebase, Rebase::kNever);
  EXPECT_EQ(commits[1].rebase, Rebase::kNever);
}

TEST(RebaseHeader, WhatIsNotUnderstoodIsRefused) {
  for (const char* header :
       {"", ",", "Never", "no", "never, never, never", "never;always"}) {
    SCOPED_TRACE(header);
    std::vector<TableCommit> commits = CommitsOf({Rebase::kByPolicy, Rebase::kByPolicy});
    EXPECT_ERROR(TakeRebaseHeader(header, &commits), ErrorCode::kInvalidArgument,
                 "X-Tarn-Rebase");
    EXPECT_EQ(commits[0].rebase, Rebase::kByPolicy);
  }
}

}  // namespace
}  // namespace tarn::catalog
