#include "tarn/gateway/trino/query.h"

#include <algorithm>
#include <exception>

#include "tarn/base/error.h"
#include "tarn/gateway/trino/remote_query.h"
#include "tarn/gateway/trino/session_properties.h"

namespace tarn::gateway::trino {
namespace {

/// Segments are packed: larger pages pack better, and fewer calls are made.
constexpr size_t kSegmentPageBytes = size_t{4} << 20;

/// Who was heard of so lately is worth a call to the server that runs the query.
constexpr std::chrono::seconds kClientIsThere{10};

int64_t MillisBetween(Query::SteadyTime from, Query::SteadyTime to) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(to - from).count();
}

}  // namespace

Query::Query(Setting setting, StatementRunner& runner, StepThreads& threads)
    : setting_(std::move(setting)),
      runner_(runner),
      threads_(threads),
      created_(std::chrono::steady_clock::now()),
      touched_(created_),
      bounds_(setting_.bounds),
      encoding_(ChosenEncoding(setting_.client.data_encodings)) {}

void Query::Start() {
  const std::lock_guard lock(mutex_);
  if (state_ != QueryState::kQueued) {
    return;
  }
  state_ = QueryState::kRunning;
  started_ = std::chrono::steady_clock::now();
  Schedule();
}

void Query::Schedule() {
  is_stepping_ = true;
  threads_.Run([self = shared_from_this()] { self->Step(); });
}

void Query::Step() {
  try {
    if (pages_ == nullptr) {
      const Status begun = Begin();
      if (!begun.ok()) {
        EndStep(begun);
        return;
      }
    }
    EndStep(pages_->Next());
  } catch (const std::exception& error) {
    EndStep(MakeError(ErrorCode::kInternal,
                      std::string("The query could not go on: ") + error.what()));
  }
}

/// What the session asks for counts where it is less.
Status Query::Bound() {
  ARROW_ASSIGN_OR_RAISE(const QueryBounds own, QueryBoundsOf(setting_.client));
  const std::lock_guard lock(mutex_);
  bounds_.Add(own);
  return cancelled_.value_or(Status::OK());
}

void Query::Meter(const HeldSession& held) {
  meter_ = engine::LimitResources(*held.session, bounds_.Memory(setting_.memory));
}

Status Query::Begin() {
  RETURN_NOT_OK(Bound());
  const auto on_session = [this](std::shared_ptr<HeldSession> held) {
    const std::lock_guard lock(mutex_);
    if (meter_ == nullptr) {
      Meter(*held);
    }
    remote_ = held->remote;
    session_ = std::move(held);
  };
  ARROW_ASSIGN_OR_RAISE(StatementResult result,
                        runner_.Run(setting_.client, setting_.text, on_session));
  RowPageOptions options;
  options.has_digits = setting_.client.capabilities.contains("PARAMETRIC_DATETIME");
  if (!encoding_.empty()) {
    options.page_bytes = kSegmentPageBytes;
  }
  auto pages = std::make_unique<RowPages>(std::move(result), options);
  RETURN_NOT_OK(pages->Open());
  const std::lock_guard lock(mutex_);
  Describe(*pages);
  pages_ = std::move(pages);
  return Status::OK();
}

void Query::Describe(const RowPages& pages) {
  is_described_ = true;
  columns_json_ = pages.columns_json();
  update_type_ = pages.result().update_type;
  update_count_ = pages.update_count();
  headers_ = pages.result().headers;
  is_from_cache_ = pages.result().rows != nullptr && pages.result().rows->is_from_cache();
}

void Query::EndStep(Result<RowPage> page) {
  std::unique_ptr<RowPages> gone;
  bool is_end = false;
  {
    const std::lock_guard lock(mutex_);
    is_stepping_ = false;
    if (cancelled_ || !page.ok()) {
      error_ = QueryErrorOf(cancelled_ ? *cancelled_ : page.status());
      ready_.reset();
      gone = EndWith(QueryState::kFailed);
      is_end = true;
    } else {
      is_end = page->is_last;
      if (remote_ != nullptr) {
        Describe(*pages_);  // more is known with each page
      }
      rows_sent_ += page->num_rows;
      ready_ = *std::move(page);
      gone = is_end ? EndWith(QueryState::kFinished) : nullptr;
    }
  }
  gone.reset();
  if (is_end) {
    TellEnded();
  }
  news_.notify_all();
}

