#include <fmt/format.h>

#include "base/json_values.h"
#include "command.h"
#include "job_options.h"
#include "progress.h"

namespace autoaccel::cli {

namespace {

int trial(const std::string& id, const JobOptions& options, const Session& session) {
  Record record;
  {
    const auto progress = make_progress();
    record = pipeline::try_one(options.job(session), id, *progress, session.cancel);
  }
  if (options.json) fmt::print("{}\n", base::to_json(record).dump(1));
  return record.outcome == Outcome::ok ? 0 : 1;
}

}  // namespace

void add_trial(CLI::App& app, const Session& session, std::function<int()>& action) {
  CLI::App* command = app.add_subcommand("trial", "try one variant of the plan and store its record");
  const auto options = std::make_shared<JobOptions>();
  const auto id = std::make_shared<std::string>();
  command->add_option("VARIANT", *id, "the variant's id, as autoaccel plan lists it")->type_name("")->required();
  options->add_to(*command);
  command->callback([=, &action] { action = [=] { return trial(*id, *options, session); }; });
}

}  // namespace autoaccel::cli
