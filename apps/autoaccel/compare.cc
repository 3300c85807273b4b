#include <fmt/format.h>

#include "base/files.h"
#include "base/text.h"
#include "command.h"
#include "report/changes_report.h"
#include "report/report.h"

namespace autoaccel::cli {

namespace {

constexpr std::uint64_t kMostBytes = 4ull << 30;  // raw samples of thousands of trials

struct Options {
  std::string before, now;
  std::vector<std::string> fail_on;
  std::string of = "all";
  double margin_percent = 5;
  bool json = false;
};

/// FILE, or the run.json of a run folder. errors  usage: neither
Run read_run(const std::string& given) {
  std::filesystem::path path = given;
  if (std::filesystem::is_directory(path)) path /= "run.json";
  if (!std::filesystem::exists(path))
    throw Error(Cause::usage, "no such file: " + base::printable(path.string()),
                "name the run.json that autoaccel optimize has written, or its folder");
  return report::run_from_json(base::read_file(path, kMostBytes), path.string());
}

/// A gate that had nothing to judge says so: silence would read as a pass.
const char* unjudged_text(const select::Changes& changes) {
  const bool is_judged = changes.deployed && changes.deployed->speed != select::Trend::unknown;
  return is_judged ? "" : "; the time of what is deployed could not be judged";
}

int compare(const Options& options) {
  const select::Changes changes =
      select::changes_between(read_run(options.before), read_run(options.now), options.margin_percent / 100);
  const auto found = report::regressions(changes, options.fail_on, options.of == "deployed");
  if (options.json) {
    base::Json json = report::json_from_changes(changes);
    json["regressions"] = base::Json::array();
    for (const select::Change& change : found) json["regressions"].push_back(change.new_id);
    fmt::print("{}\n", json.dump(1));
  } else {
    fmt::print("{}", report::changes_text(changes));
    if (!options.fail_on.empty())
      fmt::print("\n{}: {}{}\n", base::join(options.fail_on, ", "),
                 found.empty() ? "none" : fmt::format("{} found", found.size()), unjudged_text(changes));
  }
  return found.empty() ? 0 : 1;
}

}  // namespace

void add_compare(CLI::App& app, const Session&, std::function<int()>& action) {
  CLI::App* command = app.add_subcommand("compare", "what got slower or less faithful from one run to another");
  const auto options = std::make_shared<Options>();
  command->add_option("OLD", options->before, "run.json of the earlier run, or its folder")->type_name("")->required();
  command->add_option("NEW", options->now, "of the later run")->type_name("")->required();
  command->add_option("--fail-on", options->fail_on, "exit 1 on these: slower, less-faithful, failing; with commas")
      ->type_name("KINDS")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember(report::regression_names(), CLI::ignore_case));
  command->add_option("--of", options->of, "what --fail-on looks at: all variants, or just what is deployed")
      ->type_name("WHICH")
      ->capture_default_str()
      ->check(CLI::IsMember({"all", "deployed"}));
  command->add_option("--margin", options->margin_percent, "what a time may change by before it counts")
      ->type_name("PERCENT")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command->add_flag("--json", options->json, "print the changes as JSON on stdout");
  command->callback([=, &action] { action = [=] { return compare(*options); }; });
}

}  // namespace autoaccel::cli
