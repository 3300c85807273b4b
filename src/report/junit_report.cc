#include <fmt/format.h>

#include "base/text.h"
#include "report/report.h"

namespace autoaccel::report {
namespace {

/// Text for an attribute; what XML cannot hold at all is written as base::printable does.
std::string xml_text(std::string_view text) {
  std::string escaped;
  for (const char c : base::printable(text, std::string_view::npos)) {
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
      default:
        escaped += c;
    }
  }
  return escaped;
}

/// What the trial took, without the making of its artifact.
double seconds_of(const Record& record) {
  if (!record.measurement) return 0;
  const Measurement& m = *record.measurement;
  return m.load_seconds + m.first_inference_seconds + m.warm_up_seconds + m.wall_seconds;
}

/// A variant that fails is a result, and some always do: it counts as skipped, or every pipeline would be red.
std::string testcase(const Record& record) {
  const std::string head = fmt::format("    <testcase classname=\"autoaccel.variants\" name=\"{}\" time=\"{}\"",
                                       xml_text(record.variant.id()), base::fixed(seconds_of(record), 3));
  if (record.outcome == Outcome::ok) return head + "/>\n";
  return fmt::format("{}>\n      <skipped message=\"{}\"/>\n    </testcase>\n", head,
                     xml_text(to_text(record.outcome) + ": " + record.reason));
}

std::string suite(const std::string& name, std::size_t tests, std::size_t failures, std::size_t skipped,
                  const std::string& cases) {
  return fmt::format(
      "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">\n{}  </testsuite>\n", name,
      tests, failures, skipped, cases);
}

}  // namespace

std::string junit_summary(const Run& run) {
  std::string verdict = "    <testcase classname=\"autoaccel.run\" name=\"a variant is recommended\"";
  verdict += run.recommended
                 ? "/>\n"
                 : fmt::format(">\n      <failure message=\"{}\"/>\n    </testcase>\n", xml_text(run.verdict));
  std::string cases;
  std::size_t skipped = 0;
  for (const Record& record : run.records) {
    cases += testcase(record);
    skipped += record.outcome != Outcome::ok;
  }
  const std::size_t failures = run.recommended ? 0 : 1;
  return fmt::format(
             "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"autoaccel\" tests=\"{}\" "
             "failures=\"{}\">\n",
             run.records.size() + 1, failures) +
         suite("autoaccel.run", 1, failures, 0, verdict) +
         suite("autoaccel.variants", run.records.size(), 0, skipped, cases) + "</testsuites>\n";
}

}  // namespace autoaccel::report
