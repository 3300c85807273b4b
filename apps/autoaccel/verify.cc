#include "pipeline/verify_best.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "command.h"
#include "command_line.h"
#include "job_options.h"
#include "runtime/catalogue.h"

namespace autoaccel::cli {

namespace {

struct Options {
  std::string best = "output/best";
  std::string workers;
  bool speed = false;
  double time_limit = kDefaultTimeLimit;
  double tolerance_percent = 10;
  bool json = false;
};

std::string interval(double seconds, double half_width) {
  return fmt::format("{} ± {} %", base::human_seconds(seconds), base::fixed(100 * half_width, 1));
}

void print_outputs(const pipeline::Verified& verified) {
  if (!verified.agreement) {
    fmt::print("outputs  not compared: {}\n", base::printable(verified.why_no_check));
    return;
  }
  for (const OutputAgreement& output : verified.agreement->outputs)
    fmt::print("outputs  {}: {}{}\n", base::printable(output.name), base::printable(output.judged_by),
               output.within_limit                      ? ""
               : verified.outcome == Outcome::disagreed ? ", outside the limit"
                                                        : ", as the worst sample of the run");
}

void print_speed(const pipeline::SpeedCheck& speed) {
  const char* verdict = !speed.is_trusted ? "not to be trusted" : speed.is_slower ? "slower" : "not slower";
  fmt::print("speed    {} here, {} as stated: {}\n", interval(speed.seconds, speed.half_width),
             interval(speed.stated_seconds, speed.stated_half_width), verdict);
}

void print(const pipeline::Verified& verified) {
  fmt::print("{}\n\nfiles    {}, none has changed\n", verified.label, verified.files);
  const bool has_run = verified.agreement || verified.reason.empty();
  if (has_run) {
    fmt::print("loads    {} {}, in {}\n", verified.runtime, base::printable(verified.version),
               base::human_seconds(verified.load_seconds));
    print_outputs(verified);
  }
  if (verified.speed) print_speed(*verified.speed);
  for (const std::string& line : verified.differences) fmt::print("note     {}\n", line);
  if (!verified.reason.empty())
    fmt::print("\n{}: {}\n{}", to_text(verified.outcome), base::printable(verified.reason), verified.details);
  fmt::print("\n{}\n", verified.is_ok() ? "verified" : "NOT verified");
}

int verify(const Options& options, const Session& session) {
  pipeline::VerifyJob job{.best = options.best,
                          .workers = workers_folder(options.workers),
                          .runtimes = runtime::catalogue(),
                          .speed = options.speed,
                          .rules = {},
                          .tolerance = options.tolerance_percent / 100};
  job.rules.max_seconds = options.time_limit;
  job.rules.min_seconds = std::min(job.rules.min_seconds, options.time_limit);
  const pipeline::Verified verified = pipeline::verify_best(job, session.cancel);
  if (options.json) {
    fmt::print("{}\n", pipeline::to_json(verified).dump(1));
  } else {
    print(verified);
  }
  return verified.is_ok() ? 0 : 1;
}

}  // namespace

void add_verify(CLI::App& app, const Session& session, std::function<int()>& action) {
  CLI::App* command = app.add_subcommand("verify", "check on this machine that best/ does what was measured");
  const auto options = std::make_shared<Options>();
  command->add_option("BEST", options->best, "the folder that optimize wrote")->type_name("")->capture_default_str();
  command->add_option("--workers", options->workers, "folder of the worker executables (default: beside autoaccel)")
      ->type_name("FOLDER");
  command->add_flag("--speed", options->speed, "measure too, and compare with the stated interval");
  command->add_option("--time-limit", options->time_limit, "most seconds to measure")
      ->type_name("SECONDS")
      ->capture_default_str()
      ->check(CLI::Validator(check_seconds, ""));
  command
      ->add_option("--tolerance", options->tolerance_percent,
                   "how much more time than stated is let pass, beyond both intervals")
      ->type_name("PERCENT")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command->add_flag("--json", options->json, "print the result as JSON on stdout");
  command->callback([=, &action] { action = [=] { return verify(*options, session); }; });
}

}  // namespace autoaccel::cli
