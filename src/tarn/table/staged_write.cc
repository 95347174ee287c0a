#include "tarn/table/staged_write.h"

#include <utility>

#include "tarn/iceberg/table_update.h"
#include "tarn/table/internal/pending_write.h"
#include "tarn/table/internal/request_checks.h"

namespace tarn::table {

StagedWrite::StagedWrite(const Context& context, WriteRequest request)
    : request_(std::move(request)),
      write_(std::make_unique<internal::PendingWrite>(context, request_)) {}

StagedWrite::~StagedWrite() { write_->CleanUp(nullptr); }

Result<std::unique_ptr<StagedWrite>> StagedWrite::Make(
    const Context& context, WriteRequest request,
    std::shared_ptr<const iceberg::TableMetadata> base) {
  RETURN_NOT_OK(internal::CheckRequests({request}));
  std::unique_ptr<StagedWrite> staged(new StagedWrite(context, std::move(request)));
  if (staged->request_.create != nullptr) {
    base = staged->request_.create;
  }
  staged->write_->StartFrom(base);
  RETURN_NOT_OK(staged->write_->Stage());
  const auto& commit = staged->write_->commit();
  staged->metadata_ = base;
  if (commit.has_value() && !commit->updates.empty()) {
    ARROW_ASSIGN_OR_RAISE(
        staged->metadata_,
        iceberg::ApplyUpdates(*base, "", commit->updates, base->last_updated));
  }
  return staged;
}

}  // namespace tarn::table
