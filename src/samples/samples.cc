#include "samples/samples.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/numeric.h"
#include "base/text.h"
#include "samples/byte_inputs.h"
#include "samples/random.h"
#include "samples/recognise.h"
#include "samples/sample_files.h"
#include "samples/sample_fit.h"

namespace autoaccel::samples {
namespace {

const InputConfig* config_of(const Config& config, const std::string& input) {
  const auto found = std::find_if(config.inputs.begin(), config.inputs.end(),
                                  [&](const InputConfig& each) { return each.name == input; });
  return found == config.inputs.end() ? nullptr : &*found;
}

/// Where one input's values come from: arrays that were read, or a plan.
struct Source {
  std::vector<Tensor> arrays;
  std::optional<Plan> plan;
  std::string origin;
};

Source read_source(const model::Model& model, const InputFacts& input, const SampleTarget& target,
                   const InputConfig& config) {
  FittedArrays fitted;
  std::vector<std::string> places;
  for (const Located<std::filesystem::path>& data : config.data) {
    try {
      for (const SampleArray& array : read_sample_arrays(model, data.value, target))
        fit_array(array, input.info, input.shape, config.bytes ? &config.bytes->value : nullptr, fitted);
    } catch (Error& error) {
      if (data.location && !error.location()) error.at(*data.location);
      error.add_context("reading the samples of the input '" + base::printable(input.info.name) + "'");
      throw;
    }
    places.push_back(base::printable(data.value.native()));
  }
  if (fitted.sets.empty()) throw Error(Cause::model, places.front() + " holds no samples");
  constexpr std::size_t kShownPlaces = 3;
  const std::string more =
      places.size() > kShownPlaces ? " and " + std::to_string(places.size() - kShownPlaces) + " more" : "";
  places.resize(std::min(places.size(), kShownPlaces));
  std::string origin = base::join(places, ", ") + more;
  for (const std::string& remark : fitted.remarks) origin += "; " + remark;
  return {std::move(fitted.sets), std::nullopt, std::move(origin)};
}

std::string number_text(double value) {
  const bool whole = std::abs(value) < 1e15 && value == std::trunc(value);
  return whole ? std::to_string(static_cast<std::int64_t>(value)) : std::to_string(value);
}

Error at_input(const InputConfig& config, std::string message, std::string hint) {
  Error error(Cause::usage, std::move(message), std::move(hint));
  if (config.location) error.at(*config.location);
  return error;
}

/// `range: [low, high]`: floats in [low, high), whole numbers from both ends included.
Plan plan_of_range(const InputFacts& input, const InputConfig& config) {
  const auto [low, high] = *config.range;
  const std::string text = "[" + number_text(low) + ", " + number_text(high) + "]";
  if (is_float(input.info.type)) return uniform_plan(input.shape, low, high, "uniform in " + text + ", as configured");
  constexpr double kLimit = 0x1p62;
  const double first = std::ceil(low), last = std::floor(high);
  if (!(first <= last) || first < -kLimit || last > kLimit) {
    throw at_input(config,
                   "the input '" + base::printable(input.info.name) + "' holds " + to_text(input.info.type) +
                       ", of which none lies in " + text,
                   "give a range: with a whole number in it");
  }
  return integer_plan(input.shape, static_cast<std::int64_t>(first), static_cast<std::int64_t>(last),
                      "integers in " + text + ", as configured");
}

Plan plan_of_value(const InputFacts& input, const InputConfig& config) {
  const double value = *config.value;
  const bool fits = is_float(input.info.type) || value == std::trunc(value);
  if (!fits)
    throw at_input(config,
                   "the input '" + base::printable(input.info.name) + "' holds " + to_text(input.info.type) +
                       ", which cannot be " + number_text(value),
                   "give a whole number as value:");
  return constant_plan(input.shape, value, number_text(value) + ", as configured");
}

Source source_of(const model::Model& model, const InputFacts& input, const ModelFacts& facts, int position,
                 const InputConfig* config) {
  if (config != nullptr && !config->data.empty()) {
    std::vector<std::string> inputs;
    for (const InputFacts& each : facts.inputs) inputs.push_back(each.info.name);
    return read_source(model, input, {input.info.name, position, std::move(inputs)}, *config);
  }
  const bool has_value = config != nullptr && config->value, has_range = config != nullptr && config->range;
  const bool has_bytes = config != nullptr && config->bytes;
  Plan plan = has_bytes   ? plan_bytes(input, facts, config->bytes->value)
              : has_value ? plan_of_value(input, *config)
              : has_range ? plan_of_range(input, *config)
                          : plan_input(input, facts);
  std::string origin = plan.origin;
  return {{}, std::move(plan), std::move(origin)};
}

/// As many as the longest of the arrays; where anything is made up, at least as many as are to be generated.
std::size_t count_sets(const std::vector<Source>& sources, const std::vector<InputFacts>& inputs,
                       const Config& config) {
  std::size_t count = 1;
  bool made_up = false;
  for (const Source& source : sources) {
    count = std::max(count, source.arrays.size());
    made_up = made_up || source.plan.has_value();
  }
  if (made_up) count = std::max(count, static_cast<std::size_t>(std::max(config.search.samples, 1)));
  std::uint64_t bytes = 0;
  for (const InputFacts& input : inputs) bytes += byte_count(input.info.type, input.shape);
  return affordable_sets(count, bytes);
}

Tensor values_for(const Source& source, const InputFacts& input, std::size_t position, std::size_t set,
                  std::uint64_t seed) {
  if (!source.plan) return source.arrays[set % source.arrays.size()];
  Random random{seed, position, set};
  Tensor made = source.plan->make(set, random);
  return made.type() == input.info.type ? std::move(made) : base::cast(made, input.info.type);
}

}  // namespace

std::size_t affordable_sets(std::size_t wanted, std::uint64_t bytes_each) {
  constexpr std::size_t kFewest = 2;  // one would let every cache of results look like speed
  const std::uint64_t most = kMaxSampleBytes / std::max<std::uint64_t>(bytes_each, 1);
  return static_cast<std::size_t>(std::min<std::uint64_t>(wanted, std::max<std::uint64_t>(most, kFewest)));
}

Samples make_samples(const model::Model& model, const std::map<std::string, Shape>& shapes, const Config& config) {
  const Trails trails(model);
  const ModelFacts facts = facts_of(model, trails, shapes);
  Samples samples;
  std::vector<Source> sources;
  for (const InputFacts& input : facts.inputs) {
    sources.push_back(
        source_of(model, input, facts, static_cast<int>(sources.size()), config_of(config, input.info.name)));
    samples.summary.origins.push_back(base::printable(input.info.name) + ": " + sources.back().origin);
  }
  samples.sets.resize(count_sets(sources, facts.inputs, config));
  for (std::size_t set = 0; set < samples.sets.size(); ++set) {
    for (std::size_t i = 0; i < sources.size(); ++i) {
      samples.sets[set].push_back(
          {facts.inputs[i].info.name, values_for(sources[i], facts.inputs[i], i, set, config.search.seed)});
    }
  }
  samples.summary.seed = config.search.seed;
  samples.summary.count = static_cast<int>(samples.sets.size());
  return samples;
}

}  // namespace autoaccel::samples
