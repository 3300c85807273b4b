#include <fmt/format.h>

#include "base/host.h"
#include "base/json_values.h"
#include "base/text.h"
#include "command.h"
#include "job_options.h"
#include "plan/plan.h"
#include "runtime/catalogue.h"

namespace autoaccel::cli {

namespace {

/// `name=value` pairs, each name checked against the runtime's own table.
Settings parse_settings(const std::vector<std::string>& pairs, const plan::RuntimeDescription& runtime) {
  std::vector<std::string> known;
  for (const plan::SettingInfo& setting : runtime.settings) known.emplace_back(setting.name);
  Settings settings;
  for (const std::string& pair : pairs) {
    const std::size_t equals = pair.find('=');
    const std::string name = pair.substr(0, equals);
    if (equals == std::string::npos || std::find(known.begin(), known.end(), name) == known.end())
      throw Error(Cause::usage, fmt::format("--set {}: no such setting of {}", base::printable(pair), runtime.name),
                  base::suggestion(name, known) + "; write name=value");
    settings[name] = pair.substr(equals + 1);
  }
  return settings;
}

const plan::RuntimeDescription& require_runtime(const std::string& name) {
  if (const plan::RuntimeDescription* runtime = runtime::find_runtime(name)) return *runtime;
  std::vector<std::string> names;
  for (const plan::RuntimeDescription& runtime : runtime::catalogue()) names.emplace_back(runtime.name);
  throw Error(Cause::usage, fmt::format("unknown runtime '{}'", base::printable(name)), base::suggestion(name, names));
}

std::string seconds_or_reason(const std::optional<double>& value, const char* reason) {
  return value ? base::human_seconds(*value) : reason;
}

void print_record(const Record& record) {
  if (!record.measurement) {
    fmt::print("{}: {}\n{}", to_text(record.outcome), base::printable(record.reason), record.details);
    return;
  }
  const Measurement& m = *record.measurement;
  fmt::print("throughput  {:.2f} samples/second ({} in flight, {} runs)\n", m.throughput_per_second, m.requests_in_flight,
             m.runs);
  fmt::print("latency     median {}, p90 {}, p99 {}; ± {:.2f} %{}\n",
             seconds_or_reason(m.latency_seconds.median, "n/a (needs 11)"),
             seconds_or_reason(m.latency_seconds.p90, "n/a (needs 64)"),
             seconds_or_reason(m.latency_seconds.p99, "n/a (needs 662)"), 100 * m.median_half_width,
             m.noisy ? ", noisy" : "");
  fmt::print("cold start  load {}, first inference {}\n", base::human_seconds(m.load_seconds),
             base::human_seconds(m.first_inference_seconds));
  if (m.peak_bytes) fmt::print("memory      {} at most\n", base::human_bytes(*m.peak_bytes));
  if (record.placement) fmt::print("ran         {}\n", record.placement->summary);
}

int bench(const JobOptions& options, const std::string& runtime, const std::vector<std::string>& pairs,
          const Session& session) {
  const pipeline::OptimizeJob job = options.job(session);
  const plan::RuntimeDescription& description = require_runtime(runtime);
  Variant variant = plan::original_variant(base::read_host(), job.config.device);
  variant.runtime = runtime;
  for (const auto& [name, value] : parse_settings(pairs, description)) variant.settings[name] = value;
  const Record record = pipeline::bench(job, {.file = job.model, .variant = variant}, session.cancel);
  if (options.json) {
    fmt::print("{}\n", base::to_json(record).dump(1));
  } else {
    print_record(record);
  }
  return record.outcome == Outcome::ok ? 0 : 1;
}

}  // namespace

void add_bench(CLI::App& app, const Session& session, std::function<int()>& action) {
  CLI::App* command = app.add_subcommand("bench", "measure one file on one runtime");
  const auto options = std::make_shared<JobOptions>();
  const auto runtime = std::make_shared<std::string>("onnxruntime");
  const auto settings = std::make_shared<std::vector<std::string>>();
  options->add_to(*command, false);
  command->add_option("--runtime", *runtime, "what executes the file")->type_name("RUNTIME")->capture_default_str();
  command->add_option("--set", *settings, "a setting of the runtime; may be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);  // or it would take MODEL too
  command->callback([=, &action] { action = [=] { return bench(*options, *runtime, *settings, session); }; });
}

}  // namespace autoaccel::cli
