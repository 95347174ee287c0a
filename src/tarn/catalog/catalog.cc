#include "tarn/catalog/catalog.h"

#include "tarn/base/error.h"

namespace tarn::catalog {
namespace {

Status CannotSwap(const std::string& name, const iceberg::TableIdent& ident) {
  return MakeError(ErrorCode::kNotSupported,
                   "Catalog " + name + " writes metadata files itself: commit " +
                       ident.ToString() + " as requirements and updates");
}

}  // namespace

Result<LoadedTable> Catalog::SwapTable(const iceberg::TableIdent& ident,
                                       const std::string&, const std::string&) {
  return CannotSwap(name(), ident);
}

Result<LoadedView> Catalog::SwapView(const iceberg::TableIdent& ident, const std::string&,
                                     const std::string&) {
  return CannotSwap(name(), ident);
}

}  // namespace tarn::catalog
