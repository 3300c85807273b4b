#include "pipeline/open_variant.h"

#include <algorithm>

#include "base/byte_mapping.h"
#include "base/files.h"
#include "base/json_values.h"
#include "pipeline/batches.h"
#include "rewrite/take_uint8.h"

namespace autoaccel::pipeline {

namespace fs = std::filesystem;

namespace {

constexpr int kMeasureTries = 3;

}  // namespace

void put_in_numbers(const Config& config, const Variant& variant, const TensorSet& reference, TensorSet& outputs) {
  if (variant.io != IoTypes::uint8) return;
  const rewrite::ByteTensors bytes = rewrite::byte_tensors(config);
  for (NamedTensor& output : outputs) {
    const auto mapping = bytes.outputs.find(output.name);
    const Tensor* wanted = find(reference, output.name);
    if (mapping == bytes.outputs.end() || wanted == nullptr || wanted->shape() != output.tensor.shape()) continue;
    output.tensor = base::nearest_numbers_from_bytes(output.tensor, mapping->second, *wanted);
  }
}

std::string reference_key(const Workspace& workspace, const Variant& variant) {
  return base::sha256_of_text("reference " + workspace.key(variant));
}

OpenVariant::OpenVariant(const Workspace& workspace, const Variant& variant, const Artifact& artifact)
    : workspace_(workspace),
      variant_(variant),
      client_(workspace.job.workers / workspace.description(variant.runtime).worker,
              workspace.folder.variant(variant.id()), workspace.limits(), workspace.cancel),
      loaded_(client_.load({.model = workspace.folder.root() / artifact.path,
                            .artifact = {},
                            .device = variant.device,
                            .settings = variant.settings,
                            .inputs = input_shapes_of(workspace, variant)})) {
  const SampleSets samples = sample_sets_of(workspace_, variant_);
  client_.bind(samples.folders(loaded_.inputs), samples.names());
}

double OpenVariant::make_reference(Reference& reference) {
  const fs::path root = workspace_.folder.reference();
  fs::remove_all(root);
  double first = 0;
  for (int k = 0; k < workspace_.samples.count; ++k) {
    const auto ran = client_.run(k, 0, root / std::to_string(k));
    if (k == 0) first = ran.seconds;
    reference.names = ran.names;
  }
  reference.id = variant_.id();
  const base::Json stamp{
      {"key", reference_key(workspace_, variant_)}, {"id", reference.id}, {"names", reference.names}};
  base::write_file_atomically(root / "reference.json", stamp.dump(1) + "\n");
  return first;
}

double OpenVariant::compare(const Reference& reference, compare::AgreementBuilder& agreement) {
  const fs::path outputs = workspace_.folder.variant(variant_.id()) / "outputs";
  const auto read = [&](int sample) {
    return worker::read_output_set(workspace_.folder.reference() / std::to_string(sample), reference.names);
  };
  double first = -1;
  const int rounds = std::max(workspace_.samples.count, requests());
  for (int round = 0; round < rounds; ++round) {
    const int sample = round % workspace_.samples.count;
    const auto ran = client_.run(sample, round % requests(), outputs);
    if (first < 0) first = ran.seconds;
    for (SampleOutputs& one :
         outputs_by_sample(workspace_, variant_, sample, worker::read_output_set(outputs, ran.names), read)) {
      put_in_numbers(workspace_.config, variant_, one.wanted, one.got);
      agreement.add(one.wanted, one.got);
    }
  }
  fs::remove_all(outputs);
  return first;
}

Measurement OpenVariant::measure(const measure::Rules& rules) {
  return client_.measure(
      rules,
      {.requests_in_flight = requests(), .samples = workspace_.samples.count, .batch = batch_of(workspace_, variant_)});
}

Measurement OpenVariant::measure_quietly(const measure::Rules& rules) {
  const auto foreign = [](const Measurement& m) { return m.conditions.foreign_cpu_fraction.value_or(0); };
  Measurement best = measure(rules);
  for (int i = 1; i < kMeasureTries && foreign(best) > workspace_.job.foreign_load_limit; ++i) {
    Measurement again = measure(rules);
    if (foreign(again) < foreign(best)) best = std::move(again);
  }
  return best;
}

}  // namespace autoaccel::pipeline
