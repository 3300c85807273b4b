#include "pipeline/trial.h"

#include <fmt/format.h>

#include "base/byte_mapping.h"
#include "base/files.h"
#include "base/json_values.h"
#include "compare/compare.h"
#include "pipeline/pass_data.h"
#include "rewrite/take_uint8.h"
#include "worker/client.h"

namespace autoaccel::pipeline {

namespace fs = std::filesystem;

namespace {

constexpr int kMeasureTries = 3;

runtime::Job job_of(const Workspace& workspace, const Variant& variant, const Artifact& artifact) {
  return {.model = workspace.folder.root() / artifact.path,
          .artifact = {},
          .device = variant.device,
          .settings = variant.settings,
          .inputs = workspace.input_shapes()};
}

worker::Client start_worker(const Workspace& workspace, const Variant& variant) {
  return {workspace.job.workers / workspace.description(variant.runtime).worker, workspace.folder.variant(variant.id()),
          workspace.limits(), workspace.cancel};
}

std::string reference_key(const Workspace& workspace, const Variant& variant) {
  return base::sha256_of_text("reference " + workspace.key(variant));
}

/// Runs every sample once and keeps the outputs as the reference. Returns the first inference's seconds.
double make_reference(const Workspace& workspace, const Variant& variant, worker::Client& client,
                      Reference& reference) {
  const fs::path root = workspace.folder.reference();
  fs::remove_all(root);
  double first = 0;
  for (int k = 0; k < workspace.samples.count; ++k) {
    const auto ran = client.run(k, 0, root / std::to_string(k));
    if (k == 0) first = ran.seconds;
    reference.names = ran.names;
  }
  reference.id = variant.id();
  base::write_file_atomically(
      root / "reference.json",
      base::Json{{"key", reference_key(workspace, variant)}, {"id", reference.id}, {"names", reference.names}}.dump(1) +
          "\n");
  return first;
}

/// Bytes as the numbers nearest to the reference that they stand for: what is left differs by more than rounding.
void put_in_numbers(const rewrite::ByteTensors& bytes, const TensorSet& reference, TensorSet& outputs) {
  for (NamedTensor& output : outputs) {
    const auto mapping = bytes.outputs.find(output.name);
    const Tensor* wanted = find(reference, output.name);
    if (mapping == bytes.outputs.end() || wanted == nullptr || wanted->shape() != output.tensor.shape()) continue;
    output.tensor = base::nearest_numbers_from_bytes(output.tensor, mapping->second, *wanted);
  }
}

/// Compares on every sample and every request in flight, so that a stream that computes wrongly is seen.
/// returns  seconds of the first inference
double compare_outputs(const Workspace& workspace, const Variant& variant, const Reference& reference,
                       worker::Client& client, int requests, compare::AgreementBuilder& agreement) {
  const fs::path outputs = workspace.folder.variant(variant.id()) / "outputs";
  double first = -1;
  const int rounds = std::max(workspace.samples.count, requests);
  for (int round = 0; round < rounds; ++round) {
    const int sample = round % workspace.samples.count;
    const auto ran = client.run(sample, round % requests, outputs);
    if (first < 0) first = ran.seconds;
    const TensorSet wanted =
        worker::read_output_set(workspace.folder.reference() / std::to_string(sample), reference.names);
    TensorSet got = worker::read_output_set(outputs, ran.names);
    if (variant.io == IoTypes::uint8) put_in_numbers(rewrite::byte_tensors(workspace.config), wanted, got);
    agreement.add(wanted, got);
  }
  fs::remove_all(outputs);
  return first;
}

/// Measures, and again when something else kept the processors busy meanwhile; the quietest try counts.
Measurement measure_quietly(const Workspace& workspace, worker::Client& client, const worker::Loaded& loaded) {
  const measure::Load load{
      .requests_in_flight = loaded.requests, .samples = workspace.samples.count, .batch = workspace.batch()};
  const auto foreign = [](const Measurement& m) { return m.conditions.foreign_cpu_fraction.value_or(0); };
  Measurement best = client.measure(workspace.job.rules, load);
  for (int i = 1; i < kMeasureTries && foreign(best) > workspace.job.foreign_load_limit; ++i) {
    Measurement again = client.measure(workspace.job.rules, load);
    if (foreign(again) < foreign(best)) best = std::move(again);
  }
  return best;
}

/// Reasons not to trust the numbers of a variant that ran and agreed; empty: none.
std::string suspicion(const Workspace& workspace, const Measurement& measurement, const Placement& placement) {
  const double foreign = measurement.conditions.foreign_cpu_fraction.value_or(0);
  if (foreign > workspace.job.foreign_load_limit)
    return fmt::format("other processes used {:.0f} % of the processors while it was measured", 100 * foreign);
  const double throttled = measurement.conditions.throttled_seconds.value_or(0);
  if (throttled > 0.05 * measurement.wall_seconds)
    return fmt::format("the container's processor quota throttled it for {:.2f} s", throttled);
  if (!placement.warnings.empty()) return placement.warnings.front();
  return {};
}

void judge(const Workspace& workspace, Record& record) {
  if (record.agreement && !record.agreement->within_limit) {
    record.outcome = Outcome::disagreed;
    record.reason = record.agreement->reason;
    return;
  }
  record.reason = suspicion(workspace, *record.measurement, *record.placement);
  record.outcome = record.reason.empty() ? Outcome::ok : Outcome::suspect;
}

void run_in_worker(const Workspace& workspace, const Converted& converted, Reference& reference, Observer& observer,
                   Record& record) {
  const Variant& variant = record.variant;
  observer.stage("loading");
  worker::Client client = start_worker(workspace, variant);
  const worker::Loaded loaded = client.load(job_of(workspace, variant, converted.artifact));
  client.bind(workspace.sample_sets().folders(loaded.inputs), workspace.sample_sets().names());
  observer.stage("checking outputs");
  compare::AgreementBuilder agreement;
  std::optional<double> first;
  if (reference.id.empty()) first = make_reference(workspace, variant, client, reference);
  const double compared = compare_outputs(workspace, variant, reference, client, loaded.requests, agreement);
  record.agreement = agreement.finish(limit_of(workspace, variant));
  observer.stage("measuring");
  record.measurement = measure_quietly(workspace, client, loaded);
  record.measurement->convert_seconds = converted.seconds;
  record.measurement->load_seconds = loaded.load_seconds;
  record.measurement->first_inference_seconds = first.value_or(compared);
  record.measurement->peak_bytes = client.peak_bytes();
  if (loaded.requests > 1) {
    // Requests side by side have been seen to spoil a compiled model for good: once more, after the load.
    compare_outputs(workspace, variant, reference, client, loaded.requests, agreement);
    record.agreement = agreement.finish(limit_of(workspace, variant));
  }
  record.placement = client.placement();
  client.quit();
  judge(workspace, record);
}

}  // namespace

Record try_variant(const Workspace& workspace, Artifacts& artifacts, const Variant& variant, Reference& reference,
                   Observer& observer) {
  Record record;
  record.variant = variant;
  record.repeat_command = fmt::format("{} trial {}{}", workspace.job.program, variant.id(), workspace.job.arguments);
  try {
    const Converted converted = artifacts.of(variant);
    record.artifact = converted.artifact;
    record.notes = converted.notes;
    run_in_worker(workspace, converted, reference, observer, record);
    if (record.measurement->noisy)
      record.notes.push_back(fmt::format("noisy: ± {:.1f} % after {:.0f} s",
                                         100 * record.measurement->median_half_width,
                                         record.measurement->wall_seconds));
  } catch (const worker::Failure& failure) {
    record.outcome = failure.outcome();
    record.reason = failure.reason();
    record.details = failure.details();
  } catch (const Error& error) {
    // A conversion that fails is this variant's outcome; a full disk or an interrupt is everybody's.
    if (error.cause() == Cause::interrupted || error.cause() == Cause::environment) throw;
    record.outcome = Outcome::not_converted;
    record.reason = error.message();
    record.details = render(error);
  }
  return record;
}

Measurement measure_again(const Workspace& workspace, Artifacts& artifacts, const Variant& variant) {
  const Converted converted = artifacts.of(variant);
  worker::Client client = start_worker(workspace, variant);
  const worker::Loaded loaded = client.load(job_of(workspace, variant, converted.artifact));
  client.bind(workspace.sample_sets().folders(loaded.inputs), workspace.sample_sets().names());
  Measurement measurement = measure_quietly(workspace, client, loaded);
  client.quit();
  return measurement;
}

std::optional<Reference> stored_reference(const Workspace& workspace, const Variant& variant) {
  const fs::path path = workspace.folder.reference() / "reference.json";
  if (!fs::exists(path)) return std::nullopt;
  const base::Json json = base::Json::parse(base::read_file(path), nullptr, false);
  if (!json.is_object() || json.value("key", std::string()) != reference_key(workspace, variant)) return std::nullopt;
  return Reference{json.value("id", std::string()), json.value("names", std::vector<std::string>())};
}

}  // namespace autoaccel::pipeline
