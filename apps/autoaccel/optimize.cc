#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "command.h"
#include "job_options.h"
#include "progress.h"
#include "report/report.h"
#include "search/strategy.h"

namespace autoaccel::cli {

namespace {

void print_where(const std::filesystem::path& out, const Run& run) {
  fmt::print("\nResults in {}\n", std::filesystem::absolute(out).lexically_normal().string());
  fmt::print("  report.html   a page to look at: charts, and every variant\n  summary.xlsx  the table\n  run.json      everything, with raw samples\n");
  if (run.recommended) fmt::print("  best/         the model to deploy, and how to load it\n");
}

struct SearchOptions {
  std::string strategy = "racing";
  std::vector<std::string> only;
};

/// errors  environment: the run is for a GPU that no runtime serves here, so that nothing ran
void require_device(const Run& run) {
  const std::string device = run.config.device.to_text();
  const auto serves = [&](const RuntimeInfo& runtime) {
    return runtime.available && std::ranges::find(runtime.devices, device) != runtime.devices.end();
  };
  if (std::ranges::any_of(run.runtimes, serves)) return;
  std::string reasons;
  for (const RuntimeInfo& runtime : run.runtimes)
    if (!runtime.no_gpu_reason.empty())
      reasons += fmt::format("\n  {}: {}", runtime.name, base::printable(runtime.no_gpu_reason, 1000));
  throw Error(Cause::environment,
              run.config.device.is_cpu() ? "no runtime serves the CPU here"
                                         : fmt::format("no runtime serves GPU {} here{}", device, reasons),
              run.config.device.is_cpu() ? "autoaccel doctor says what is missing"
                                         : "docs/gpu.md says how to get what is missing; --allow-cpu-fallback, or "
                                           "device: cpu, takes the CPU");
}

int optimize(const JobOptions& options, const SearchOptions& search, const Session& session) {
  pipeline::OptimizeJob job = options.job(session);
  job.strategy = search.strategy;
  job.only = search.only;
  Run run;
  {
    // The bar has to be gone before the table is printed.
    const auto progress = make_progress();
    run = pipeline::optimize(job, *progress, session.cancel);
  }
  if (options.json) {
    fmt::print("{}", report::json_from_run(run));
  } else {
    fmt::print("\n{}", report::console_table(run, terminal_width(), use_color()));
    print_where(job.out, run);
  }
  require_device(run);
  return run.recommended ? 0 : 1;
}

}  // namespace

void add_optimize(CLI::App& app, const Session& session, std::function<int()>& action) {
  CLI::App* command = app.add_subcommand("optimize", "convert, run and compare every variant; say which to deploy");
  const auto options = std::make_shared<JobOptions>();
  options->add_to(*command);
  const auto search = std::make_shared<SearchOptions>();
  command->add_option("--strategy", search->strategy, "how variants are chosen")
      ->type_name("NAME")
      ->capture_default_str()
      ->check(CLI::IsMember(search::strategy_names()));
  command->add_flag_callback(
      "--exhaustive", [search] { search->strategy = "exhaustive"; },
      "try every variant with all settings; takes hours (as --strategy exhaustive)");
  command
      ->add_option("--only", search->only,
                   "try these variants and the original, with no other settings; may be repeated")
      ->type_name("ID");
  command->add_flag("--fresh", options->fresh, "repeat trials that an earlier run in --out has finished");
  command->callback([=, &action] { action = [=] { return optimize(*options, *search, session); }; });
}

}  // namespace autoaccel::cli
