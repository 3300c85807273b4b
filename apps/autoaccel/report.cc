#include "report/report.h"

#include <fmt/format.h>

#include "command.h"
#include "pipeline/optimize.h"
#include "progress.h"

namespace autoaccel::cli {

void add_report(CLI::App& app, const Session&, std::function<int()>& action) {
  CLI::App* command = app.add_subcommand("report", "gather the records in a run folder, rank them and write the reports");
  const auto out = std::make_shared<std::string>("output");
  const auto json = std::make_shared<bool>(false);
  command->add_option("--out", *out, "the run folder")->type_name("FOLDER")->capture_default_str();
  command->add_flag("--json", *json, "print the run as JSON on stdout");
  command->callback([=, &action] {
    action = [=] {
      const Run run = pipeline::write_reports(*out);
      fmt::print("{}", *json ? report::json_from_run(run) : report::console_table(run, terminal_width(), use_color()));
      return run.recommended ? 0 : 1;
    };
  });
}

}  // namespace autoaccel::cli
