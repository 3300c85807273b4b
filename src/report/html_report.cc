#include <openssl/evp.h>

#include <array>
#include <utility>
#include <vector>

#include "base/text.h"
#include "report/html/assets.h"
#include "report/html/page_data.h"
#include "report/report.h"
#include "select/figures.h"

namespace autoaccel::report {
namespace {

constexpr std::size_t kLongestText = 4'000;  // characters, of a verdict

/// Text as HTML shows it, in an element or in a quoted attribute.
std::string html_text(std::string_view text) {
  std::string escaped;
  for (const char c : base::printable(text, kLongestText)) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

/// JSON inside a <script> element: nothing in it can end the element or open a comment.
std::string script_json(const base::Json& json) {
  std::string escaped;
  for (const char c : json.dump(-1, ' ', false, base::Json::error_handler_t::replace)) {
    if (c == '<')
      escaped += "\\u003c";  // also U+2028 and U+2029: base::printable has escaped those
    else
      escaped += c;
  }
  return escaped;
}

/// `'sha256-…'`: how a Content-Security-Policy allows one script or style sheet, and no other.
std::string policy_source(std::string_view content) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(content.data(), content.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
    throw Error(Cause::environment, "OpenSSL has no SHA-256");
  std::array<unsigned char, 2 * EVP_MAX_MD_SIZE> text{};
  const int length = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(size));
  return "'sha256-" + std::string(text.begin(), text.begin() + length) + "'";
}

std::string headline(const Run& run) {
  const std::vector<Row> rows = rows_of(run);
  const Row* best = find_recommended(rows);
  if (!best) return run.finished.empty() ? "The search goes on" : "No recommendation";
  if (best->is_original) return "The original is the one to deploy";
  if (select::is_time(run.config.objective) && best->record.speed_up)
    return factor(*best->record.speed_up) + " as fast as the original";
  return "Deploy " + best->task;
}

/// The page with each {{name}} replaced; what is put in is not looked at again.
std::string filled(std::string_view page, const std::vector<std::pair<std::string_view, std::string>>& parts) {
  std::string text;
  while (true) {
    const std::size_t open = page.find("{{");
    text += page.substr(0, open);
    if (open == std::string_view::npos) return text;
    const std::size_t close = page.find("}}", open);
    const std::string_view name = page.substr(open + 2, close - open - 2);
    const auto* part = &parts.front();
    while (part != parts.data() + parts.size() && part->first != name) ++part;
    if (part == parts.data() + parts.size())
      throw Error(Cause::defect, "report.html has no part '" + std::string(name) + "'");
    text += part->second;
    page.remove_prefix(close + 2);
  }
}

}  // namespace

std::string html_report(const Run& run) {
  const std::string policy = "default-src 'none'; script-src " + policy_source(assets::kChart) + " " +
                             policy_source(assets::kScript) + "; style-src " + policy_source(assets::kStyle) +
                             "; base-uri 'none'; form-action 'none'";
  const std::string when = run.finished.empty() ? run.started : run.finished;
  return filled(assets::kPage, {{"policy", policy},
                                {"title", html_text("Auto Acceleration: " + run.model.file)},
                                {"model", html_text(run.model.file + (when.empty() ? "" : " · " + when))},
                                {"headline", html_text(headline(run))},
                                {"verdict", html_text(run.verdict)},
                                {"style", std::string(assets::kStyle)},
                                {"chart_licence", html_text(assets::kChartLicence)},
                                {"data", script_json(page_data(run))},
                                {"chart", std::string(assets::kChart)},
                                {"script", std::string(assets::kScript)}});
}

}  // namespace autoaccel::report