std::unique_ptr<RowPages> Query::EndWith(QueryState state) {
  state_ = state;
  ended_ = std::chrono::steady_clock::now();
  use_ = UseNow();
  meter_.reset();
  session_.reset();
  return std::move(pages_);
}

void Query::TellEnded() {
  if (setting_.ended) {
    setting_.ended(*this);
  }
}

void Query::Cancel(const Status& reason) {
  std::unique_ptr<RowPages> gone;
  std::shared_ptr<HeldSession> running;
  {
    const std::lock_guard lock(mutex_);
    if (state_ == QueryState::kFinished || state_ == QueryState::kFailed) {
      return;
    }
    if (!cancelled_) {
      cancelled_ = reason;
    }
    if (is_stepping_) {
      running = session_;
    } else {
      error_ = QueryErrorOf(*cancelled_);
      ready_.reset();
      gone = EndWith(QueryState::kFailed);
    }
  }
  if (running != nullptr) {
    if (running->remote != nullptr) {
      running->remote->Cancel();
    }
    running->session->Interrupt();
    return;
  }
  if (is_over()) {
    gone.reset();
    TellEnded();
    news_.notify_all();
  }
}

void Query::Tick(SteadyTime now) {
  std::shared_ptr<HeldSession> deaf;
  std::optional<Status> excess;
  {
    const std::lock_guard lock(mutex_);
    if (state_ == QueryState::kFinished || state_ == QueryState::kFailed) {
      return;
    }
    deaf = cancelled_ && is_stepping_ ? session_ : nullptr;
    excess = cancelled_ ? std::nullopt : Excess(now);
    if (remote_ != nullptr && !is_stepping_ && now - touched_ < kClientIsThere) {
      threads_.Run([remote = remote_, now] { remote->Heartbeat(now); });
    }
  }
  if (deaf != nullptr) {
    deaf->session->Interrupt();
  }
  if (excess) {
    Cancel(*excess);
  }
}

/// In Trino's words.
std::optional<Status> Query::Excess(SteadyTime now) const {
  const auto late = [](const char* kind, std::chrono::milliseconds limit) {
    return NamedError("EXCEEDED_TIME_LIMIT", std::string("Query exceeded the maximum ") +
                                                 kind + " time limit of " +
                                                 DurationText(limit));
  };
  if (bounds_.run_time_max && now - created_ > *bounds_.run_time_max) {
    return late("run", *bounds_.run_time_max);
  }
  const bool was_started = started_ != SteadyTime();
  if (was_started && bounds_.execution_time_max &&
      now - started_ > *bounds_.execution_time_max) {
    return late("execution", *bounds_.execution_time_max);
  }
  if (bounds_.cpu_time_max && UseNow().cpu_time > *bounds_.cpu_time_max) {
    return NamedError("EXCEEDED_CPU_LIMIT",
                      "Exceeded CPU limit of " + DurationText(*bounds_.cpu_time_max));
  }
  return std::nullopt;
}

engine::ResourceUse Query::UseNow() const {
  return meter_ == nullptr ? use_ : meter_->Use();
}

engine::ResourceUse Query::Use() const {
  const std::lock_guard lock(mutex_);
  return UseNow();
}

void Query::Touch() {
  const std::lock_guard lock(mutex_);
  touched_ = std::chrono::steady_clock::now();
}

bool Query::HasNews() const {
  return ready_ || state_ == QueryState::kFinished || state_ == QueryState::kFailed;
}

PageAnswer Query::Answer(int64_t token, const AnswerLinks& links,
                         std::chrono::milliseconds wait) {
  const std::lock_guard turn(turn_);
  std::unique_lock lock(mutex_);
  touched_ = std::chrono::steady_clock::now();
  if (token == token_) {
    return given_;
  }
  if (token < token_) {
    return {.http_status = 410};
  }
  if (token > token_ + 1 || is_last_answer_) {
    return {.http_status = 404};
  }
  news_.wait_for(lock, wait, [this] { return HasNews(); });
  touched_ = std::chrono::steady_clock::now();
  token_ = token;
  given_ = MakeAnswer(links);
  if (state_ == QueryState::kRunning && !is_stepping_ && pages_ != nullptr && !ready_) {
    Schedule();
  }
  PageAnswer answer = given_;
  if (token == 0 && is_last_answer_) {
    given_.json.clear();  // there is no URI by which it could be asked for again
  }
  return answer;
}

