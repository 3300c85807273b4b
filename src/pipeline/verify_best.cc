#include "pipeline/verify_best.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/files.h"
#include "base/host.h"
#include "base/text.h"
#include "compare/compare.h"
#include "pipeline/batches.h"
#include "pipeline/best_manifest.h"
#include "pipeline/open_variant.h"
#include "pipeline/pass_data.h"
#include "plan/label.h"
#include "select/figures.h"
#include "worker/client.h"

namespace autoaccel::pipeline {

namespace fs = std::filesystem;

namespace {

constexpr double kShareOfMemory = 0.9;  // as every other worker may take of what is available

const plan::RuntimeDescription& runtime_of(const VerifyJob& job, const std::string& name) {
  for (const plan::RuntimeDescription& runtime : job.runtimes)
    if (runtime.name == name) return runtime;
  throw Error(Cause::unsupported, fmt::format("this autoaccel knows no runtime '{}'", base::printable(name)));
}

/// `processor: A there, B here` for what differs and matters for speed.
std::vector<std::string> differences_of(const Run& run, const Host& here) {
  std::vector<std::string> lines;
  const auto add = [&](const char* what, const std::string& there, const std::string& now) {
    if (there != now)
      lines.push_back(
          fmt::format("{}: {} where it was measured, {} here", what, base::printable(there), base::printable(now)));
  };
  add("processor", run.host.processor, here.processor);
  add("threads", std::to_string(run.host.threads), std::to_string(here.threads));
  return lines;
}

constexpr double kSameDecibels = 1;   // kernels of another processor sum in another order
constexpr double kSameFigures = 0.1;  // the same in errors: 1 dB of power is a tenth of amplitude

bool is_no_worse(const OutputAgreement& here, const OutputAgreement& stated) {
  return here.nan_count <= stated.nan_count && here.inf_count <= stated.inf_count &&
         here.sqnr_db.worst >= stated.sqnr_db.worst - kSameDecibels &&
         here.max_absolute_error.worst <= stated.max_absolute_error.worst * (1 + kSameFigures);
}

/// One verification: the artifact in its worker.
class Verification {
 public:
  Verification(const VerifyJob& job, const BestManifest& manifest, const base::CancelToken& cancel)
      : job_(job),
        manifest_(manifest),
        record_(manifest.record()),
        host_(base::read_host()),
        folder_("autoaccel-verify-"),
        client_(job.workers / runtime_of(job, record_.variant.runtime).worker, folder_.path() / "worker", limits(),
                cancel) {}

  void go(Verified& verified) {
    verified.version = client_.probe().version;
    if (verified.version != verified.stated_version)
      verified.differences.push_back(fmt::format("{}: {} where it was measured, {} here", verified.runtime,
                                                 base::printable(verified.stated_version),
                                                 base::printable(verified.version)));
    loaded_ = client_.load(load_job());
    verified.load_seconds = loaded_.load_seconds;
    if (!manifest_.check) return;
    client_.bind({job_.best / "check" / "inputs"}, names());
    compare(verified);
    if (verified.outcome == Outcome::ok && job_.speed) measure(verified);
    client_.quit();
  }

 private:
  worker::Limits limits() const {
    const LimitsConfig& stated = manifest_.run.config.limits;
    worker::Limits limits{.memory_bytes = stated.memory_bytes,
                          .seconds = stated.variant_seconds,
                          .gpu = record_.variant.device.gpu.has_value(),
                          .readable = {fs::absolute(job_.best), folder_.path()}};
    if (!limits.memory_bytes && host_.memory_available_bytes > 0)
      limits.memory_bytes =
          static_cast<std::uint64_t>(kShareOfMemory * static_cast<double>(host_.memory_available_bytes));
    return limits;
  }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const TensorInfo& input : manifest_.run.model.inputs) names.push_back(input.name);
    return names;
  }

  runtime::Job load_job() const {
    const Run& run = manifest_.run;
    const auto shapes = config::bind_shapes(run.config, run.model.inputs, run.model.outputs);
    std::vector<runtime::InputShapes> inputs;
    for (const TensorInfo& input : inputs_of_best(run, record_.variant)) {
      const config::InputShapes& bound = shapes.at(input.name);
      inputs.push_back({input.name, *input.shape, bound.min, bound.max});
    }
    return {.model = fs::absolute(job_.best / record_.artifact->path),
            .artifact = {},
            .device = record_.variant.device,
            .settings = record_.variant.settings,
            .inputs = std::move(inputs)};
  }

