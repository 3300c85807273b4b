#include "pipeline/batches.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/concatenate.h"
#include "base/text.h"
#include "config/batches.h"
#include "rewrite/take_uint8.h"
#include "worker/tensor_files.h"

namespace autoaccel::pipeline {

namespace fs = std::filesystem;

namespace {

Tensor stacked(const std::vector<TensorSet>& sets, const std::string& name, std::size_t axis) {
  std::vector<const Tensor*> parts;
  for (const TensorSet& set : sets) parts.push_back(find(set, name));
  return base::concatenated(parts, axis);
}

/// How many of the run's samples make a request, the first of them being number `set`.
std::vector<int> samples_of_request(const Workspace& workspace, std::int64_t batch, int set) {
  std::vector<int> samples;
  for (int i = 0; i < static_cast<int>(batch / workspace.batch()); ++i)
    samples.push_back((set + i) % workspace.samples.count);
  return samples;
}

/// The axis along which `whole` is `parts` times as long as `part`; nullopt: there is none, or another one differs.
std::optional<std::size_t> stacking_axis(const Shape& part, const Shape& whole, std::size_t parts) {
  if (part.size() != whole.size()) return std::nullopt;
  std::optional<std::size_t> found;
  for (std::size_t axis = 0; axis < part.size(); ++axis) {
    if (part[axis] == whole[axis]) continue;
    if (found || whole[axis] != part[axis] * static_cast<std::int64_t>(parts)) return std::nullopt;
    found = axis;
  }
  return found;
}

}  // namespace

std::int64_t batch_of(const Workspace& workspace, const Variant& variant) {
  const auto setting = variant.settings.find("batch");
  if (setting == variant.settings.end()) return workspace.batch();
  std::int64_t batch = 0;
  const std::string& text = setting->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), batch);
  if (error != std::errc() || end != text.data() + text.size() || batch < 1)
    throw Error(Cause::usage, fmt::format("batch '{}' is no whole number from 1", base::printable(text)));
  return batch;
}

std::map<std::string, std::size_t> batch_axes(const Workspace& workspace, std::int64_t batch) {
  return config::batch_axes(workspace.summary.inputs, workspace.shapes, batch);
}

std::vector<runtime::InputShapes> input_shapes_of(const Workspace& workspace, const Variant& variant) {
  std::vector<runtime::InputShapes> shapes = workspace.input_shapes();
  const std::int64_t batch = batch_of(workspace, variant);
  if (batch == workspace.batch()) return shapes;
  const auto axes = batch_axes(workspace, batch);
  for (runtime::InputShapes& input : shapes)
    if (const auto axis = axes.find(input.name); axis != axes.end()) input.use[axis->second] = batch;
  return shapes;
}

SampleSets sample_sets_of(const Workspace& workspace, const Variant& variant) {
  const std::int64_t batch = batch_of(workspace, variant);
  SampleSets single = workspace.sample_sets();
  if (batch == workspace.batch()) return single;
  const auto axes = batch_axes(workspace, batch);
  if (axes.empty())
    throw Error(Cause::unsupported, fmt::format("no input takes {} samples in one request", batch),
                "give max_shape with that many on the axis that counts them");
  const fs::path root = workspace.folder.samples() / fmt::format("batch={}", batch);
  const int count = workspace.samples.count;
  if (!fs::exists(root)) {
    std::vector<TensorSet> sets;
    for (const fs::path& folder : single.folders(workspace.summary.inputs))
      sets.push_back(worker::read_output_set(folder, single.names()));
    std::vector<TensorSet> requests;
    for (int k = 0; k < count; ++k) {
      std::vector<TensorSet> parts;
      for (const int sample : samples_of_request(workspace, batch, k))
        parts.push_back(sets[static_cast<std::size_t>(sample)]);
      TensorSet request = parts.front();
      for (NamedTensor& input : request)
        if (const auto axis = axes.find(input.name); axis != axes.end())
          input.tensor = stacked(parts, input.name, axis->second);
      requests.push_back(std::move(request));
    }
    SampleSets::store(root, workspace.summary.inputs, requests);
  }
  return {root, workspace.summary.inputs, count, rewrite::byte_tensors(workspace.config).inputs};
}

std::vector<SampleOutputs> outputs_apart(std::vector<TensorSet> wanted, TensorSet got) {
  std::vector<SampleOutputs> samples;
  for (TensorSet& outputs : wanted) samples.push_back({std::move(outputs), {}});
  if (samples.size() == 1) {
    samples.front().got = std::move(got);
    return samples;
  }
  for (NamedTensor& output : got) {
    const Tensor* one = find(samples.front().wanted, output.name);
    if (one == nullptr) continue;
    const auto axis = stacking_axis(one->shape(), output.tensor.shape(), samples.size());
    if (!axis)
      throw Error(Cause::unsupported, fmt::format("output '{}' has the shape {} for a request and {} for {} of them at "
                                                  "once: no axis counts them",
                                                  base::printable(output.name), to_text(one->shape()),
                                                  to_text(output.tensor.shape()), samples.size()));
    std::vector<Tensor> parts = base::split(output.tensor, *axis, samples.size());
    for (std::size_t k = 0; k < samples.size(); ++k) samples[k].got.push_back({output.name, std::move(parts[k])});
  }
  return samples;
}

std::vector<SampleOutputs> outputs_by_sample(const Workspace& workspace, const Variant& variant, int set, TensorSet got,
                                             const std::function<TensorSet(int sample)>& read) {
  std::vector<TensorSet> wanted;
  for (const int sample : samples_of_request(workspace, batch_of(workspace, variant), set))
    wanted.push_back(read(sample));
  return outputs_apart(std::move(wanted), std::move(got));
}

}  // namespace autoaccel::pipeline
