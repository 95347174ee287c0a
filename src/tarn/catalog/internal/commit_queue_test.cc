#include "tarn/catalog/internal/commit_queue.h"

#include <atomic>
#include <chrono>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "tarn/testing/status_matchers.h"

namespace tarn::catalog::internal {
namespace {

struct Job : QueueMember {
  int number = 0;
  bool is_run = false;
};

/// Lets a leader wait until the test says go on.
class Gate {
 public:
  void Wait() {
    is_reached_ = true;
    while (!is_open_) {
      std::this_thread::yield();
    }
  }
  void AwaitReached() {
    while (!is_reached_) {
      std::this_thread::yield();
    }
  }
  void Open() { is_open_ = true; }

 private:
  std::atomic<bool> is_reached_{false};
  std::atomic<bool> is_open_{false};
};

/// Runs jobs on threads of their own, one after another into the line behind a job that
/// is held up, and notes the groups in which they are run.
class QueueRun {
 public:
  explicit QueueRun(CommitQueueLimits limits) : queue(limits) {
    Start("t", &first_);
    gate_.AwaitReached();
  }
  ~QueueRun() { Finish(); }

  void Start(const std::string& key, Job* job) {
    const size_t waiting = queue.num_waiting();
    threads_.emplace_back([this, key, job] {
      EXPECT_OK(
          queue.Run({key}, job, [&](const CommitQueue::Group& group) { Run(group); }));
      EXPECT_TRUE(job->is_run);
    });
    if (job != &first_) {
      while (queue.num_waiting() == waiting) {
        std::this_thread::yield();
      }
    }
  }
  void Finish() {
    gate_.Open();
    for (std::thread& thread : threads_) {
      thread.join();
    }
    threads_.clear();
  }

  CommitQueue queue;
  std::vector<std::vector<int>> groups;  // after Finish()

 private:
  void Run(const CommitQueue::Group& group) {
    if (group.front() == &first_) {
      gate_.Wait();
    }
    std::vector<int> numbers;
    for (QueueMember* member : group) {
      Job* job = static_cast<Job*>(member);
      EXPECT_FALSE(job->is_run);
      job->is_run = true;
      numbers.push_back(job->number);
    }
    const std::lock_guard lock(mutex_);
    groups.push_back(numbers);
  }

  Job first_;
  Gate gate_;
  std::mutex mutex_;
  std::vector<std::thread> threads_;
};

std::vector<Job> Jobs(int count) {
  std::vector<Job> jobs(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    jobs[static_cast<size_t>(i)].number = i + 1;
  }
  return jobs;
}

using Groups = std::vector<std::vector<int>>;

TEST(CommitQueue, ThoseThatWaitAreRunTogetherInTheirOrder) {
  auto jobs = Jobs(5);
  QueueRun run({});
  for (Job& job : jobs) {
    run.Start("t", &job);
  }
  run.Finish();
  EXPECT_EQ(run.groups, (Groups{{0}, {1, 2, 3, 4, 5}}));
  EXPECT_FALSE(run.queue.IsBusy("t"));
}

TEST(CommitQueue, GroupsAreBounded) {
  auto jobs = Jobs(5);
  QueueRun run({.group_max = 2});
  for (Job& job : jobs) {
    run.Start("t", &job);
  }
  run.Finish();
  EXPECT_EQ(run.groups, (Groups{{0}, {1, 2}, {3, 4}, {5}}));
}

TEST(CommitQueue, NobodyOvertakesOneThatIsAlone) {
  auto jobs = Jobs(4);
  jobs[1].is_alone = true;
  QueueRun run({});
  for (Job& job : jobs) {
    run.Start("t", &job);
  }
  run.Finish();
  EXPECT_EQ(run.groups, (Groups{{0}, {1}, {2}, {3, 4}}));
}

TEST(CommitQueue, AFullLineRefusesAndForgets) {
  auto jobs = Jobs(3);
  QueueRun run({.waiting_max = 2});
  run.Start("t", jobs.data());
  run.Start("t", &jobs[1]);
  bool is_run = false;
  const auto never = [&](const CommitQueue::Group&) { is_run = true; };
  EXPECT_ERROR(run.queue.Run({"t"}, &jobs[2], never), ErrorCode::kUnavailable,
               "nothing was done");
  // One that waits for several lines leaves those that it had.
  jobs[2].is_alone = true;
  EXPECT_ERROR(run.queue.Run({"s", "t"}, &jobs[2], never), ErrorCode::kUnavailable, "");
  EXPECT_FALSE(run.queue.IsBusy("s"));
  EXPECT_FALSE(is_run);
  run.Finish();
  EXPECT_EQ(run.groups, (Groups{{0}, {1, 2}}));
}

TEST(CommitQueue, OtherLinesGoOn) {
  QueueRun run({});
  Job other;
  other.number = 9;
  ASSERT_OK(run.queue.Run({"u"}, &other, [](const CommitQueue::Group& group) {
    static_cast<Job*>(group.front())->is_run = true;
  }));
  EXPECT_TRUE(other.is_run);
}

TEST(CommitQueue, SeveralLinesInAnyCompanyEnd) {
  CommitQueue queue({.group_max = 3});
  const std::vector<std::vector<std::string>> keys = {
      {"a"}, {"b"}, {"c"}, {"a", "b"}, {"b", "c"}, {"a", "c"}, {"a", "b", "c"}};
  std::map<std::string, std::atomic<int>> at_work;
  for (const char* key : {"a", "b", "c"}) {
    at_work[key] = 0;
  }
  std::atomic<int> num_run = 0;
  std::vector<std::thread> threads;
  constexpr int kThreads = 8;
  constexpr int kRounds = 200;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937 random(static_cast<uint32_t>(t));
      for (int round = 0; round < kRounds; ++round) {
        const auto& lines = keys[random() % keys.size()];
        Job job;
        EXPECT_OK(queue.Run(lines, &job, [&](const CommitQueue::Group& group) {
          for (const std::string& key : lines) {
            EXPECT_EQ(++at_work[key], 1) << "two at work for one key";
          }
          num_run += static_cast<int>(group.size());
          for (const std::string& key : lines) {
            --at_work[key];
          }
        }));
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(num_run, kThreads * kRounds);
  EXPECT_EQ(queue.num_waiting(), 0u);
}

}  // namespace
}  // namespace tarn::catalog::internal