  /// On every request in flight: a stream of a compiled model can compute otherwise than the others.
  void compare(Verified& verified) {
    std::vector<TensorSet> parts;
    for (int part = 0; part < manifest_.check->parts; ++part)
      parts.push_back(
          worker::read_output_set(job_.best / "check" / "outputs" / std::to_string(part), manifest_.check->outputs));
    compare::AgreementBuilder builder;
    for (int request = 0; request < loaded_.requests; ++request) {
      const auto ran = client_.run(0, request, folder_.path() / "outputs");
      for (SampleOutputs& one : outputs_apart(parts, worker::read_output_set(folder_.path() / "outputs", ran.names))) {
        put_in_numbers(manifest_.run.config, record_.variant, one.wanted, one.got);
        builder.add(one.wanted, one.got);
      }
    }
    verified.agreement = builder.finish(limit_of(manifest_.run.config, record_.variant));
    if (verified.agreement->within_limit || is_as_stated(*verified.agreement)) return;
    verified.outcome = Outcome::disagreed;
    verified.reason = verified.agreement->reason;
  }

  /// Limits are on the mean over many samples, and one sample may be worse than that: it has to be as good as the worst
  /// of the run then.
  bool is_as_stated(const Agreement& here) const {
    if (!record_.agreement || !record_.agreement->within_limit) return false;
    return std::all_of(here.outputs.begin(), here.outputs.end(), [&](const OutputAgreement& output) {
      if (output.within_limit) return true;
      const auto& all = record_.agreement->outputs;
      const auto stated =
          std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.name == output.name; });
      return stated != all.end() && is_no_worse(output, *stated);
    });
  }

  void measure(Verified& verified) {
    const std::int64_t batch = record_.measurement ? record_.measurement->batch : 1;
    Record now = record_;
    now.measurement =
        client_.measure(job_.rules, {.requests_in_flight = loaded_.requests, .samples = 1, .batch = batch});
    const auto stated = select::time_figure(manifest_.run, record_);
    const auto here = select::time_figure(manifest_.run, now);
    if (!stated || !here) return;
    SpeedCheck& speed = verified.speed.emplace();
    speed = {.stated_seconds = stated->value,
             .stated_half_width = stated->half_width,
             .seconds = here->value,
             .half_width = here->half_width,
             .foreign_load = now.measurement->conditions.foreign_cpu_fraction.value_or(0)};
    speed.is_trusted = speed.foreign_load <= job_.foreign_load_limit;
    speed.is_slower = here->low() > stated->high() * (1 + job_.tolerance);
    if (speed.is_trusted) return;
    verified.outcome = Outcome::suspect;
    verified.reason =
        fmt::format("other processes used {:.0f} % of the processors while it was measured", 100 * speed.foreign_load);
  }

  const VerifyJob& job_;
  const BestManifest& manifest_;
  const Record& record_;
  Host host_;
  base::TemporaryFolder folder_;
  worker::Client client_;
  worker::Loaded loaded_;
};

}  // namespace

Verified verify_best(const VerifyJob& job, const base::CancelToken& cancel) {
  const BestManifest manifest = read_manifest(job.best);
  check_files(job.best, manifest);
  const Record& record = manifest.record();
  Verified verified{.id = record.variant.id(), .label = plan::label(record.variant), .files = manifest.files.size()};
  const std::string settings = plan::settings_text(record.variant.settings);
  if (!settings.empty()) verified.label += ", " + settings;
  verified.runtime = record.variant.runtime;
  for (const RuntimeInfo& runtime : manifest.run.runtimes)
    if (runtime.name == verified.runtime) verified.stated_version = runtime.version;
  verified.why_no_check = manifest.why_no_check;
  verified.differences = differences_of(manifest.run, base::read_host());
  try {
    Verification(job, manifest, cancel).go(verified);
  } catch (const worker::Failure& failure) {
    verified.outcome = failure.outcome();
    verified.reason = failure.reason();
    verified.details = failure.details();
  }
  return verified;
}

base::Json to_json(const Verified& verified) {
  base::Json speed;
  if (verified.speed) {
    const SpeedCheck& check = *verified.speed;
    speed = {{"stated_seconds", check.stated_seconds},
             {"stated_half_width", check.stated_half_width},
             {"seconds", check.seconds},
             {"half_width", check.half_width},
             {"foreign_load", check.foreign_load},
             {"slower", check.is_slower}};
  }
  return {{"ok", verified.is_ok()},
          {"id", base::valid_utf8(verified.id)},
          {"files", verified.files},
          {"runtime", verified.runtime},
          {"version", base::valid_utf8(verified.version)},
          {"outcome", to_text(verified.outcome)},
          {"reason", base::valid_utf8(verified.reason)},
          {"load_seconds", verified.load_seconds},
          {"agreement", verified.agreement ? base::to_json(*verified.agreement) : base::Json()},
          {"why_no_agreement", verified.why_no_check},
          {"speed", speed},
          {"differences", verified.differences}};
}

}  // namespace autoaccel::pipeline
