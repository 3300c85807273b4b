#include <fmt/format.h>

#include "base/json_values.h"
#include "command.h"
#include "job_options.h"

namespace autoaccel::cli {

namespace {

int plan(const JobOptions& options, const Session& session) {
  const auto planned = pipeline::list_plan(options.job(session), session.cancel);
  if (options.json) {
    base::Json list = base::Json::array();
    for (const plan::PlannedVariant& p : planned) {
      base::Json variant = base::to_json(p.variant);
      variant["skip_reason"] = p.skip_reason.empty() ? base::Json() : base::Json(p.skip_reason);
      list.push_back(std::move(variant));
    }
    fmt::print("{}\n", list.dump(1));
    return 0;
  }
  std::size_t width = 0;
  for (const plan::PlannedVariant& p : planned) width = std::max(width, p.variant.id().size());
  for (const plan::PlannedVariant& p : planned)
    fmt::print("{:<{}}  {}\n", p.variant.id(), width,
               p.skip_reason.empty() ? "to be tried" : "skipped: " + p.skip_reason);
  return 0;
}

}  // namespace

void add_plan(CLI::App& app, const Session& session, std::function<int()>& action) {
  CLI::App* command = app.add_subcommand("plan", "list the variants that optimize would try, and those it skips");
  const auto options = std::make_shared<JobOptions>();
  options->add_to(*command, false);
  command->callback([=, &action] { action = [=] { return plan(*options, session); }; });
}

}  // namespace autoaccel::cli
