// Signing in as a browser does: the page's form with its hidden fields, filled in.
#pragma once

#include <string>

#include "tarn/base/result.h"
#include "tarn/ingest/web/document.h"
#include "tarn/ingest/web/fetcher.h"
#include "tarn/ingest/web/scrape_request.h"

namespace tarn::ingest::web::internal {

struct LoginForm {
  std::string action;  // absolute
  Pairs fields;        // with the values that the page gives them
};

/// The form with a password in it, else the first that is posted; without any, the page's
/// own URL without fields.
LoginForm FindLoginForm(const Document& page, const std::string& url);

/// Gets the page, fills `fields` into its form and sends it. Errors: those of Fetcher;
/// no value of a field is in a message.
Status SendLoginForm(Fetcher& fetcher, const std::string& url, const Pairs& fields);

}  // namespace tarn::ingest::web::internal