PageAnswer Query::MakeAnswer(const AnswerLinks& links) {
  QueryAnswer answer{.id = setting_.id,
                     .info_uri = links.base_url + "/v1/query/" + setting_.id};
  PageAnswer made;
  if (is_described_) {
    answer.columns_json = columns_json_;
    answer.update_type = update_type_;
    answer.update_count = update_count_;
    for (const auto& [name, value] : headers_) {
      made.headers.emplace_back(setting_.client.header_prefix + name, value);
    }
  }
  if (ready_) {
    // Clients do not look for segments in the answer to the statement itself.
    const bool is_packed =
        !encoding_.empty() && token_ > 0 && update_type_.empty() && ready_->num_rows > 0;
    answer.data_json = DataJson(*ready_, is_packed ? encoding_ : "");
    if (is_packed) {
      made.headers.emplace_back(setting_.client.header_prefix + "Query-Data-Encoding",
                                encoding_);
    }
    ready_.reset();
  }
  answer.stats = Stats();
  if (remote_ != nullptr) {
    answer.stats_json = remote_->stats_json(state_);
    answer.warnings_json = remote_->warnings_json();
  }
  answer.error = error_ ? &*error_ : nullptr;
  is_last_answer_ = state_ == QueryState::kFinished || state_ == QueryState::kFailed;
  if (!is_last_answer_) {
    answer.next_uri = NextUri(links);
  }
  made.json = answer.ToJson();
  return made;
}

std::string Query::NextUri(const AnswerLinks& links) const {
  const char* const phase = state_ == QueryState::kQueued ? "queued" : "executing";
  return links.base_url + "/v1/statement/" + phase + '/' + setting_.id + '/' +
         setting_.slug + '/' + std::to_string(token_ + 1);
}

QueryStats Query::Stats() const {
  const auto now = std::chrono::steady_clock::now();
  const bool is_done = state_ == QueryState::kFinished || state_ == QueryState::kFailed;
  const bool was_started = started_ != SteadyTime();
  QueryStats stats{.state = state_, .rows_sent = rows_sent_};
  stats.elapsed_millis = MillisBetween(created_, is_done ? ended_ : now);
  stats.queued_millis =
      was_started ? MillisBetween(created_, started_) : stats.elapsed_millis;
  stats.rows_read = rows_sent_;
  const engine::ResourceUse use = UseNow();
  stats.cpu_millis =
      std::chrono::duration_cast<std::chrono::milliseconds>(use.cpu_time).count();
  stats.memory_bytes = is_done ? 0 : use.memory_bytes;
  stats.memory_bytes_peak = use.memory_bytes_peak;
  if (remote_ != nullptr) {
    stats.percent = remote_->percent();
    stats.rows_read = std::max(rows_sent_, remote_->rows_read());
  } else if (state_ == QueryState::kRunning && session_ != nullptr) {
    const engine::Progress progress = session_->session->progress();
    stats.percent = progress.percent;
    stats.rows_read = std::max(rows_sent_, progress.rows_processed);
  }
  return stats;
}

bool Query::is_over() const {
  const std::lock_guard lock(mutex_);
  return state_ == QueryState::kFinished || state_ == QueryState::kFailed;
}

Query::SteadyTime Query::touched_at() const {
  const std::lock_guard lock(mutex_);
  return touched_;
}

bool Query::IsDelivered() const {
  const std::lock_guard lock(mutex_);
  return is_last_answer_;
}

QuerySummary Query::Summary() const {
  const std::lock_guard lock(mutex_);
  return {.id = setting_.id,
          .user = setting_.client.user,
          .source = setting_.client.source,
          .text = setting_.text,
          .stats = Stats(),
          .created_at = setting_.created_at,
          .error = error_,
          .remote_id = remote_ == nullptr ? "" : remote_->id(),
          .group = setting_.group,
          .heard_of_at = setting_.created_at +
                         std::chrono::milliseconds(MillisBetween(created_, touched_)),
          .is_from_cache = is_from_cache_};
}

}  // namespace tarn::gateway::trino
