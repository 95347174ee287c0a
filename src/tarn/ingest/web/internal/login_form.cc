#include "tarn/ingest/web/internal/login_form.h"

#include <algorithm>

#include "tarn/base/error.h"
#include "tarn/ingest/web/charset.h"
#include "tarn/ingest/web/selector.h"
#include "tarn/net/http_message.h"
#include "tarn/net/url.h"

namespace tarn::ingest::web::internal {
namespace {

std::string AttributeOf(const Document& page, NodeId id, std::string_view name) {
  const std::string* value = page.Attribute(id, name);
  return value == nullptr ? "" : *value;
}

NodeId FormOf(const Document& page) {
  for (const char* text :
       {"form:has(input[type=password i])", "form[method=post i]", "form"}) {
    const Result<Selector> selector = Selector::Parse(text);
    if (selector.ok()) {
      const auto found = selector->Select(page, 0);
      if (found.ok() && !found->empty()) {
        return found->front();
      }
    }
  }
  return kNoNode;
}

bool IsSent(const Document& page, NodeId id) {
  const std::string type = AttributeOf(page, id, "type");
  const bool is_choice = type == "checkbox" || type == "radio";
  return type != "submit" && type != "button" && type != "image" && type != "file" &&
         type != "reset" && (!is_choice || page.Attribute(id, "checked") != nullptr);
}

void Put(Pairs* fields, const std::string& name, const std::string& value) {
  const auto found = std::ranges::find(*fields, name, &Pairs::value_type::first);
  if (found != fields->end()) {
    found->second = value;
  } else {
    fields->emplace_back(name, value);
  }
}

}  // namespace

LoginForm FindLoginForm(const Document& page, const std::string& url) {
  LoginForm form{.action = url, .fields = {}};
  const NodeId id = FormOf(page);
  if (id == kNoNode) {
    return form;
  }
  const std::string action = AttributeOf(page, id, "action");
  form.action = net::ResolveUrl(url, action).ValueOr(url);
  for (NodeId at = page.Next(id, id); at != kNoNode; at = page.Next(at, id)) {
    const std::string name = AttributeOf(page, at, "name");
    if (page.node(at).name == "input" && !name.empty() && IsSent(page, at)) {
      form.fields.emplace_back(name, AttributeOf(page, at, "value"));
    }
  }
  return form;
}

Status SendLoginForm(Fetcher& fetcher, const std::string& url, const Pairs& fields) {
  LoginForm form{.action = url, .fields = {}};
  const Result<FetchedPage> page = fetcher.Get(url);
  if (page.ok()) {
    ARROW_ASSIGN_OR_RAISE(
        const std::string text,
        DecodeText(page->body, CharsetOf(page->body, page->content_type)));
    ARROW_ASSIGN_OR_RAISE(const Document document, ParseHtml(text));
    form = FindLoginForm(document, page->url);
  } else if (CodeOf(page.status()) != ErrorCode::kNoSuchFile &&
             CodeOf(page.status()) != ErrorCode::kInvalidData) {
    return page.status();  // 404 and 405: a place to which forms are only sent
  }
  for (const auto& [name, value] : fields) {
    Put(&form.fields, name, value);
  }
  // Of a page on https nothing secret goes out in the clear.
  if (url.starts_with("https://") && !form.action.starts_with("https://")) {
    return MakeError(ErrorCode::kForbidden,
                     "The form would send what it holds without TLS; it was not sent");
  }
  std::string body;
  for (const auto& [name, value] : form.fields) {
    body += (body.empty() ? "" : "&") + net::PercentEncode(name) + '=' +
            net::PercentEncode(value);
  }
  return fetcher.PostForm(form.action, body).status();
}

}  // namespace tarn::ingest::web::internal
